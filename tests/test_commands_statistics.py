"""codebook, tabstat, correlate, pwcorr, ttest, ci, centile, levelsof, tabulate's tests, xt commands, L. F. D. S.

Numbers are compared with numpy, pandas and scipy, or with printed outputs; layouts with real outputs (those that need
no data from ../shared are in transcripts/statistics.log).
"""

from __future__ import annotations

import math
import pathlib
import re
from itertools import product
from math import factorial

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sessions import failed, run, shown

from mixedcli.engine.fisher import fisher_exact
from mixedcli.errors import StataError
from mixedcli.expr.timeseries import operated_name, read_hexadecimal, read_shifts, write_hexadecimal
from mixedcli.results.stripe import plain_name
from mixedcli.session import Session
from mixedcli.verify.compare import compare

RELATIVE = 1e-12


def r(session: Session) -> dict[str, float]:
    return dict(session.context.state.returned.scalars)


def matrix(session: Session, name: str) -> np.ndarray:
    return session.context.state.returned.matrices[name].values


def frame(session: Session) -> pd.DataFrame:
    """The numeric variables of the session, missing values as NaN."""
    from mixedcli.data.columns import numeric
    from mixedcli.data.storage import is_missing, is_numeric

    out = {}
    for name, column in session.context.data.columns.items():
        if is_numeric(column.storage):
            values = numeric(column)
            out[name] = np.where(is_missing(values), np.nan, values)
    return pd.DataFrame(out)


@pytest.fixture
def hsb() -> Session:
    """The bundled hsb data with holes in one variable."""
    session = Session()
    for outcome in run(session, "sysuse hsb\nreplace ses = . in 1/40\nreplace mathach = .a in 100/120"):
        assert outcome.error is None
    return session


@pytest.fixture
def panel() -> Session:
    """Two panels, one with a gap."""
    session = Session()
    setup = """set obs 7
generate id = real(word("1 1 1 1 2 2 2", _n))
generate t = real(word("1 2 4 5 2 3 4", _n))
generate x = real(word("10 13 20 26 1 4 9", _n))
generate s = "a"
"""
    for outcome in run(session, setup):
        assert outcome.error is None
    return session


# ---- real outputs ----------------------------------------------------------------------------------------------

RACE = 'label define racelbl 1 "White" 2 "Black" 3 "Other", modify\nlabel variable race "Race"'
REAL = [
    ("292", "nlswork", "", 18, 80), ("296", "nlswork", "xtset idcode", 18, 80), ("587", "clients", "", 17, 80),
    ("605", "auto", "", 18, 80), ("609", "auto", "", 18, 80), ("611", "auto", "", 18, 80), ("641", "auto", "", 17, 80),
    ("643", "nlswork", "", 17, 95), ("647", "nlswork", "", 17, 80), ("649", "nlswork", "", 17, 80),
    ("651", "nlswork", RACE, 17, 113),
]


@pytest.mark.parametrize(("number", "data", "setup", "version", "linesize"), REAL, ids=[case[0] for case in REAL])
def test_real_outputs(
    shared: pathlib.Path, number: str, data: str, setup: str, version: int, linesize: int
) -> None:
    text = (shared / "reference" / "outputs" / f"{number}.txt").read_text()
    head, _, expected = text.partition("#---\n")
    command = re.search(r"^# command: (.*)$", head, re.M)
    assert command
    start = f'use "{shared / "data" / data}"\n{setup}\nset linesize {linesize}\nversion {version}\n'
    printed = shown(Session(), start + command[1])
    assert compare(expected.strip("\n"), printed.strip("\n")) == []


# ---- correlations ----------------------------------------------------------------------------------------------


def test_correlate_against_pandas(hsb: Session) -> None:
    run(hsb, "correlate mathach ses female, covariance")
    data = frame(hsb)[["mathach", "ses", "female"]].dropna()
    found = r(hsb)
    assert found["N"] == len(data)
    assert found["cov_12"] == pytest.approx(data.cov().iloc[0, 1], rel=RELATIVE)
    assert found["Var_1"] == pytest.approx(data["mathach"].var(), rel=RELATIVE)
    assert found["Var_2"] == pytest.approx(data["ses"].var(), rel=RELATIVE)
    assert matrix(hsb, "C") == pytest.approx(data.cov().to_numpy(), rel=RELATIVE)
    run(hsb, "correlate mathach ses female if female")
    rho = data[data["female"] == 1]["mathach"].corr(data[data["female"] == 1]["ses"])
    assert r(hsb)["rho"] == pytest.approx(rho, rel=RELATIVE)
    assert "|        .        .        ." in shown(hsb, "correlate mathach ses female if female")   # female is constant


