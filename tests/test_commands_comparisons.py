"""pwcompare, contrast, and margins with pwcompare and expression: definitions, a real output's layout, errors."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from scipy import stats
from sessions import fails, last, run, shown

from mixedcli.commands._shared.comparison_groups import letters
from mixedcli.data.columns import new_numeric, numeric
from mixedcli.data.dataset import Dataset
from mixedcli.report.comparisons import pwcompare_document
from mixedcli.report.document import Style
from mixedcli.report.text import to_text
from mixedcli.results.coefficients import CoefficientRow
from mixedcli.results.comparisons import ComparisonBlock, Comparisons, GroupBlock, PwcompareResult
from mixedcli.results.margins import MarginsResult
from mixedcli.session import Session

N = 240


@pytest.fixture
def session() -> Session:
    rng = np.random.default_rng(21)
    a, b, x = rng.integers(1, 4, N), rng.integers(0, 2, N), rng.normal(size=N)
    y = a + 0.5 * b * (a == 2) + x + rng.normal(size=N)
    columns = {"y": y, "a": a, "b": b, "x": x, "yes": y + rng.normal(size=N) > 2.5, "g": rng.integers(0, 12, N)}
    made = Session()
    made.context.data = Dataset({
        name: new_numeric(name, np.asarray(values, dtype=float), "double") for name, values in columns.items()
    }, N)
    run(made, "version 17")
    return made


def estimates(session: Session) -> tuple[dict[str, int], np.ndarray, np.ndarray]:
    """Where each coefficient stands, e(b) and e(V)."""
    stored = session.context.estimates.stored()
    names = {name.name: k for k, name in enumerate(stored.matrices["b"].columns)}
    return names, stored.matrices["b"].values[0], stored.matrices["V"].values


def r(session: Session, name: str) -> np.ndarray:
    return session.context.state.returned.matrices[name].values


def cell_mean(names: dict[str, int], a: int, b: int) -> np.ndarray:
    """The weights of the mean of a cell in the model with both factors and their interaction."""
    out = np.zeros(len(names))
    for name, k in names.items():
        parts = [piece.split(".") for piece in name.split("#")]
        if name == "_cons":
            out[k] = 1.0
        elif all(len(p) == 2 and int(p[0].rstrip("bno")) == {"a": a, "b": b}[p[1]] for p in parts if p[-1] in "ab"):
            out[k] = float(all(p[-1] in "ab" for p in parts))
    return out


# ---- pairwise comparisons --------------------------------------------------------------------------------------


def test_pairs_of_balanced_means(session: Session) -> None:
    run(session, "quietly regress y i.a##i.b x\npwcompare a")
    names, b, V = estimates(session)
    mean = {a: 0.5 * (cell_mean(names, a, 0) + cell_mean(names, a, 1)) for a in (1, 2, 3)}
    L = np.array([mean[2] - mean[1], mean[3] - mean[1], mean[3] - mean[2]])
    assert r(session, "b_vs")[0] == pytest.approx(L @ b)
    assert r(session, "V_vs") == pytest.approx(L @ V @ L.T)
    columns = session.context.state.returned.matrices["b_vs"].columns
    assert [name.name for name in columns] == ["2vs1.a", "3vs1.a", "3vs2.a"]
    run(session, "pwcompare a#b")
    assert r(session, "b_vs").shape == (1, 15)
    assert r(session, "b_vs")[0, 0] == pytest.approx((cell_mean(names, 1, 1) - cell_mean(names, 1, 0)) @ b)


@pytest.mark.parametrize("command", ["regress y i.a x", "logit yes i.a x"])
@pytest.mark.parametrize("method", ["noadjust", "bonferroni", "sidak", "scheffe"])
def test_adjustments(session: Session, command: str, method: str) -> None:
    run(session, f"quietly {command}\npwcompare a, mcompare({method}) effects")
    table = r(session, "table_vs")
    df = session.context.estimates.stored().scalars.get("df_r")
    law = stats.norm if df is None else stats.t(df)
    p = 2 * law.sf(np.abs(table[2]))
    critical = law.ppf(0.975)
    if method == "bonferroni":
        p, critical = np.minimum(3 * p, 1), law.ppf(1 - 0.05 / 6)
    elif method == "sidak":
        p, critical = 1 - (1 - p) ** 3, law.ppf(1 - (1 - 0.95 ** (1 / 3)) / 2)
    elif method == "scheffe":
        if df is None:
            p, critical = stats.chi2.sf(table[2] ** 2, 2), math.sqrt(stats.chi2.ppf(0.95, 2))
        else:
            p, critical = stats.f.sf(table[2] ** 2 / 2, 2, df), math.sqrt(2 * stats.f.ppf(0.95, 2, df))
    assert table[3] == pytest.approx(p, rel=1e-8)
    assert table[4] == pytest.approx(table[0] - critical * table[1], rel=1e-8)
    assert table[5] == pytest.approx(table[0] + critical * table[1], rel=1e-8)


def test_prints_as_stata(shared) -> None:
    """Output 637 from its own numbers: the layout, not the arithmetic."""
    real = (shared / "reference" / "outputs" / "637.txt").read_text(encoding="utf-8").split("#---\n", 1)[1]
    rows = []
    for text in real.split("\n"):
        if " vs " in text:
            label, numbers = text.split("|")
            b, se, t, p = map(float, numbers.split())
            rows.append(CoefficientRow(label.strip(), b, se, t, p, 0.0, 0.0))
    nothing = np.zeros((0, 0))
    margins = MarginsResult("Predictive margins", 4948, "OLS", "Linear prediction, predict()", (), (), np.zeros(0),
                            nothing, nothing, np.zeros(0), ())
    found = Comparisons((ComparisonBlock("region", tuple(rows)),), (), np.zeros(0), nothing, df=100, ci=False, pv=True)
    assert to_text(pwcompare_document(PwcompareResult(found, margins), Style(version=18))) == real.rstrip("\n")


def test_form_of_the_table(session: Session) -> None:
    run(session, "quietly logit yes i.a x")
    lines = shown(session, "pwcompare a").split("\n")
    assert lines[:5] == ["", "Pairwise comparisons of marginal linear predictions", "", "Margins: asbalanced", ""]
    assert lines[5] == "-" * 62 and lines[6] == " " * 13 + "|" + " " * 33 + "Unadjusted"
    assert lines[7] == "             |   Contrast   Std. err.     [95% conf. interval]"
    assert lines[9:11] == ["yes          |", "           a |"]
    assert lines[11].startswith("     2 vs 1  |")
    assert "Margins      : asbalanced" in shown(session, "version 13: pwcompare a")
    assert "[95% Conf. Interval]" in shown(session, "version 13: pwcompare a, mcompare(b)")


# ---- contrasts -------------------------------------------------------------------------------------------------


def test_tests_of_factors_and_interactions(session: Session) -> None:
    run(session, "quietly regress y i.a##i.b x\ncontrast a##b")
    names, b, V = estimates(session)
    df = N - 7

    def F(L: np.ndarray) -> float:
        return float((L @ b) @ np.linalg.solve(L @ V @ L.T, L @ b)) / len(L)

    m = {(i, j): cell_mean(names, i, j) for i in (1, 2, 3) for j in (0, 1)}
    main_a = np.array([sum(m[i, j] - m[1, j] for j in (0, 1)) / 2 for i in (2, 3)])
    main_b = np.array([sum(m[i, 1] - m[i, 0] for i in (1, 2, 3)) / 3])
    both = np.array([m[i, 1] - m[i, 0] - m[1, 1] + m[1, 0] for i in (2, 3)])
    expected = [F(main_a), F(main_b), F(both)]
    assert r(session, "F")[0] == pytest.approx(expected) and r(session, "df")[0].tolist() == [2, 1, 2]
    assert r(session, "p")[0] == pytest.approx(stats.f.sf(expected, [2, 1, 2], df))
    text = shown(session, "contrast a##b")
    assert "Denominator |        233" in text and "         a#b |" in text
    run(session, "test 2.a#1.b 3.a#1.b")
    assert session.context.state.returned.scalars["F"] == pytest.approx(expected[2])


def test_slopes(session: Session) -> None:
    run(session, "quietly regress y i.a##c.x\ncontrast a#c.x")
    by_contrast = r(session, "F")[0, 0]
    run(session, "test 2.a#c.x 3.a#c.x")
    assert session.context.state.returned.scalars["F"] == pytest.approx(by_contrast)


OPERATORS = [
    ("r", ["(2 vs 1)", "(3 vs 1)"], [[-1, 1, 0], [-1, 0, 1]]),
    ("ar", ["(2 vs 1)", "(3 vs 2)"], [[-1, 1, 0], [0, -1, 1]]),
    ("a", ["(1 vs 2)", "(2 vs 3)"], [[1, -1, 0], [0, 1, -1]]),
    ("g", ["(1 vs mean)", "(2 vs mean)", "(3 vs mean)"], np.eye(3) - 1 / 3),
    ("h", ["(1 vs >1)", "(2 vs 3)"], [[1, -0.5, -0.5], [0, 1, -1]]),
    ("j", ["(2 vs 1)", "(3 vs <3)"], [[-1, 1, 0], [-0.5, -0.5, 1]]),
]


@pytest.mark.parametrize(("operator", "labels", "C"), OPERATORS, ids=[each[0] for each in OPERATORS])
def test_operators(session: Session, operator: str, labels: list[str], C: object) -> None:
    run(session, "quietly mixed y i.a x || g:")
    text = shown(session, f"contrast {operator}.a")
    _, b, _ = estimates(session)
    names, b, _ = estimates(session)
    means = np.array([b[names["1b.a"]], b[names["2.a"]], b[names["3.a"]]])
    assert r(session, "b")[0] == pytest.approx(np.asarray(C) @ means)
    listed = [line.split("|")[0].strip() for line in text.split("\n") if line.strip().startswith("(")]
    assert listed == labels * 2
    assert "Joint  |          2" in text and "y            |" in text
    joint = r(session, "chi2")[0, -1]
    run(session, "test 2.a 3.a")
    assert session.context.state.returned.scalars["chi2"] == pytest.approx(joint)


def test_products_of_operators(session: Session) -> None:
    run(session, "quietly regress y i.a##i.b x")
    text = shown(session, "contrast r.a#r.b, nowald pveffects")
    assert "(2 vs 1) (1 vs 0)  |" in text and "P>|t|" in text and "interval" not in text
    names, b, _ = estimates(session)
    assert r(session, "b")[0] == pytest.approx([b[names["2.a#1.b"]], b[names["3.a#1.b"]]])


def keppel(session: Session) -> None:
    """Four groups of twenty with the means and the residual sum of squares of Keppel's chapter 7."""
    means, spread = np.array([-4.65, 1.5, 2.95, 0.2]), math.sqrt(1541.9 / 80)
    a, sign = np.repeat([1.0, 2, 3, 4], 20), np.tile([1.0, -1.0], 40)
    y = 10 + means[a.astype(int) - 1] + sign * spread
    columns = {"numcorr": new_numeric("numcorr", y, "double"), "a": new_numeric("a", a, "double")}
    session.context.data = Dataset(columns, 80)


