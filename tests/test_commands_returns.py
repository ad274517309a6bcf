"""return and ereturn in programs: what ends up in r() and e(), and what works after ereturn post."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mixedcli.data.columns import numeric
from mixedcli.report.text import to_text
from mixedcli.results.stripe import read_term
from mixedcli.session import Session

POST = r"""
program define myest, eclass
    args y x
    tempname b V
    tempvar used
    quietly generate byte `used' = !missing(`y', `x')
    matrix `b' = (2.5, -1)
    matrix `V' = (.25, .01 \ .01, 1)
    matrix colnames `b' = `x' _cons
    matrix colnames `V' = `x' _cons
    matrix rownames `V' = `x' _cons
    ereturn post `b' `V', depname(`y') obs(30) dof(28) esample(`used')
    ereturn local cmd "myest"
    ereturn scalar r2 = .5
    tempname extra
    matrix `extra' = (1, 2, 3)
    ereturn matrix extra = `extra'
end
"""
DATA = "input y x\n1 2\n2 .\n3 5\n4 8\nend\n"
B_AND_V = r"""
matrix b = (1.5, 0, -.2, 3)
matrix colnames b = one:x one:_cons two:x /:lnsigma
matrix V = (.04,0,0,0 \ 0,0,0,0 \ 0,0,.01,0 \ 0,0,0,.09)
matrix colnames V = one:x one:_cons two:x /:lnsigma
matrix rownames V = one:x one:_cons two:x /:lnsigma
"""


def run(text: str, session: Session | None = None) -> Session:
    session = session or Session()
    for outcome in session.run(text):
        assert outcome.error is None, f"{outcome.text}: {outcome.error}"
    return session


def shown(text: str, session: Session) -> str:
    outcomes = list(session.run(text))
    assert all(o.error is None for o in outcomes), [str(o.error) for o in outcomes]
    return "\n".join(to_text(o.document).rstrip("\n") for o in outcomes if o.document is not None).strip("\n")


def failed(text: str, session: Session) -> tuple[str, int]:
    """The message and code of the statement; nothing but _rc may have changed."""
    before = session.context.state
    *_, last = session.run(text)
    assert last.error is not None
    after = session.context.state
    assert (after.matrices, after.data, after.estimates, after.returned) == (
        before.matrices, before.data, before.estimates, before.returned)
    return last.error.message, last.error.rc


# ---- return --------------------------------------------------------------------------------------------------


def test_a_program_returns_its_results_when_it_ends() -> None:
    session = run(
        "program define p, rclass\n"
        "    return scalar first = 1/3\n"
        '    return local words "a b"\n'
        "    return local n = 2 + 3\n"
        "    return local count : word count x y z\n"
        "    matrix M = (1,2)\n"
        "    matrix K = (3,4)\n"
        "    return matrix M = M\n"
        "    return matrix K K, copy\n"
        "    return scalar missing = .\n"
        "    confirm_nothing_yet\n"
        "end\n"
        "program define confirm_nothing_yet\n"
        "    assert r(first) == .\n"
        "end\n"
        "p"
    )
    returned = session.context.state.returned
    assert returned.scalars["first"] == 1 / 3
    assert math.isnan(returned.scalars["missing"])
    assert returned.macros == {"count": "3", "n": "5", "words": "a b"}
    assert returned.matrices["M"].values.tolist() == [[1, 2]]
    assert set(session.context.state.matrices) == {"K"}                 # M has moved
    listed = shown("return list", session)
    assert listed.index("r(missing)") < listed.index("r(first)")        # the newest first, as after ttest in Stata


def test_a_name_is_returned_once() -> None:
    session = run('program define p, rclass\nreturn local x "text"\nreturn scalar x = 4\nreturn scalar x = 5\nend\np')
    returned = session.context.state.returned
    assert returned.scalars == {"x": 5.0} and returned.macros == {}


def test_only_rclass_programs_return() -> None:
    session = run(f"{DATA}program define p\nquietly summarize y\nreturn scalar x = 4\nend\np")
    assert session.context.state.returned.scalars["mean"] == 2.5
    assert "x" not in session.context.state.returned.scalars


def test_return_add_and_clear() -> None:
    session = run(
        f"{DATA}program define p, rclass\nreturn scalar gone = 1\nreturn clear\nreturn scalar mean = 99\n"
        "quietly summarize y\nreturn add\nend\np"
    )
    scalars = session.context.state.returned.scalars
    assert "gone" not in scalars
    assert scalars["mean"] == 99 and scalars["N"] == 4


def test_results_of_programs_are_values() -> None:
    session = run("program define p, rclass\nmatrix A = (1,2\\3,4)\nreturn matrix A = A\nreturn scalar x = 7\nend\np")
    assert shown("display r(x) + el(r(A),2,1)", session) == "10"
    run("matrix B = r(A)'", session)
    assert session.context.state.matrices["B"].values.tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize(("command", "message", "rc"), [
    ("return scalar x", "invalid syntax", 198),
    ('return scalar x = "a"', "type mismatch", 109),
    ("return scalar x = nosuch", "variable nosuch not found", 111),
    ("return matrix x = nosuch", "matrix nosuch not found", 111),
    ("return matrix x", "invalid syntax", 198),
    ("return matrix x = M, nosuch", "option nosuch not allowed", 198),
    ("return nosuch", "return subcommand nosuch is unrecognized", 199),
    ("ereturn scalar x = nosuch", "variable nosuch not found", 111),
    ("ereturn matrix b = M", "e(b) may only be set by ereturn post", 198),
    ("ereturn display", "last estimates not found", 301),
    ("ereturn repost b = M", "last estimates not found", 301),
])
def test_errors(command: str, message: str, rc: int) -> None:
    session = run("matrix M = (1,2)")
    assert failed(command, session) == (message, rc)


# ---- ereturn post --------------------------------------------------------------------------------------------


def test_posted_results() -> None:
    session = run(DATA + POST + "myest y x")
    estimates = session.context.estimates
    stored = estimates.stored()
    assert stored.scalars == {"N": 30.0, "df_r": 28.0, "r2": 0.5}
    assert stored.macros == {"depvar": "y", "properties": "b V", "cmd": "myest"}
    assert stored.matrices["b"].values.tolist() == [[2.5, -1]]
    assert [str(name) for name in stored.matrices["b"].rows] == ["y1"]
    assert stored.matrices["extra"].values.tolist() == [[1, 2, 3]]
    assert session.context.state.matrices == {}
    assert session.context.data.names == ("y", "x")
    assert session.context.sample().tolist() == [True, False, True, True]
    assert shown("display _b[x] + _se[_cons]", session) == "3.5"
    assert shown("count if e(sample)", session).strip() == "3"


def test_the_table_of_posted_results() -> None:
    """t(.975, 28) is 2.048407 and t(.5, 28) = 5.00 has a tail of .00003 in any table of Student's distribution."""
    session = run(DATA + POST + "myest y x")
    assert shown("ereturn display", session).split("\n") == [
        "-" * 78,
        "           y |      Coef.   Std. Err.      t    P>|t|     [95% Conf. Interval]",
        "-------------+----------------------------------------------------------------",
        "           x |        2.5         .5     5.00   0.000     1.475796    3.524204",
        "       _cons |         -1          1    -1.00   0.326    -3.048407    1.048407",
        "-" * 78,
    ]
    exponentiated = shown("version 17: ereturn display, eform(Odds ratio) level(90)", session).split("\n")
    assert exponentiated[1] == "           y | Odds ratio   Std. err.      t    P>|t|     [90% conf. interval]"
    numbers = [float(word) for word in exponentiated[3].partition("|")[2].split()]
    half = 1.7011309 * 0.5                                              # t(.95, 28)
    expected = [math.exp(2.5), 0.5 * math.exp(2.5), 5, 0, math.exp(2.5 - half), math.exp(2.5 + half)]
    assert numbers == pytest.approx(expected, rel=1e-6, abs=5e-3)


def test_tests_and_combinations_work_after_posting() -> None:
    session = run(DATA + POST + "myest y x")
    assert "F(  1,    28) =   25.00" in shown("test x", session)
    assert session.context.state.returned.scalars["F"] == pytest.approx(25)
    run("quietly lincom x + 2*_cons", session)
    scalars = session.context.state.returned.scalars
    assert scalars["estimate"] == pytest.approx(0.5)
    assert scalars["se"] == pytest.approx(math.sqrt(0.25 + 4 * 1 + 4 * 0.01))
    assert scalars["df"] == 28
    run("quietly test (x = 0) (_cons = 0)", session)
    b, V = np.array([2.5, -1]), np.array([[0.25, 0.01], [0.01, 1]])
    assert session.context.state.returned.scalars["F"] == pytest.approx(b @ np.linalg.solve(V, b) / 2)


def test_posted_results_predict() -> None:
    session = run(DATA + POST + "myest y x\npredict p\npredict double s if e(sample), stdp")
    columns = session.context.data.columns
    assert numeric(columns["p"]).tolist()[0] == 2.5 * 2 - 1
    assert numeric(columns["p"])[1] > 1e300
    assert numeric(columns["s"])[2] == pytest.approx(math.sqrt(25 * 0.25 + 2 * 5 * 0.01 + 1), rel=1e-12)


def test_posted_results_are_stored_and_restored() -> None:
    session = run(DATA + POST + "myest y x\nestimates store mine\nereturn clear")
    assert session.context.state.estimates is None
    run("quietly estimates restore mine\nassert e(r2) == .5\nassert _b[x] == 2.5", session)
    assert "2.5         .5     5.00" in shown("estimates replay mine", session)
    assert session.context.sample().tolist() == [True, False, True, True]


def test_equations_free_parameters_and_omitted_coefficients() -> None:
    session = run(B_AND_V + "ereturn post b V\nereturn local depvar dep")
    assert shown("ereturn display", session).split("\n") == [
        "-" * 78,
        "         dep |      Coef.   Std. Err.      z    P>|z|     [95% Conf. Interval]",
        "-------------+----------------------------------------------------------------",
        "one          |",
        "           x |        1.5         .2     7.50   0.000     1.108007    1.891993",
        "       _cons |          0  (omitted)",
        "-------------+----------------------------------------------------------------",
        "two          |",
        "           x |        -.2         .1    -2.00   0.046    -.3959964   -.0040036",
        "-------------+----------------------------------------------------------------",
        "    /lnsigma |          3         .3    10.00   0.000     2.412011    3.587989",
        "-" * 78,
    ]
    assert "/lnsigma" not in shown("ereturn display, neq(2)", session)
    assert "two" not in shown("ereturn display, first", session)


def test_factor_names_are_read() -> None:
    session = run(
        "input y g\n1 1\n2 2\nend\nlabel define g 1 low 2 high\nlabel values g g\n"
        "matrix b = (0,2,1)\nmatrix colnames b = 1b.g 2.g _cons\nmatrix V = (0,0,0\\0,1,0\\0,0,1)\n"
        "matrix colnames V = 1b.g 2.g _cons\nmatrix rownames V = 1b.g 2.g _cons\nereturn post b V, depname(y)"
    )
    lines = shown("ereturn display", session).split("\n")
    assert lines[3] == "           g |"
    assert lines[4] == "       high  |          2          1     2.00   0.046      .040036    3.959964"
    assert any(line.startswith("       _cons |          1          1     1.00") for line in lines)


@pytest.mark.parametrize("name", [
    "x", "_cons", "2.g", "1b.g", "3o.g", "o.x", "c.x#c.z", "2.g#c.x", "1b.g#co.x", "2.g#3.h", "1bn.g", "L2.x", "a.b.c",
])
def test_names_are_those_of_the_terms_read_from_them(name: str) -> None:
    assert read_term(name).name == name


def test_repost() -> None:
    session = run(DATA + POST + "myest y x\nmatrix W = 4*e(V)\nereturn repost V = W")
    assert shown("display _se[x]", session) == "1"
    assert session.context.state.matrices == {}
    assert "2.5          1     2.50" in shown("estimates replay", session)
    run("matrix c = (9, 8)\nmatrix colnames c = u v\nereturn repost b = c, rename", session)
    stored = session.context.estimates.stored()
    assert [str(name) for name in stored.matrices["V"].rows] == ["u", "v"]
    assert stored.scalars["r2"] == 0.5
    assert shown("display _b[v]", session) == "8"


def test_adding_to_the_results_of_a_command() -> None:
    session = run(
        "use growth\nquietly xtmixed measure age || idnr:, mle\nereturn scalar mine = 4\nereturn local note hello there\n"
        "matrix Q = (1,2)\nereturn matrix Q = Q, copy\nquietly test age\nestimates store m"
    )
    run("assert e(mine) == 4\nassert e(N) == 108\nassert \"`e(note)'\" == \"hello there\"", session)
    listed = shown("ereturn list", session)
    assert "e(mine) =  4" in listed and "e(Q) :  1 x 2" in listed
    assert "Q" in session.context.state.matrices
    run("quietly xtmixed measure age || idnr:, mle", session)
    assert "mine" not in session.context.estimates.stored().scalars
    run("quietly estimates restore m\nassert e(mine) == 4\nereturn local note", session)
    assert "note" not in session.context.estimates.stored().macros
    assert "lns1_1_1" in shown("ereturn display", session)


@pytest.mark.parametrize(("before", "command", "message", "rc"), [
    ("", "ereturn post nosuch V", "matrix nosuch not found", 111),
    ("", "ereturn post b nosuch", "matrix nosuch not found", 111),
    ("matrix b = b'", "ereturn post b V", "conformability error", 503),
    ("matrix V = V[1..3,1..3]", "ereturn post b V", "conformability error", 503),
    ("matrix rownames V = a b c d", "ereturn post b V", "name conflict", 507),
    ("matrix V[1,2] = 5", "ereturn post b V", "matrix not symmetric", 505),
    ("matrix V[1,1] = -1", "ereturn post b V", "matrix not positive definite", 506),
    ("matrix b[1,1] = .", "ereturn post b V", "matrix has missing values", 504),
    ("matrix V[1,1] = .", "ereturn post b V", "matrix has missing values", 504),
    ("", "ereturn post b V, esample(nosuch)", "variable nosuch not found", 111),
    ("", "ereturn post b V, obs(1.5)", "option obs() incorrectly specified", 198),
    ("", "ereturn post b V, nosuch", "option nosuch not allowed", 198),
    ("", "ereturn post b V C", "ereturn post with constraints is not built yet", 199),
])
def test_what_cannot_be_posted(before: str, command: str, message: str, rc: int) -> None:
    session = run(B_AND_V + before)
    assert failed(command, session) == (message, rc)


def test_a_failed_program_leaves_the_results_alone() -> None:
    session = run(DATA + POST + "myest y x\nprogram define bad, eclass\nereturn scalar r2 = 99\nerror 459\nend")
    *_, last = session.run("bad")
    assert last.error is not None and last.error.rc == 459