def test_weighted_correlations_count_rows(hsb: Session) -> None:
    run(hsb, "generate w = 1 + mod(_n, 3)\ncorrelate mathach ses [fweight = w]")
    data = frame(hsb)[["mathach", "ses", "w"]].dropna()
    repeated = data.loc[data.index.repeat(data["w"].astype(int))]
    assert r(hsb)["N"] == len(repeated)
    assert r(hsb)["rho"] == pytest.approx(repeated["mathach"].corr(repeated["ses"]), rel=RELATIVE)
    run(hsb, "correlate mathach ses [aweight = w], covariance")
    assert r(hsb)["N"] == len(data)
    scaled = data["w"] * len(data) / data["w"].sum()
    one = data["mathach"] - (scaled * data["mathach"]).sum() / len(data)
    two = data["ses"] - (scaled * data["ses"]).sum() / len(data)
    assert r(hsb)["cov_12"] == pytest.approx((scaled * one * two).sum() / (len(data) - 1), rel=1e-10)


def test_pwcorr_against_scipy(hsb: Session) -> None:
    text = shown(hsb, "pwcorr mathach ses female, sig obs star(.05) bonferroni")
    data = frame(hsb)
    for (i, one), (j, two) in product(enumerate(["mathach", "ses", "female"]), repeat=2):
        pair = data[[one, two]].dropna() if one != two else data[[one]].dropna()
        assert matrix(hsb, "Nobs")[i, j] == len(pair)
        if i != j:
            rho, p = stats.pearsonr(pair[one], pair[two])
            assert matrix(hsb, "C")[i, j] == pytest.approx(rho, rel=1e-10)
            assert matrix(hsb, "sig")[i, j] == pytest.approx(min(1, 3 * p), rel=1e-8, abs=1e-12)
    assert "*" in text
    assert "0.0000" in text
    printed = shown(hsb, "pwcorr mathach ses, print(1e-300)")
    assert re.search(r"ses \|\s+1\.0000 $", printed, re.M)


def test_names_are_cut_to_eight_characters(hsb: Session) -> None:
    run(hsb, "rename mathach mathachievement\nrename ses socialeconomicstatus")
    lines = shown(hsb, "correlate mathachievement socialeconomicstatus").split("\n")
    assert lines[2] == "             | mathac~t social~s"
    assert lines[4].startswith("mathachiev~t |   1.0000")


def test_wide_matrices_are_broken(hsb: Session) -> None:
    names = " ".join(f"v{k}" for k in range(9))
    setup = "\n".join(f"generate v{k} = mathach + {k}*ses" for k in range(9))
    text = shown(hsb, f"{setup}\nset linesize 60\ncorrelate {names}")
    assert max(map(len, text.split("\n"))) <= 60
    assert text.count("-------------+") == 2
    assert shown(hsb, f"correlate {names}, wrap").count("-------------+") == 1


def test_correlation_errors(hsb: Session) -> None:
    run(hsb, 'generate str5 name = "x"')
    assert failed(hsb, "correlate name mathach") == (
        "string variables not allowed in varlist;\nname is a string variable", 109)
    assert failed(hsb, "correlate mathach if mathach > 1e6 & mathach < .") == ("no observations", 2000)
    assert failed(hsb, "correlate nosuch") == ("variable nosuch not found", 111)
    assert failed(hsb, "pwcorr mathach ses, bonferroni sidak")[1] == 198
    assert failed(hsb, "correlate mathach [pw=ses]") == ("pweights not allowed", 101)


# ---- t tests, intervals, percentiles ---------------------------------------------------------------------------


def test_one_sample_t_against_scipy(hsb: Session) -> None:
    run(hsb, "ttest mathach == 12.5, level(90)")
    values = frame(hsb)["mathach"].dropna()
    expected = stats.ttest_1samp(values, 12.5)
    found = r(hsb)
    assert found["t"] == pytest.approx(expected.statistic, rel=1e-10)
    assert found["p"] == pytest.approx(expected.pvalue, rel=1e-8)
    assert found["p_l"] == pytest.approx(stats.ttest_1samp(values, 12.5, alternative="less").pvalue, rel=1e-8)
    assert found["p_u"] == pytest.approx(stats.ttest_1samp(values, 12.5, alternative="greater").pvalue, rel=1e-8)
    assert (found["N_1"], found["df_t"], found["level"]) == (len(values), len(values) - 1, 90)
    assert found["sd_1"] == pytest.approx(values.std(), rel=RELATIVE)
    assert "[90% Conf. Interval]" in shown(hsb, "ttest mathach = 12.5, level(90)")