def test_polynomials_as_published(session: Session) -> None:
    """The analysis of trend that UCLA's page on Keppel's Design and Analysis prints from Stata 12 (contrast p.a)."""
    keppel(session)
    run(session, "quietly regress numcorr i.a")
    scalars = session.context.estimates.stored().scalars
    assert [scalars["mss"], scalars["rss"]] == pytest.approx([652.3, 1541.9], rel=1e-9)
    text = shown(session, "version 12: contrast p.a, effects")
    for line in (
        "   (linear)  |          1       12.62     0.0007",
        "(quadratic)  |          1       19.52     0.0000",
        "    (cubic)  |          1        0.01     0.9119",
        "      Joint  |          3       10.72     0.0000",
        "   (linear)  |   1.788854   .5035891     3.55   0.001     .7858698    2.791839",
        "(quadratic)  |     -2.225   .5035891    -4.42   0.000    -3.227985   -1.222015",
    ):
        assert line in text.split("\n"), text


def test_polynomials_know_the_spacing(session: Session) -> None:
    """p. takes the values of the levels: means on a line in them have a linear trend only, unlike for q."""
    run(session, "recode a (3 = 7)\nreplace y = 5 + 2*a + (_n/_N - 0.5)\nquietly regress y i.a\ncontrast p.a")
    names, b, _ = estimates(session)
    means = np.array([0, b[names["2.a"]], b[names["7.a"]]])
    x = np.array([1.0, 2, 7]) - 10 / 3
    assert r(session, "b")[0, 0] == pytest.approx(x @ means / math.sqrt(3 * (x @ x)))
    assert r(session, "b")[0, 1] == pytest.approx(np.array([5, -6, 1]) @ means / math.sqrt(3 * 62))
    run(session, "contrast q.a")
    q = np.array([[-1, 0, 1] / np.sqrt(2), [1, -2, 1] / np.sqrt(6)]) / math.sqrt(3)
    assert r(session, "b")[0] == pytest.approx(q @ means)


