"""matrix and its subcommands, mkmat, svmat, scalar: numbers against numpy, names as the manual says, errors.

The names of results are those of [U] 14.2 and [FN] Matrix functions.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixedcli.data.columns import numeric
from mixedcli.report.text import to_text
from mixedcli.results.base import Matrix
from mixedcli.session import Session
from mixedcli.syntax.parser import parse_matrix
from mixedcli.syntax.unparse import unparse

A = np.array([[1.0, 2.0], [3.0, 5.0]])
S = np.array([[4.0, 2.0, 1.0], [2.0, 5.0, 3.0], [1.0, 3.0, 6.0]])
READY = r"""
matrix A = (1,2\3,5)
matrix rownames A = a1 a2
matrix colnames A = x y
matrix B = (2,0,1\-1,4,3)
matrix rownames B = b1 b2
matrix colnames B = u v w
matrix S = (4,2,1\2,5,3\1,3,6)
matrix rownames S = p q r
matrix colnames S = p q r
scalar k = 3
"""


def run(text: str, session: Session | None = None) -> Session:
    """Run ``text``; an error fails the test."""
    session = session or Session()
    for outcome in session.run(text):
        assert outcome.error is None, f"{outcome.text}: {outcome.error}"
    return session


def shown(text: str, session: Session | None = None) -> str:
    outcomes = list((session or Session()).run(text))
    assert all(o.error is None for o in outcomes), [str(o.error) for o in outcomes]
    return "\n".join(to_text(o.document).rstrip("\n") for o in outcomes if o.document is not None).strip("\n")


def failed(text: str, session: Session) -> tuple[str, int]:
    """The message and code of the statement; nothing else may have changed."""
    before = session.context.state
    *_, last = session.run(text)
    assert last.error is not None
    after = session.context.state
    assert after.matrices is before.matrices and after.scalars is before.scalars and after.data is before.data
    return last.error.message, last.error.rc


def made(expression: str, ready: str = READY) -> Matrix:
    return run(f"{ready}\nmatrix R = {expression}").context.state.matrices["R"]


def names(matrix: Matrix) -> tuple[list[str], list[str]]:
    return [str(name) for name in matrix.rows], [str(name) for name in matrix.columns]


# ---- operators -----------------------------------------------------------------------------------------------

B = np.array([[2.0, 0.0, 1.0], [-1.0, 4.0, 3.0]])


@pytest.mark.parametrize(("expression", "values", "rows", "columns"), [
    ("A", A, "a1 a2", "x y"),
    ("A'", A.T, "x y", "a1 a2"),
    ("-A", -A, "a1 a2", "x y"),
    ("A*B", A @ B, "a1 a2", "u v w"),
    ("B'*A'", B.T @ A.T, "u v w", "a1 a2"),
    ("A + A'", A + A.T, "a1 a2", "x y"),
    ("A' - A", A.T - A, "x y", "a1 a2"),
    ("2*A", 2 * A, "a1 a2", "x y"),
    ("A*k", 3 * A, "a1 a2", "x y"),
    ("A/4", A / 4, "a1 a2", "x y"),
    ("A,B", np.hstack([A, B]), "a1 a2", "x y u v w"),
    ("B \\ S", np.vstack([B, S]), "b1 b2 p q r", "u v w"),
    ("A#B", np.kron(A, B), "a1:b1 a1:b2 a2:b1 a2:b2", "x:u x:v x:w y:u y:v y:w"),
    ("A*A#I(1)/2", A @ (np.kron(A, np.eye(1)) / 2), "a1 a2", "x:c1 y:c1"),
    ("-A'*B", -A.T @ B, "x y", "u v w"),
    ("A - A - A", -A, "a1 a2", "x y"),
    ("(A + A)*B", 2 * A @ B, "a1 a2", "u v w"),
    ("(1,2\\3,4)", [[1, 2], [3, 4]], "r1 r2", "c1 c2"),
    ("1,-k,2^k,1/2", [[1, -3, 8, 0.5]], "r1", "c1 c2 c3 c4"),
    ("-2^2", [[-4]], "r1", "c1"),
    ("2^-1", [[0.5]], "r1", "c1"),
    ("3/4*2", [[1.5]], "r1", "c1"),
    ("k > 2 & !(k == 4)", [[1]], "r1", "c1"),
    ("(k, sqrt(16) \\ _N, cond(k > 2, 7, 8))", [[3, 4], [0, 7]], "r1 r2", "c1 c2"),
    ("A \\ (9,9)", np.vstack([A, [9, 9]]), "a1 a2 r1", "x y"),
])
def test_operators(expression: str, values: object, rows: str, columns: str) -> None:
    matrix = made(expression)
    np.testing.assert_allclose(matrix.values, np.asarray(values, dtype=float), rtol=1e-15, atol=0)
    assert names(matrix) == (rows.split(), columns.split())


@pytest.mark.parametrize(("expression", "values", "rows", "columns"), [
    ("inv(A)", np.linalg.inv(A), "x y", "a1 a2"),
    ("invsym(S)", np.linalg.inv(S), "p q r", "p q r"),
    ("syminv(S)*S", np.eye(3), "p q r", "p q r"),
    ("inv((0,1\\1,0))", [[0, 1], [1, 0]], "c1 c2", "r1 r2"),                  # indefinite, but not singular
    ("cholesky(S)", np.linalg.cholesky(S), "p q r", "p q r"),
    ("I(2)", np.eye(2), "r1 r2", "c1 c2"),
    ("J(2,3,7)", np.full((2, 3), 7.0), "r1 r2", "c1 c2 c3"),
    ("diag(B[1,1...])", np.diag(B[0]), "u v w", "u v w"),
    ("diag((1\\2))", np.diag([1, 2]), "r1 r2", "r1 r2"),
    ("vecdiag(A)", [[1, 5]], "r1", "x y"),
    ("vec(A)", [[1], [3], [2], [5]], "x:a1 x:a2 y:a1 y:a2", "c1"),
    ("hadamard(A,A')", A * A.T, "a1 a2", "x y"),
    ("corr(S)", S / np.sqrt(np.outer(np.diag(S), np.diag(S))), "p q r", "p q r"),
    ("A[1,2]", [[2]], "r1", "c1"),
    ("A[2,1...]", A[1:], "a2", "x y"),
    ("S[2..3,1..2]", S[1:, :2], "q r", "p q"),
    ("S[2..., k...]", S[1:, 2:], "q r", "r"),
    ('S["q","r"]', [[3]], "q", "r"),
    ('S["p".."q",1]', S[:2, :1], "p q", "p"),
    ("S[rowsof(S), colsof(S)]", [[6]], "r1", "c1"),
    ("S[9,1]", [[np.nan]], "r1", "c1"),
    ("nullmat(nosuch) \\ (1,2)", [[1, 2]], "r1", "c1 c2"),
    ("nullmat(A), J(2,1,0)", np.hstack([A, np.zeros((2, 1))]), "a1 a2", "x y c1"),
    ("det(S)", [[np.linalg.det(S)]], "r1", "c1"),
    ("trace(A*A')", [[39]], "r1", "c1"),
    ("el(B,2,3) + det(inv(A))", [[3 - 1]], "r1", "c1"),
    ('(colnumb(B,"v"), rownumb(B,"b2"), issymmetric(S), mreldif(A,A))', [[2, 2, 1, 0]], "r1", "c1 c2 c3 c4"),
    ("sqrt(A[1,2]*8)", [[4]], "r1", "c1"),
])
def test_functions(expression: str, values: object, rows: str, columns: str) -> None:
    matrix = made(expression)
    np.testing.assert_allclose(matrix.values, np.asarray(values, dtype=float), rtol=1e-12, atol=1e-14)
    assert names(matrix) == (rows.split(), columns.split())


def test_sweeping_every_row_of_a_matrix_inverts_it() -> None:
    matrix = made("sweep(sweep(sweep(S,1),2),3)")
    np.testing.assert_allclose(matrix.values, np.linalg.inv(S), rtol=1e-13)
    once = made("sweep(A,2)")
    np.testing.assert_allclose(once.values, [[1 - 2 * 3 / 5, -2 / 5], [3 / 5, 1 / 5]], rtol=1e-15)
    assert names(once) == (["a1", "y"], ["x", "a2"])


def test_a_singular_symmetric_matrix_has_a_generalized_inverse() -> None:
    """The matrix of a Statalist thread of February 2008, for which Stata printed zeros but in the first element."""
    see = made("(195.5102,27.943648,-67.939952\\27.943648,3.99389628,-9.7104400\\-67.939952,-9.71044,23.609187)")
    exact = made("inv((4,2,6\\2,1,3\\6,3,9))").values
    assert np.count_nonzero(exact) == 1
    values = np.array([[4.0, 2, 6], [2, 1, 3], [6, 3, 9]])
    np.testing.assert_allclose(values @ exact @ values, values, rtol=1e-14)
    np.testing.assert_allclose(exact @ values @ exact, exact, rtol=1e-14)
    assert see.values.shape == (3, 3)


def test_the_inverse_does_not_depend_on_units() -> None:
    scale = np.array([1e-8, 1.0, 1e9])
    text = " \\ ".join(", ".join(repr(float(v)) for v in row) for row in S * np.outer(scale, scale))
    for function in ("inv", "invsym"):
        inverse = made(f"{function}(({text}))").values
        np.testing.assert_allclose(inverse * np.outer(scale, scale), np.linalg.inv(S), rtol=1e-9)


def test_random_matrices_repeat_after_set_seed() -> None:
    session = run("set seed 5\nmatrix U = matuniform(3,4)\nset seed 5\nmatrix V = matuniform(3,4)")
    U, V = (session.context.state.matrices[name].values for name in "UV")
    assert U.shape == (3, 4) and ((U > 0) & (U < 1)).all() and np.array_equal(U, V)
    assert len(np.unique(U)) == 12


def test_missing_values_spread_and_keep_their_letters() -> None:
    session = run("matrix M = (.a,1\\.,2)\nmatrix N = M*2\nscalar x = M[1,1]")
    state = session.context.state
    assert shown("matrix list M", session).endswith("r1  .a   1\nr2   .   2")
    assert np.isnan(state.matrices["N"].values[:, 0]).all()
    assert shown("display x", session) == ".a"


# ---- elements and names --------------------------------------------------------------------------------------


def test_elements_change() -> None:
    session = run(READY + "matrix S[2,3] = k*10\nmatrix S[2,1] = (7,8)\nmatrix k1 = S[1..2,2..3]")
    expected = S.copy()
    expected[1] = [7, 8, 30]
    assert np.array_equal(session.context.state.matrices["S"].values, expected)
    assert names(session.context.state.matrices["S"]) == (["p", "q", "r"], ["p", "q", "r"])


def test_a_result_does_not_change_with_what_it_came_from() -> None:
    session = run("matrix A = (1,2)\nmatrix C = A\nmatrix A[1,1] = 5\nmatrix D = A[1,1...]\nmatrix A[1,2] = 6")
    assert session.context.state.matrices["C"].values.tolist() == [[1, 2]]
    assert session.context.state.matrices["D"].values.tolist() == [[5, 2]]


@pytest.mark.parametrize(("command", "rows", "columns"), [
    ("matrix rownames A = one two", "one two", "x y"),
    ("matrix colnames A = eq:one two", "a1 a2", "eq:one two"),
    ("matrix coleq A = first", "a1 a2", "first:x first:y"),
    ("matrix coleq A = first second", "a1 a2", "first:x second:y"),
    ("matrix roweq A = e1:n1 e2", "e1:n1 e2:a2", "x y"),
    ("matrix coleq A = q\nmatrix colnames A = u v", "a1 a2", "q:u q:v"),
    ("matrix coleq A = q\nmatrix coleq A = _", "a1 a2", "x y"),
    ('matrix coleq A = q\nmatrix coleq A = "" ""', "a1 a2", "x y"),
    ("matrix colnames A = z:", "a1 a2", "z:x z:y"),
    ("mat rown A = 2.g#c.x L.y", "2.g#c.x L.y", "x y"),
])
def test_names(command: str, rows: str, columns: str) -> None:
    session = run(READY + command)
    assert names(session.context.state.matrices["A"]) == (rows.split(), columns.split())


def test_short_words_can_name_matrices_and_scalars() -> None:
    """``matrix d`` is short for matrix dir, yet ``matrix d = ...`` defines d."""
    session = run(
        "matrix d = (1,2)\nmatrix l = d'\nmat drop = 4\nmatrix d[1,1] = 9\nmatrix define def = 5\n"
        "scalar l2 = 3\nscalar di = 4"
    )
    assert set(session.context.state.matrices) == {"d", "l", "drop", "def"}
    assert session.context.state.matrices["d"].values.tolist() == [[9, 2]]
    assert session.context.state.scalars == {"l2": 3.0, "di": 4.0}


def test_matrices_and_scalars_share_their_names() -> None:
    session = run("scalar x = 5\nmatrix x = (1,2)")
    assert session.context.state.scalars == {}
    run("scalar x = 7", session)
    assert session.context.state.matrices == {} and session.context.state.scalars == {"x": 7.0}


def test_rename_and_drop() -> None:
    session = run(READY + "matrix rename A C\nmatrix drop B\nmatrix rename C S, replace")
    assert list(session.context.state.matrices) == ["S"]
    assert names(session.context.state.matrices["S"])[0] == ["a1", "a2"]


def test_matrices_of_estimates() -> None:
    session = run(
        "use growth\nquietly xtmixed measure age || idnr:, mle\nmatrix b = e(b)\nmatrix V = get(VCE)\n"
        "matrix se = cholesky(diag(vecdiag(e(V))))\nscalar same = se[1,1] - _se[age]\nmatrix w = b*inv(V)*b'\n"
        'scalar wald = w[1,1]\nmatrix one = b[1,"measure:"]\nmatrix two = b["y1","lnsig_e:_cons"]'
    )
    state = session.context.state
    e = state.estimates.stored().matrices
    assert abs(state.scalars["same"]) < 1e-15
    b, V = e["b"].values[0], e["V"].values
    assert state.scalars["wald"] == pytest.approx(b @ np.linalg.solve(V, b), rel=1e-10)
    assert names(state.matrices["one"]) == (["y1"], ["measure:age", "measure:_cons"])
    assert names(state.matrices["two"]) == (["y1"], ["lnsig_e:_cons"])
    assert state.matrices["one"].values[0, 0] == pytest.approx(0.6601852, abs=1e-7)     # Pinheiro and Bates, Orthodont


def test_ordinary_expressions_see_matrices() -> None:
    session = run(READY)
    assert shown('display A[2,2] + el(S,1,1) + S["p","q"]', session) == "11"
    assert shown("display rowsof(B) * colsof(B)", session) == "6"
    run("set obs 2\ngenerate x = A[_n,2]", session)
    assert numeric(session.context.data.columns["x"]).tolist() == [2, 5]


# ---- data ----------------------------------------------------------------------------------------------------

DATA = "input id x y\n1 1 2\n2 3 .\n3 5 6\n4 7 8\nend\n"


def test_mkmat() -> None:
    session = run(
        DATA + "mkmat x y if id > 1, matrix(M) nomissing\nmkmat x in 1/2\n"
        "mkmat y, matrix(N) rownames(id) rowprefix(n)"
    )
    matrices = session.context.state.matrices
    assert matrices["M"].values.tolist() == [[5, 6], [7, 8]]
    assert names(matrices["M"]) == (["r1", "r2"], ["x", "y"])
    assert matrices["x"].values.tolist() == [[1], [3]]
    assert names(matrices["N"]) == (["n1", "n2", "n3", "n4"], ["y"])
    assert np.isnan(matrices["N"].values[1, 0])
    run("mkmat x in 2/3, matrix(O) obs", session)
    assert names(session.context.state.matrices["O"])[0] == ["2", "3"]


def test_svmat() -> None:
    session = run(
        DATA + "matrix M = (1.5,2\\3,.a)\nsvmat M\nsvmat double M, names(matcol)\n"
        "matrix coleq M = q\nsvmat byte M, names(new)"
    )
    run("svmat M, names(eqcol)\nsvmat M, names(col)", session)
    columns = session.context.data.columns
    assert list(columns)[3:] == ["M1", "M2", "Mc1", "Mc2", "new1", "new2", "qc1", "qc2", "c1", "c2"]
    assert [columns[name].storage for name in ("M1", "Mc1", "new1")] == ["float", "double", "byte"]
    assert numeric(columns["M1"]).tolist()[:2] == [1.5, 3]
    assert shown("list M2 in 1/3, noobs clean", session).split() == ["M2", "2", ".a", "."]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.data())
def test_variables_to_matrix_and_back(rows: int, columns: int, data: st.DataObject) -> None:
    number = st.one_of(st.just(float("nan")), st.floats(-1e300, 1e300))
    values = np.array([[data.draw(number) for _ in range(columns)] for _ in range(rows)])
    text = " \\ ".join(", ".join("." if np.isnan(v) else repr(float(v)) for v in row) for row in values)
    session = run(f"matrix A = ({text})\nsvmat double A\nmkmat A1-A{columns}, matrix(C)")
    np.testing.assert_array_equal(session.context.state.matrices["C"].values, values)


@settings(max_examples=60, deadline=None)
@given(st.recursive(
    st.sampled_from(["A", "B'", "e(b)", "3", "x[2]", "A[1,2]", 'B["r",1..2]', "A[2...,1]", "inv(A)", "J(2,3,.)", "r(C)'"]),
    lambda part: st.one_of(
        st.tuples(part, st.sampled_from([*",\\+-*/#"]), part).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        part.map(lambda t: f"-({t})"), part.map(lambda t: f"({t})'"),
    ),
    max_leaves=12,
))
def test_text_of_a_tree_parses_to_the_same_tree(text: str) -> None:
    tree = parse_matrix(f"M = {text}", 0)
    assert parse_matrix(unparse(tree), 0) == tree


# ---- scalars -------------------------------------------------------------------------------------------------


def test_variables_come_before_scalars() -> None:
    session = run(DATA + "scalar x = 100\nscalar define t = \"te\" + \"xt\"")
    assert shown("display x", session) == "1"
    assert shown("display scalar(x)", session) == "100"
    assert shown("display t", session) == "text"
    run("scalar m = x[3]\ngenerate z = x * scalar(x)", session)
    assert session.context.state.scalars["m"] == 5.0
    assert numeric(session.context.data.columns["z"]).tolist() == [100, 300, 500, 700]


def test_scalars_keep_full_precision() -> None:
    session = run("scalar third = 1/3")
    assert session.context.state.scalars["third"] == 1 / 3


# ---- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "message", "rc"), [
    ("matrix C = A*B'", "conformability error", 503),
    ("matrix C = A + B", "conformability error", 503),
    ("matrix C = A \\ B", "conformability error", 503),
    ("matrix C = A, S", "conformability error", 503),
    ("matrix C = (1,2\\3)", "conformability error", 503),
    ("matrix C = B/A", "conformability error", 503),
    ("matrix C = hadamard(A,B)", "conformability error", 503),
    ("matrix C = S[2..4,1]", "conformability error", 503),
    ("matrix C = S[3..2,1]", "conformability error", 503),
    ("matrix A[2,3] = 1", "conformability error", 503),
    ("matrix A[0,1] = 1", "conformability error", 503),
    ("matrix A[2,2] = (1,2)", "conformability error", 503),
    ("matrix A[1,1] = \"x\"", "type mismatch", 109),
    ("matrix A[\"a1\",1] = 2", "type mismatch", 109),
    ("matrix C = nosuch", "nosuch not found", 111),
    ("matrix C = nosuch[1,2]", "nosuch not found", 111),
    ("matrix C = nullmat(nosuch)", "nosuch not found", 111),
    ("matrix C = A[\"nosuch\",1..2]", "nosuch not found", 111),
    ("matrix nosuch[1,1] = 2", "matrix nosuch not found", 111),
    ("matrix drop nosuch", "matrix nosuch not found", 111),
    ("matrix list nosuch", "matrix nosuch not found", 111),
    ("matrix rename nosuch C", "matrix nosuch not found", 111),
    ("matrix rownames nosuch = a b", "matrix nosuch not found", 111),
    ("matrix rename A B", "matrix B already defined", 110),
    ("matrix rownames A = a b c", "conformability error", 503),
    ("matrix rownames A = a", "conformability error", 503),
    ("matrix coleq A = a b c", "conformability error", 503),
    ("matrix C = cholesky(-S)", "matrix not positive definite", 506),
    ("matrix C = cholesky(A)", "matrix not symmetric", 505),
    ("matrix C = invsym(A)", "matrix not symmetric", 505),
    ("matrix C = inv(B)", "matrix not square", 505),
    ("matrix C = inv((1,2\\3,6))", "matrix singular", 504),
    ("matrix C = inv((1,.\\.,1))", "matrix has missing values", 504),
    ("matrix C = get(_b)", "last estimates not found", 301),
    ("matrix C = \"text\"", "type mismatch", 109),
    ("matrix C = A == A", "type mismatch", 109),
    ("matrix C = exp(A)", "type mismatch", 109),
    ("matrix C = nosuch(A)", "unknown function nosuch()", 133),
    ("matrix C = inv(A,A)", "invalid syntax", 198),
    ("matrix C = A B", "invalid syntax", 198),
    ("matrix C =", "invalid syntax", 198),
    ("matrix C = (1,2", "too few ')' or ']'", 132),
    ("matrix", "subcommand required", 198),
    ("matrix nosuch", "matrix subcommand nosuch is unrecognized", 199),
    ("matrix accum C = x", "matrix accum is not built yet", 199),
    ("matrix 1C = 2", "invalid syntax", 198),
    ("matrix C = J(20000,1,0)", "matsize too small", 908),
    (f"matrix {'m' * 33} = 1", f"{'m' * 33} invalid name", 198),
    ("matrix list A, format(%q)", "invalid %format", 120),
    ("matrix list A, nosuch", "option nosuch not allowed", 198),
    ("scalar C = nosuch", "variable nosuch not found", 111),
    ("scalar C", "invalid syntax", 198),
    ("scalar list nosuch", "scalar nosuch not found", 111),
    ("scalar drop k nosuch", "scalar nosuch not found", 111),
    ("mkmat nosuch", "variable nosuch not found", 111),
    ("mkmat", "varlist required", 100),
    ("svmat nosuch", "matrix nosuch not found", 111),
    ("svmat str5 A", "type mismatch", 109),
    ("svmat A, names(col)", "variable x already defined", 110),
])
def test_errors(command: str, message: str, rc: int) -> None:
    session = run(DATA + READY)
    assert failed(command, session) == (message, rc)


def test_an_error_in_an_expression_has_its_place() -> None:
    session = run(READY)
    *_, last = session.run("matrix C = S + A*B*A")
    assert last.error is not None and last.error.span is not None
    start, end = last.error.span
    assert "matrix C = S + A*B*A"[start:end] == "A*B*A"


def test_deep_and_long_expressions_end_well() -> None:
    session = run("matrix A = (1,2\\3,4)")
    assert failed("matrix C = " + "(" * 500 + "A" + ")" * 500 + "+A" * 400, session)[1] in (130, 198)
    run("matrix C = (" + ",".join(["1"] * 3000) + ")", session)
    assert session.context.state.matrices["C"].values.shape == (1, 3000)