@pytest.mark.parametrize("option", ["", "unequal", "welch"])
def test_two_sample_t_against_scipy(hsb: Session, option: str) -> None:
    run(hsb, f"ttest mathach, by(female) {option}")
    data = frame(hsb).dropna(subset=["mathach"])
    one, two = (data[data["female"] == k]["mathach"] for k in (0, 1))
    found = r(hsb)
    expected = stats.ttest_ind(one, two, equal_var=not option)
    assert found["t"] == pytest.approx(expected.statistic, rel=1e-10)
    if option != "welch":                            # scipy's welch is Satterthwaite's approximation
        assert found["p"] == pytest.approx(expected.pvalue, rel=1e-7)
        assert found["df_t"] == pytest.approx(expected.df, rel=1e-10)
    else:
        a, b = one.var() / len(one), two.var() / len(two)
        welch = -2 + (a + b) ** 2 / (a**2 / (len(one) + 1) + b**2 / (len(two) + 1))
        assert found["df_t"] == pytest.approx(welch, rel=1e-10)
    assert (found["N_1"], found["N_2"]) == (len(one), len(two))
    assert found["mu_2"] == pytest.approx(two.mean(), rel=RELATIVE)


def test_paired_and_unpaired_t(hsb: Session) -> None:
    data = frame(hsb)[["mathach", "ses"]]
    run(hsb, "ttest mathach == ses")
    both = data.dropna()
    assert r(hsb)["t"] == pytest.approx(stats.ttest_rel(both["mathach"], both["ses"]).statistic, rel=1e-10)
    run(hsb, "ttest mathach == ses, unpaired")
    expected = stats.ttest_ind(data["mathach"].dropna(), data["ses"].dropna())
    assert r(hsb)["t"] == pytest.approx(expected.statistic, rel=1e-10)


def test_ttest_errors(hsb: Session) -> None:
    assert failed(hsb, "ttest mathach, by(schoolid)") == ("more than 2 groups found, 2 required", 420)
    assert failed(hsb, "ttest mathach if female, by(female)") == ("1 group found, 2 required", 420)
    assert failed(hsb, "ttest mathach") == ("option by() required", 198)
    assert failed(hsb, "ttest mathach == nosuch") == ("variable nosuch not found", 111)
    assert failed(hsb, "ttest mathach == 5, unequal") == ("option unequal not allowed", 198)
    assert failed(hsb, "ttest mathach == ses, unequal") == (
        "unpaired must be specified with unequal or welch", 198)
    assert failed(hsb, "ttest mathach == 5 if ses > 1e6 & ses < .") == ("no observations", 2000)


def test_interval_of_a_mean(hsb: Session) -> None:
    run(hsb, "ci mathach, level(99)")
    values = frame(hsb)["mathach"].dropna()
    low, high = stats.t.interval(0.99, len(values) - 1, values.mean(), stats.sem(values))
    assert (r(hsb)["lb"], r(hsb)["ub"]) == pytest.approx((low, high), rel=1e-10)
    same = shown(hsb, "ci means mathach")
    assert same == shown(hsb, "ci mathach")
    assert failed(hsb, "version 14: ci mathach") == ("subcommand means, proportions, or variances required", 198)
    assert failed(hsb, "ci proportions female") == ("ci proportions is not built yet", 199)


def test_centiles() -> None:
    """Ranks and limits of [R] centile: (n + 1) p, and binomial tails of exactly or at most half of alpha."""
    session = Session()
    run(session, "set obs 39\ngenerate x = _n\ncentile x, centile(25 50 90)")
    found = r(session)
    assert [found["c_1"], found["c_2"], found["c_3"]] == [10, 20, 36]
    run(session, "centile x, cci")
    low = int(stats.binom.ppf(0.025, 39, 0.5))       # P(B <= low - 1) < .025 <= P(B <= low)
    assert (r(session)["lb_1"], r(session)["ub_1"]) == (low, 40 - low)
    run(session, "centile x")
    before, at = stats.binom.cdf([low - 1, low], 39, 0.5)
    expected = low + (0.025 - before) / (at - before)
    assert r(session)["lb_1"] == pytest.approx(expected, rel=1e-10)
    assert r(session)["ub_1"] == pytest.approx(40 - expected, rel=1e-10)
    assert "held at minimum (maximum)" in shown(session, "centile x, centile(1)")
    assert failed(session, "centile x, centile(120)")[1] == 198