def test_another_base(session: Session) -> None:
    run(session, "quietly regress y i.a x\ncontrast rb3.a")
    names, b, _ = estimates(session)
    assert r(session, "b")[0] == pytest.approx([-b[names["3.a"]], b[names["2.a"]] - b[names["3.a"]]])
    assert fails(session, "contrast rb9.a")[0] == 198
    assert fails(session, "margins rb9.a")[0] == 198


def test_one_contrast_has_one_test(session: Session) -> None:
    text = shown(session, "quietly regress y i.b x\ncontrast r.b")
    assert "           b |          1 " in text and "Joint" not in text and text.count("(1 vs 0)") == 1


def test_simple_effects(session: Session) -> None:
    """a at each level of b, as Stata's log of contrast gender@educ3 lays it out: a test per level, then all jointly."""
    run(session, "quietly regress y i.a##i.b x")
    names, b, V = estimates(session)
    m = {(i, j): cell_mean(names, i, j) for i in (1, 2, 3) for j in (0, 1)}
    text = shown(session, "contrast a@b")
    assert [line.split("|")[0] for line in text.split("\n") if "|" in line][1:6] == [
        "         a@b ", "          0  ", "          1  ", "      Joint  ", "             "]
    L = {j: np.array([m[i, j] - m[1, j] for i in (2, 3)]) for j in (0, 1)}
    every = np.vstack([L[0], L[1]])
    expected = [(M @ b) @ np.linalg.solve(M @ V @ M.T, M @ b) / len(M) for M in (L[0], L[1], every)]
    assert r(session, "F")[0] == pytest.approx(expected) and r(session, "df")[0].tolist() == [2, 2, 4]
    text = shown(session, "contrast ar.a@b, nowald pveffects")
    assert re.findall(r"^ *(\(.*?) +\|", text, re.MULTILINE) == [
        "(2 vs 1) 0", "(2 vs 1) 1", "(3 vs 2) 0", "(3 vs 2) 1"]
    assert r(session, "b")[0] == pytest.approx([(m[i, j] - m[i - 1, j]) @ b for i in (2, 3) for j in (0, 1)])