# ---- tabstat ---------------------------------------------------------------------------------------------------


def test_tabstat_against_pandas(hsb: Session) -> None:
    run(hsb, "tabstat mathach ses, by(female) statistics(n mean sd min max sum variance cv semean) save")
    data = frame(hsb)
    for k, group in data.groupby("female"):
        mine = matrix(hsb, f"Stat{int(k) + 1}")
        for j, name in enumerate(["mathach", "ses"]):
            x = group[name].dropna()
            expected = [len(x), x.mean(), x.std(), x.min(), x.max(), x.sum(), x.var(), x.std() / x.mean(), x.sem()]
            assert mine[:, j] == pytest.approx(expected, rel=1e-9)
    assert matrix(hsb, "StatTotal")[1, 1] == pytest.approx(data["ses"].mean(), rel=1e-9)
    assert hsb.context.state.returned.macros["name2"] == "Female"


def test_tabstat_moments_and_percentiles(hsb: Session) -> None:
    run(hsb, "tabstat mathach, statistics(skewness kurtosis median iqr range p10 q) save")
    x = frame(hsb)["mathach"].dropna()
    quartiles = x.quantile([0.1, 0.25, 0.5, 0.75], interpolation="lower").tolist()
    found = matrix(hsb, "StatTotal")[:, 0]
    assert found[0] == pytest.approx(stats.skew(x), rel=1e-9)
    assert found[1] == pytest.approx(stats.kurtosis(x, fisher=False), rel=1e-9)
    assert found[2] == pytest.approx(x.median(), rel=1e-9)
    assert found[3] == pytest.approx(found[-1] - found[-3], rel=1e-9)
    assert found[4] == pytest.approx(x.max() - x.min(), rel=1e-9)
    assert found[5] == pytest.approx(quartiles[0], rel=1e-3)
    assert found[-3:] == pytest.approx(quartiles[1:], rel=1e-3)


def test_tabstat_forms(hsb: Session) -> None:
    assert shown(hsb, "tabstat mathach ses, statistics(n mean)").split("\n")[1:4] == [
        "   stats |   mathach       ses", "---------+--------------------", "       N |      7164      7145"]
    assert shown(hsb, "tabstat mathach, statistics(n)").split("\n")[1] == "    variable |         N"
    assert shown(hsb, "version 17: tabstat mathach ses").split("\n")[3].startswith("    Mean |")
    total = shown(hsb, "tabstat mathach, by(female)")
    assert "Total" in total
    assert "Total" not in shown(hsb, "tabstat mathach, by(female) nototal")
    long = shown(hsb, "tabstat mathach ses, by(female) statistics(mean sd) long")
    assert long.split("\n")[1] == "female      stats |   mathach       ses"
    run(hsb, "format mathach %6.2f")
    assert "     12.7" in shown(hsb, "tabstat mathach, format")
    assert failed(hsb, "tabstat mathach, statistics(foo)") == ("unknown statistic: foo", 198)
    assert failed(hsb, "tabstat") == ("varlist required", 100)


# ---- tabulate --------------------------------------------------------------------------------------------------


def brute_force(table: np.ndarray) -> float:
    """Fisher's p by listing every table with the margins of ``table``."""
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    top = math.prod(map(factorial, [*rows.tolist(), *columns.tolist()])) / factorial(int(table.sum()))

    def probability(cells: np.ndarray) -> float:
        return top / math.prod(map(factorial, cells.ravel().tolist()))

    def tables(left: list[int], k: int) -> list[list[tuple[int, ...]]]:
        if k == len(rows) - 1:
            return [[tuple(left)]]
        fits = (row for row in product(*(range(c + 1) for c in left)) if sum(row) == rows[k])
        return [[row, *more] for row in fits for more in tables([c - x for c, x in zip(left, row, strict=True)], k + 1)]

    limit = probability(table) * (1 + 1e-7)
    each = [probability(np.array(cells)) for cells in tables(columns.tolist(), 0)]
    assert sum(each) == pytest.approx(1)
    return sum(p for p in each if p <= limit)


@pytest.mark.parametrize("cells", [
    [[3, 1, 4], [1, 5, 2], [2, 0, 3]], [[4, 0], [1, 3], [2, 2], [0, 5]], [[1, 2, 3, 0], [2, 1, 0, 4]], [[5, 2], [1, 6]],
])
def test_exact_test_by_brute_force(cells: list[list[int]]) -> None:
    table = np.array(cells)
    assert fisher_exact(table).p == pytest.approx(brute_force(table), rel=1e-10)
    assert fisher_exact(table.T).p == pytest.approx(brute_force(table), rel=1e-10)