def test_partial_interactions(session: Session) -> None:
    """Tests of an operator's contrasts joint over the other factor, named as in Stata's log of contrast ar.educ3#gender."""
    run(session, "quietly regress y i.b##i.a x")
    names, b, V = estimates(session)
    text = shown(session, "contrast r.b#a")
    assert "(1 vs 0) (joint)" not in text and "Joint" not in text           # one test alone needs no name
    text = shown(session, "contrast ar.a#b")
    assert re.findall(r"^ *(\(.*?) +\|", text, re.MULTILINE) == [
        "(2 vs 1) (joint)", "(3 vs 2) (joint)", "(2 vs 1) (1 vs base)", "(3 vs 2) (1 vs base)"]
    inter = [names["1.b#2.a"], names["1.b#3.a"]]
    expected = np.array([b[inter[0]], b[inter[1]] - b[inter[0]]])
    assert r(session, "b")[0] == pytest.approx(expected)
    L = np.zeros((2, len(b)))
    L[[0, 1, 1], [inter[0], inter[1], inter[0]]] = 1, 1, -1
    assert r(session, "F")[0, :2] == pytest.approx(expected**2 / np.diag(L @ V @ L.T))


def test_whether_the_equation_is_named(session: Session) -> None:
    """As in Stata's logs of contrast after poisson (no name) and ologit (a name)."""
    run(session, "generate n = int(exp(x) * 3)\nquietly poisson n i.a")
    assert "\nn  " not in shown(session, "contrast a") and "\nn            |" in shown(session, "pwcompare a")
    run(session, "generate o = 1 + (y > 2) + (y > 3)\nquietly ologit o i.a")
    assert "\no            |\n           a |" in shown(session, "contrast a")


def test_names_fill_the_column(session: Session) -> None:
    """educ3#gender has twelve letters and stands at the edge of a column of twelve."""
    run(session, "rename a educ3\nrename b gender\nquietly regress y i.educ3##i.gender")
    text = shown(session, "contrast educ3#gender").split("\n")
    assert text[8].startswith("educ3#gender |          2 ") and text[7] == "-" * 13 + "+" + "-" * 34