def test_exact_test_of_two_by_two_against_scipy() -> None:
    table = np.array([[33, 19], [5, 17]])
    found = fisher_exact(table)
    assert found.p == pytest.approx(stats.fisher_exact(table)[1], rel=1e-10)
    assert found.one_sided == pytest.approx(stats.fisher_exact(table, "greater")[1], rel=1e-10)


def test_exact_test_gives_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mixedcli.engine.fisher.MOST_WORK", 100_000)
    with pytest.raises(StataError, match="exceeded memory limits") as caught:
        fisher_exact(np.full((5, 5), 20))
    assert caught.value.rc == 910


def test_tabulate_exact_results(hsb: Session) -> None:
    text = shown(hsb, "tabulate female sector in 1/60, exact")
    table = pd.crosstab(frame(hsb)["female"][:60], frame(hsb)["sector"][:60]).to_numpy()
    if table.shape == (2, 2):
        assert r(hsb)["p_exact"] == pytest.approx(stats.fisher_exact(table)[1], rel=1e-10)
        assert "1-sided Fisher's exact" in text
    assert failed(hsb, "tabulate female, exact") == ("option exact not allowed", 198)


def test_tabulate_summarize_against_pandas(hsb: Session) -> None:
    outcome = run(hsb, "tabulate female sector, summarize(mathach)")[-1]
    data = frame(hsb).dropna(subset=["mathach"])
    grouped = data.groupby(["female", "sector"])["mathach"]
    for p, expected in enumerate([grouped.mean(), grouped.std(), grouped.count()]):
        assert outcome.result.cells[p, :2, :2].ravel() == pytest.approx(expected.to_numpy(), rel=1e-10)  # type: ignore[union-attr]
    assert outcome.result.cells[0, -1, -1] == pytest.approx(data["mathach"].mean(), rel=1e-10)  # type: ignore[union-attr]
    assert outcome.result.cells[2, 0, -1] == (data["female"] == 0).sum()  # type: ignore[union-attr]


def test_tabulate_summarize_parts(hsb: Session) -> None:
    assert "Std. Dev." not in shown(hsb, "tabulate female, summarize(ses) means freq")
    assert "Freq." not in shown(hsb, "tabulate female, summarize(ses) nofreq")
    assert "Mean" not in shown(hsb, "tabulate female, summarize(ses) nomeans").replace("Summary", "")
    assert failed(hsb, "tabulate female, summarize(ses) chi2") == ("option chi2 not allowed", 198)
    assert failed(hsb, "tabulate female, means") == ("option means not allowed", 198)
    assert failed(hsb, "tabulate female, summarize(nosuch)") == ("variable nosuch not found", 111)


# ---- codebook and levelsof -------------------------------------------------------------------------------------


def test_codebook_of_strings() -> None:
    session = Session()
    run(session, 'set obs 20\ngenerate s = "v" + string(_n) + " x"\nreplace s = "" in 20')
    run(session, 'generate two = cond(_n > 5, "b", "a")')
    text = shown(session, "version 17: codebook s")
    assert '                  Type: String (str5)' in text
    assert '         Unique values: 19                       Missing "": 1/20' in text
    assert "               Warning: Variable has embedded blanks." in text
    ordered = sorted(f"v{k} x" for k in range(1, 20))
    assert all(f'"{ordered[k * 19 // 5 - 1]}"' in text for k in range(1, 5))
    lines = shown(session, "version 17: codebook two").split("\n")
    assert lines[-3:] == ["            Tabulation: Freq.  Value", f"{5:>29}  \"a\"", f"{15:>29}  \"b\""]


def test_units_of_codebook() -> None:
    session = Session()
    run(session, "set obs 10\ngenerate a = _n*100\ngenerate double b = _n/8\ngenerate c = _n/100\ngenerate d = 0")
    result = run(session, "codebook a b c d")[-1].result
    assert [book.unit for book in result.variables] == pytest.approx([100, 0.001, 0.01, 1])  # type: ignore[union-attr]


def test_codebook_says_what_labels_miss() -> None:
    session = Session()
    run(session, 'set obs 4\ngenerate x = _n\nlabel define l 1 "one"\nlabel values x l')
    run(session, "generate y = _n\nlabel values y gone")
    assert "label:  l, but 3 nonmissing values are not labeled" in shown(session, "codebook x")
    assert "label:  gone, but label does not exist" in shown(session, "codebook y")