# ---- groups ----------------------------------------------------------------------------------------------------

CODES = [
    ([1, 2, 3], [0.5, 0.5, 0.5], ["A", "A", "A"]),
    ([1, 2, 3], [0.5, 0.01, 0.5], ["A ", "AB", " B"]),
    ([3, 1, 2], [0.01, 0.5, 0.01], ["A", " ", "A"]),
    ([1, 2, 3, 9], [0.01, 0.5, 0.01, 0.01, 0.01, 0.01], ["A", " ", "A", " "]),
    ([1, 2], [0.01], ["", ""]),
    ([4, 3, 2, 1], [0.5, 0.01, 0.01, 0.5, 0.01, 0.5], ["  C", " BC", "AB ", "A  "]),
]


@pytest.mark.parametrize(("means", "p", "codes"), CODES)
def test_codes_of_groups(means: list[float], p: list[float], codes: list[str]) -> None:
    """p of 1 and 2, 1 and 3, ...: letters from the smallest mean on, a place for each; a mean unlike all has none."""
    assert list(letters(np.array(means, dtype=float), p, 0.05)) == codes


def test_means_that_share_a_letter_do_not_differ(session: Session) -> None:
    run(session, "quietly regress y i.a##i.b x")
    for command in ("pwcompare a#b, groups", "margins a#b, pwcompare(groups) mcompare(bonferroni)"):
        result = last(session, command).result
        codes, p = result.groups[0].codes, r(session, "table_vs")[3]
        pairs = [(i, j) for i in range(6) for j in range(i + 1, 6)]
        for (i, j), value in zip(pairs, p, strict=True):
            assert bool((set(codes[i]) & set(codes[j])) - {" "}) == (value >= 0.05)


PRINTED = """\
---------------------------------------------------------------------
                                 |            Delta-method Unadjusted
                                 |     Margin   Std. Err.      Groups
---------------------------------+-----------------------------------
                 schoolkita_new2 |
                         closed  |   .5000807   .0167509            A
                 partially open  |   .4943224    .014239            A
                                 |
           treat#schoolkita_new2 |
                 Control#closed  |   .6091608    .030971            D
         Control#partially open  |    .544532   .0270535           CD
                  Gender#closed  |   .4875588   .0305449         ABC\x20
          Gender#partially open  |   .4495998   .0272622         AB\x20\x20
               Education#closed  |   .4985861   .0320159          BC\x20
       Education#partially open  |   .4552812   .0261419         AB\x20\x20
        Gender+Education#closed  |   .4115939   .0314365         A\x20\x20\x20
Gender+Education#partially open  |   .5290737   .0258624           CD
---------------------------------------------------------------------
Note: Margins sharing a letter in the group label are not
      significantly different at the 5% level."""


def test_groups_print_as_stata() -> None:
    """From a log of Stata 16 (probit of choices of school, margins with pwcompare(group)): the layout, not the codes."""
    blocks: list[GroupBlock] = []
    for text in PRINTED.split("\n")[4:-3]:
        label, _, numbers = text.partition("|")
        if numbers.strip():
            b, se = map(float, numbers.split()[:2])
            row, code = CoefficientRow(label.strip(), b, se, tested=False), numbers[31:35]
            block = blocks.pop()
            blocks.append(GroupBlock(block.name, (*block.rows, row), (*block.codes, code)))
        elif label.strip():
            blocks.append(GroupBlock(label.strip(), (), ()))
    blocks[0] = GroupBlock(blocks[0].name, blocks[0].rows, ("A", "A"))
    nothing = np.zeros((0, 0))
    margins = MarginsResult("Predictive margins", 10, "OIM", "Pr(primary), predict()", (), (), np.zeros(0), nothing,
                            nothing, np.zeros(0), ())
    result = PwcompareResult(Comparisons((), (), np.zeros(0), nothing), margins, tuple(blocks))
    shown_ = to_text(pwcompare_document(result, Style(version=16)))
    assert shown_[shown_.index("-----"):] == PRINTED


def test_what_comparisons_refuse(session: Session) -> None:
    assert fails(session, "contrast a")[0] == 301
    run(session, "quietly regress y i.a x")
    assert fails(session, "contrast")[0] == 100
    assert fails(session, "contrast b") == (322, "factor b not found in list of covariates")
    assert fails(session, "pwcompare r.a") == (198, "operator r. not allowed")
    assert fails(session, "contrast pw.a")[0] == 199
    assert fails(session, "contrast a@b") == (322, "factor b not found in list of covariates")
    assert fails(session, "contrast a@a") == (198, "a@a invalid")
    assert fails(session, "contrast a@x")[0] == 322 and fails(session, "pwcompare a@b")[0] == 199
    assert fails(session, "contrast a!")[0] == 198
    assert fails(session, "pwcompare a, mcompare(foo)") == (198, "option mcompare() incorrectly specified")
    assert fails(session, "pwcompare a, mcompare(tukey)")[0] == 199
    run(session, "quietly regress y i.a##i.b if !(a == 2 & b == 1)")
    assert fails(session, "contrast a")[0] == 199


# ---- margins ---------------------------------------------------------------------------------------------------


def test_margins_in_pairs(session: Session) -> None:
    run(session, "quietly logit yes i.a x\nmargins a")
    b, V = r(session, "b")[0], r(session, "V")
    L = np.array([[-1, 1, 0], [-1, 0, 1], [0, -1, 1]])
    text = shown(session, "margins a, pwcompare(pv) mcompare(sidak)")
    assert r(session, "b_vs")[0] == pytest.approx(L @ b) and r(session, "V_vs") == pytest.approx(L @ V @ L.T)
    assert "Pairwise comparisons of predictive margins" in text and "Delta-method" in text and "Sidak" in text
    run(session, "margins a, at(x=(0 1)) pwcompare")
    assert r(session, "b_vs").shape == (1, 15)
    assert fails(session, "margins, pwcompare")[0] == 198
    assert fails(session, "margins a, mcompare(sidak)")[0] == 198
    assert fails(session, "margins a, pwcompare(foo)")[0] == 198


@pytest.mark.parametrize("operator", ["r", "ar", "a", "g", "h", "j", "p", "q", "rb2"])
def test_contrasts_of_margins(session: Session, operator: str) -> None:
    """After a linear model they are those of contrast; others weigh the margins alike."""
    run(session, f"quietly regress y i.a x\ncontrast {operator}.a")
    b, V, F = r(session, "b"), r(session, "V"), r(session, "F")
    text = shown(session, f"margins {operator}.a")
    assert r(session, "b") == pytest.approx(b) and r(session, "V") == pytest.approx(V)
    assert r(session, "F") == pytest.approx(F)
    assert "Contrasts of predictive margins" in text and "Delta-method" in text and "Denominator |" in text


def test_contrasts_of_probabilities(session: Session) -> None:
    run(session, "quietly logit yes i.a##i.b x\nmargins a#b")
    m, V = r(session, "b")[0], r(session, "V")
    run(session, "margins r.a#ar.b, contrast(effects) mcompare(bonferroni)")
    L = np.array([[1, -1, -1, 1, 0, 0], [1, -1, 0, 0, -1, 1]])
    assert r(session, "b")[0] == pytest.approx(L @ m) and r(session, "V") == pytest.approx(L @ V @ L.T)
    joint = (L @ m) @ np.linalg.solve(L @ V @ L.T, L @ m)
    assert r(session, "chi2")[0, -1] == pytest.approx(joint)
    assert r(session, "table")[3] == pytest.approx(
        np.minimum(2 * 2 * stats.norm.sf(np.abs(L @ m) / np.sqrt(np.diag(L @ V @ L.T))), 1))
    text = shown(session, "margins a, contrast")
    assert "           a |          2 " in text and "Contrast " not in text and "(2 vs 1)" not in text


def test_contrasts_at_several_points(session: Session) -> None:
    """class@_at in Stata's log of margins ar.class, at(educ=(7 18)): contrasts outside, points inside."""
    run(session, "quietly logit yes i.a x\nmargins a, at(x=(-1 1))")
    m, V = r(session, "b")[0], r(session, "V")
    text = shown(session, "margins ar.a, at(x=(-1 1)) contrast(nowald pveffects)")
    assert "       a@_at |\n (2 vs 1) 1  |" in text
    assert re.findall(r"^ *(\(.*?) +\|", text, re.MULTILINE) == [
        "(2 vs 1) 1", "(2 vs 1) 2", "(3 vs 2) 1", "(3 vs 2) 2"]
    L = np.array([[-1, 1, 0, 0, 0, 0], [0, 0, 0, -1, 1, 0], [0, -1, 1, 0, 0, 0], [0, 0, 0, 0, -1, 1]])
    assert r(session, "b")[0] == pytest.approx(L @ m) and r(session, "V") == pytest.approx(L @ V @ L.T)