def test_codebook_compact(hsb: Session) -> None:
    lines = shown(hsb, "codebook mathach female, compact").split("\n")
    assert lines[1].split() == ["Variable", "Obs", "Unique", "Mean", "Min", "Max", "Label"]
    data = frame(hsb)["mathach"]
    assert lines[3].split()[:3] == ["mathach", str(data.count()), str(data.nunique())]
    assert lines[2] == lines[-1] == "-" * 79
    assert failed(hsb, "codebook, mv") == ("option mv is not built yet", 199)


def test_levelsof(hsb: Session) -> None:
    run(hsb, "generate z = cond(_n > 3, .a, _n/10)\ngenerate double d = cond(mod(_n, 2), .1, -2.5)")
    assert shown(hsb, "levelsof z") == ".1 .2 .3"
    assert r(hsb) == {"N": 3, "r": 3}
    assert shown(hsb, "levelsof z, missing separate(,)") == ".1,.2,.3,.a"
    assert shown(hsb, "levelsof d") == "-2.5 .1"
    run(hsb, "levelsof d, local(found)")
    assert shown(hsb, "display \"`found'\"") == "-2.5 .1"
    run(hsb, 'generate s = cond(_n > 1, "b c", "a")')
    assert shown(hsb, "levelsof s") == "`\"a\"' `\"b c\"'"
    assert shown(hsb, "levelsof s, clean") == "a b c"
    assert failed(hsb, "levelsof z if z > 1e9 & z < .") == ("no observations", 2000)


def test_levels_read_back_as_the_same_value() -> None:
    """What a loop over levelsof compares with must select its rows."""
    session = Session()
    run(session, "set obs 50\nset seed 3\ngenerate double u = ln(_n) - 2\ngenerate f = float(u)")
    from mixedcli.data.columns import numeric

    for name, kind in (("u", float), ("f", np.float32)):
        texts = run(session, f"levelsof {name}")[-1].result.levels  # type: ignore[union-attr]
        values = numeric(session.context.data.columns[name])
        assert [float(kind(t)) for t in texts] == sorted(set(values.tolist()))


# ---- labels ----------------------------------------------------------------------------------------------------


def test_label_copy_and_dir() -> None:
    session = Session()
    run(session, 'set obs 1\nlabel define a 1 "one" 2 "two"\nlabel copy a b')
    assert shown(session, "label dir").split() == ["a", "b"]
    assert shown(session, "label list b") == "b:\n           1 one\n           2 two"
    assert failed(session, "label copy a b") == ("label b already defined", 110)
    assert failed(session, "label copy nosuch c") == ("value label nosuch not found", 111)
    run(session, 'label define a 2 "deux", modify\nlabel copy a b, replace')
    assert "2 deux" in shown(session, "label list b")
    assert failed(session, "label save using x") == ("label save is not built yet", 199)


# ---- xtset and the xt commands ---------------------------------------------------------------------------------


def test_xtset_old_form_and_characteristics(panel: Session) -> None:
    assert shown(panel, "xtset id t") == (
        "       panel variable:  id (unbalanced)\n        time variable:  t, 1 to 5, but with a gap\n"
        "                delta:  1 unit")
    notes = panel.context.data.characteristics["_dta"]
    assert (notes["iis"], notes["tis"], notes["_TSdelta"]) == ("id", "t", "+1.0000000000000X+000")
    assert panel.context.data.sorted_by == ("id", "t")
    found = r(panel)
    assert (found["imin"], found["imax"], found["tmin"], found["tmax"], found["tdelta"]) == (1, 2, 1, 5, 1)
    macros = panel.context.state.returned.macros
    assert (macros["panelvar"], macros["timevar"], macros["balanced"]) == ("id", "t", "unbalanced")
    assert shown(panel, "tsset") == shown(panel, "xtset")
    run(panel, "xtset, clear")
    assert failed(panel, "tsset") == ("time variable not set, use tsset varname ...", 111)
    assert failed(panel, "xtset")[1] == 459


def test_xtset_sorts_and_names_the_unit(panel: Session) -> None:
    run(panel, "gsort -x\nxtset id t, yearly")
    assert frame(panel)["x"].tolist() == [10, 13, 20, 26, 1, 4, 9]
    assert "delta:  1 year" in shown(panel, "xtset")
    run(panel, "generate m = 12*t\nxtset id m, monthly delta(12)")
    assert "1961m1 to 1965m1, but with a gap" in shown(panel, "xtset")
    assert "delta:  12 months" in shown(panel, "xtset")


@pytest.mark.parametrize(("times", "balance"), [
    ("1 2 3 1 2 3", "strongly balanced"), ("1 2 3 2 3 4", "weakly balanced"), ("1 2 3 1 2 .", "unbalanced"),
])
def test_balance(times: str, balance: str) -> None:
    session = Session()
    run(session, f'set obs 6\ngenerate id = 1 + (_n > 3)\ngenerate t = real(word("{times}", _n))')
    assert f"id ({balance})" in shown(session, "xtset id t")


def test_xtset_errors(panel: Session) -> None:
    assert failed(panel, "xtset s") == ("string variables not allowed in varlist;\ns is a string variable", 109)
    assert failed(panel, "tsset t") == ("repeated time values in sample", 451)
    run(panel, "replace t = 1 in 2")
    assert failed(panel, "xtset id t") == ("repeated time values within panel", 451)
    run(panel, "replace t = 1.5 in 2")
    assert failed(panel, "xtset id t") == ("time variable must contain only integer values", 451)
    assert failed(panel, "xtsum x") == ("must specify panelvar; use xtset", 459)
    assert failed(panel, "xtset id t x") == ("too many variables specified", 103)
    assert failed(panel, "xtset id nosuch") == ("variable nosuch not found", 111)


def test_xtsum_against_pandas(hsb: Session) -> None:
    run(hsb, "xtset schoolid\nxtsum mathach")
    data = frame(hsb).dropna(subset=["mathach"])
    means = data.groupby("schoolid")["mathach"].mean()
    within = data["mathach"] - data["schoolid"].map(means) + data["mathach"].mean()
    found = r(hsb)
    assert (found["N"], found["n"]) == (len(data), len(means))
    assert found["sd_b"] == pytest.approx(means.std(), rel=1e-9)
    assert found["sd_w"] == pytest.approx(within.std(), rel=1e-9)
    assert (found["min_w"], found["max_w"]) == pytest.approx((within.min(), within.max()), rel=1e-9)


def test_xtdescribe_and_xttab(panel: Session) -> None:
    run(panel, "xtset id t")
    text = shown(panel, "xtdescribe")
    assert "      id:  1, 2                                              n =          2" in text
    assert re.search(r"1 +50\.00 +50\.00 \|  \.111\.\n", text)
    assert re.search(r"1 +50\.00 +100\.00 \|  11\.11\n", text)
    assert text.rstrip().endswith("XXXXX")
    run(panel, "generate even = mod(x, 2) == 0")
    rows = [line.split() for line in shown(panel, "xttab even").split("\n") if line[:9].strip() in ("0", "1", "Total")]
    # panel 1: 10 13 20 26 (one odd), panel 2: 1 4 9 (two odd); both panels have both values
    assert rows[0] == ["0", "|", "3", "42.86", "2", "100.00", "42.86"]
    assert rows[1] == ["1", "|", "4", "57.14", "2", "100.00", "57.14"]


# ---- time-series operators -------------------------------------------------------------------------------------


def values(session: Session, expression: str) -> list[float | None]:
    run(session, f"capture drop made\ngenerate double made = {expression}")
    return [None if math.isnan(v) else v for v in frame(session)["made"]]


def test_operators_in_expressions(panel: Session) -> None:
    run(panel, "xtset id t")
    n = None
    assert values(panel, "L.x") == [n, 10, n, 20, n, 1, 4]
    assert values(panel, "F2.x") == [n, 20, n, n, 9, n, n]
    assert values(panel, "D.x") == [n, 3, n, 6, n, 3, 5]
    assert values(panel, "D2.x") == [n, n, n, n, n, n, 2]
    assert values(panel, "S2.x") == [n, n, 7, n, n, n, 8]
    assert values(panel, "LD.x") == values(panel, "DL.x") == [n, n, n, n, n, n, 3]
    assert values(panel, "L0.x + 1") == [11, 14, 21, 27, 2, 5, 10]
    assert shown(panel, "summarize x if L.x < 15").split("\n")[3].split()[2] == "3"


@pytest.mark.parametrize("k", [1, 2, 3])
def test_lags_against_pandas(k: int) -> None:
    """A lag is a join on panel and time."""
    session = Session()
    run(session, "sysuse sleepstudy")
    names = list(session.context.data.columns)
    subject, days, reaction = (next(n for n in names if n.lower() == w) for w in ("subject", "days", "reaction"))
    run(session, f"keep if mod({days}*7 + {subject}, 5) != 0\nxtset {subject} {days}")
    found = values(session, f"L{k}.{reaction}")
    data = frame(session)
    shifted = data[[subject, days, reaction]].assign(**{days: data[days] + k})
    expected = data[[subject, days]].merge(shifted, how="left", on=[subject, days])[reaction]
    assert [None if math.isnan(v) else v for v in expected] == found
    assert None in found