def test_what_contrasts_of_margins_refuse(session: Session) -> None:
    run(session, "quietly logit yes i.a x")
    assert fails(session, "margins r.a, over(a)")[0] == 199
    assert fails(session, "margins, at(x=(0 1)) contrast")[0] == 199
    assert fails(session, "margins r.a, dydx(x)")[0] == 199
    assert fails(session, "margins, contrast")[0] == 198
    assert fails(session, "margins r.a, contrast(foo)")[0] == 198
    assert fails(session, "margins r.q")[0] == 111
    assert fails(session, "margins zz.a") == (198, "zz.: operator invalid")
    assert fails(session, "summarize r.a") == (198, "r.: operator invalid")


SAME = [
    ("expression(predict(pr))", ""),
    ("expression(invlogit(predict(xb)))", ""),
    ("expression(1/(1+exp(-xb())))", "dydx(*)"),
    ("expression(predict(pr))", "dydx(x) at(x=(0 1))"),
]


@pytest.mark.parametrize(("expression", "options"), SAME)
def test_an_expression_that_is_the_prediction(session: Session, expression: str, options: str) -> None:
    run(session, f"quietly logit yes i.a##c.x\nmargins, {options}")
    b, V = r(session, "b"), r(session, "V")
    run(session, f"margins, {expression} {options}")
    assert r(session, "b") == pytest.approx(b, rel=1e-8, abs=1e-12)
    assert np.sqrt(np.diag(r(session, "V"))) == pytest.approx(np.sqrt(np.diag(V)), rel=1e-6)


def test_an_expression_of_two_predictions(session: Session) -> None:
    """Odds by the delta method: with p = predict(pr), d(p / (1 - p)) = exp(xb) x."""
    run(session, "quietly logit yes i.a x\nmargins a, expression(predict(pr)/(1-predict(pr)))")
    names, b, V = estimates(session)
    x, weights = numeric(session.context.data.columns["x"]), np.zeros((N, len(b)))
    weights[:, names["x"]], weights[:, names["_cons"]], weights[:, names["2.a"]] = x, 1.0, 1.0
    odds = np.exp(weights @ b)
    J = (odds[:, None] * weights).mean(axis=0)
    assert r(session, "b")[0, 1] == pytest.approx(odds.mean(), rel=1e-8)
    assert r(session, "V")[1, 1] == pytest.approx(J @ V @ J, rel=1e-6)


def test_what_expressions_refuse(session: Session) -> None:
    run(session, "quietly logit yes i.a x")
    assert fails(session, "margins, expression(2)")[0] == 198
    assert fails(session, "margins, expression(nope(predict(pr)))") == (133, "unknown function nope()")
    assert fails(session, "margins, expression(predict(pr)*_b[x])")[0] == 199
    assert fails(session, "margins, expression(predict(pr)) predict(xb)")[0] == 198
    assert fails(session, "margins, expression(predict(zz))")[0] == 198
    assert fails(session, "margins, expression(predict(pr)*q)")[0] == 111


def test_predictions_without_the_exposure(session: Session) -> None:
    run(session, "generate t = 1 + g\ngenerate n = int(exp(x) * t)\nquietly poisson n x, exposure(t)")
    run(session, "predict double rate, ir\nmargins, predict(ir)")
    rate = numeric(session.context.data.columns["rate"]).mean()
    assert r(session, "b")[0, 0] == pytest.approx(rate)
    run(session, "margins, predict(n nooffset)")
    assert r(session, "b")[0, 0] == pytest.approx(rate)
    assert fails(session, "margins, predict(pr)")[0] == 198


def numeric_delta(session: Session, function, rows: np.ndarray) -> tuple[float, float]:
    """The mean of function(rows, b) and its standard error, by differences in every parameter of e(b)."""
    _, b, V = estimates(session)
    J = np.zeros(len(b))
    for k in range(len(b)):
        h = 1e-5 * max(abs(b[k]), 0.1)
        up, down = b.copy(), b.copy()
        up[k] += h
        down[k] -= h
        J[k] = (function(rows, up).mean() - function(rows, down).mean()) / (2 * h)
    return function(rows, b).mean(), math.sqrt(J @ V @ J)