def test_delta_counts_periods() -> None:
    session = Session()
    run(session, "set obs 4\ngenerate t = 10*_n\ngenerate x = _n\ntsset t, delta(10)")
    assert values(session, "L.x") == [None, 1, 2, 3]
    run(session, "tsset t")
    assert values(session, "L.x") == [None] * 4
    assert failed(session, "tsset t, delta(20)") == ("time values with period less than delta() found", 451)


def test_operator_errors(panel: Session) -> None:
    message = ("time variable not set, use tsset varname ...", 111)
    assert failed(panel, "generate y = L.x") == message
    assert failed(panel, "summarize L.x") == message
    assert failed(panel, "xtmixed x L.x || id:") == message
    run(panel, "xtset id t")
    assert failed(panel, "generate y = L.s") == ("type mismatch", 109)
    run(panel, "sort x")
    assert failed(panel, "generate y = L.x") == ("not sorted", 5)
    assert failed(panel, "generate y = L.nosuch") == ("variable nosuch not found", 111)


def test_summarize_and_list_take_operators(panel: Session) -> None:
    run(panel, "xtset id t")
    lines = shown(panel, "summarize x L(1/2).x").split("\n")
    assert [line.split("|")[0].rstrip() for line in lines[3:]] == [
        "           x", "         --.", "         L1.", "         L2."]
    assert shown(panel, "list L.x in 2, clean noobs noheader").strip() == "10"


def test_models_take_operators() -> None:
    """A model with L.x is the model with a variable that holds the lag."""
    session = Session()
    setup = "sysuse productivity\nxtset state year\ngenerate double lag = L.gsp\ngenerate double dif = D.unemp\n"
    run(session, setup + "xtmixed gsp lag dif unemp || state:, nolog")
    b = session.context.estimates.stored().matrices["b"].values
    table = shown(session, "xtmixed gsp L.gsp D.unemp unemp || state:, nolog")
    matrices = session.context.estimates.stored().matrices
    assert matrices["b"].values == pytest.approx(b, rel=1e-9)
    assert [c.name for c in matrices["b"].columns][:3] == ["L.gsp", "D.unemp", "unemp"]
    assert re.search(r"\n         gsp \|\n         L1\. \|", table)
    assert re.search(r"\n       unemp \|\n         D1\. \|.*\n         --\. \|", table)
    assert float(shown(session, "display _b[L.gsp]")) == pytest.approx(b.ravel()[0], rel=1e-7)
    assert float(shown(session, "display _b[D.unemp]")) == pytest.approx(b.ravel()[1], rel=1e-7)
    assert " ( 1)  [gsp]D.unemp = 0" in shown(session, "test D.unemp")
    run(session, "predict fit\ngenerate double check = _b[_cons] + _b[L.gsp]*lag + _b[D.unemp]*dif + _b[unemp]*unemp")
    both = frame(session)[["fit", "check"]].dropna()
    assert len(both) == (~frame(session)["lag"].isna()).sum()
    assert both["fit"].to_numpy() == pytest.approx(both["check"].to_numpy(), rel=1e-6)


def test_operators_combine() -> None:
    def name(text: str, of: str = "x") -> str:
        return operated_name(read_shifts(text)[0], of)

    assert (name("L"), name("L1"), name("L2D"), name("F"), name("L0")) == ("L.x", "L.x", "L2D.x", "F.x", "x")
    assert (name("LF"), name("D", "L.x"), name("LL"), name("S12")) == ("x", "LD.x", "L2.x", "S12.x")
    assert [shift.text for shift in read_shifts("L(0/2)")] == ["", "L", "L2"]
    assert [shift.text for shift in read_shifts("L(1/2)D")] == ["LD", "L2D"]
    assert plain_name("cL1.x#2.g") == plain_name("2.g#cL.x") != plain_name("2.g#c.x")
    assert plain_name("L.x") != plain_name("x")


@pytest.mark.parametrize("value", [1.0, 0.25, 12.0, 3.6e6, 7.0, 0.1])
def test_delta_survives_as_hexadecimal(value: float) -> None:
    text = write_hexadecimal(value)
    assert read_hexadecimal(text) == value
    assert re.fullmatch(r"\+1\.[0-9a-f]{13}X[+-][0-9a-f]{3}", text)