def censored_mean(X: np.ndarray, b: np.ndarray) -> np.ndarray:
    """E(max(y, 0.5)) with b = slopes and the variance."""
    mu, sigma = X @ b[:-1], math.sqrt(b[-1])
    z = (mu - 0.5) / sigma
    return 0.5 * stats.norm.cdf(-z) + mu * stats.norm.cdf(z) + sigma * stats.norm.pdf(z)


def nonzero(X: np.ndarray, b: np.ndarray) -> np.ndarray:
    """P(count > 0) with b = slopes and ln alpha."""
    return 1 - (1 + np.exp(b[-1] + X @ b[:-1])) ** (-np.exp(-b[-1]))


FUNCTIONS = [
    ("tobit y x, ll(0.5)", "ystar(.5,.)", censored_mean),
    ("nbreg n x", "pr(1,.)", nonzero),
    ("poisson n x", "pr(0)", lambda X, b: np.exp(-np.exp(X @ b))),
]


@pytest.mark.parametrize(("command", "statistic", "function"), FUNCTIONS, ids=[each[0] for each in FUNCTIONS])
def test_functions_of_several_parameters(session: Session, command: str, statistic: str, function) -> None:
    run(session, "generate n = int(exp(0.5*y + (g > 8)))")
    run(session, f"quietly {command}\nmargins, predict({statistic})")
    X = np.column_stack([numeric(session.context.data.columns["x"]), np.ones(N)])
    value, se = numeric_delta(session, function, X)
    assert r(session, "b")[0, 0] == pytest.approx(value, rel=1e-7)
    assert math.sqrt(r(session, "V")[0, 0]) == pytest.approx(se, rel=1e-5)
    run(session, f"margins, predict({statistic}) dydx(x)")
    h = 1e-5

    def slope(X: np.ndarray, b: np.ndarray) -> np.ndarray:
        step = np.array([h, 0.0])
        return (function(X + step, b) - function(X - step, b)) / (2 * h)

    value, se = numeric_delta(session, slope, X)
    assert r(session, "b")[0, 0] == pytest.approx(value, rel=1e-6)
    assert math.sqrt(r(session, "V")[0, 0]) == pytest.approx(se, rel=1e-4)


def test_limits_do_not_depend_on_units(session: Session) -> None:
    run(session, "generate big = 100000*y\nquietly regress y x\nmargins, predict(e(1,.)) dydx(x)")
    b, V = r(session, "b")[0, 0], r(session, "V")[0, 0]
    run(session, "quietly regress big x\nmargins, predict(e(100000,.)) dydx(x)")
    assert r(session, "b")[0, 0] == pytest.approx(1e5 * b, rel=1e-6)
    assert r(session, "V")[0, 0] == pytest.approx(1e10 * V, rel=1e-5)
    assert fails(session, "margins, predict(e(1))") == (198, "option e() incorrectly specified")
    assert fails(session, "margins, predict(pr(a,b))") == (198, "option pr() incorrectly specified")


# ---- display formats -------------------------------------------------------------------------------------------


def test_display_formats(session: Session) -> None:
    run(session, "quietly logit yes i.a x")
    _, b, V = estimates(session)
    text = shown(session, "lincom x, cformat(%6.2f) sformat(%6.1f) pformat(%4.2f)")
    z = b[3] / math.sqrt(V[3, 3])
    row = next(line for line in text.split("\n") if "(1) |" in line).split("|")[1].split()
    assert row[:3] == [f"{b[3]:.2f}", f"{math.sqrt(V[3, 3]):.2f}", f"{z:.1f}"] and len(row[3]) == 4
    row = next(line for line in shown(session, "nlcom _b[x]*2, cformat(%7.3f)").split("\n") if "_nl_1 |" in line)
    assert row.split("|")[1].split()[0] == f"{2 * b[3]:.3f}"
    text = shown(session, "margins a, cformat(%6.3f)")
    assert f"{r(session, 'b')[0, 0]:.3f} " in text
    assert "_b[3.a]" in shown(session, "margins a, coeflegend")
    assert fails(session, "lincom x, cformat(%12.3f)")[0] == 198 and fails(session, "nlcom _b[x], cformat(%9s)")[0] == 120
