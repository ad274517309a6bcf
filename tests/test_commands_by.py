"""by, statsby and xi: groups, headings, order, what stops them; statsby's two roads give the same numbers."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np
import pytest

from mixedcli.commands import registry
from mixedcli.commands._statsby import regress as _statsby_regress
from mixedcli.data.columns import new_numeric, new_string
from mixedcli.data.dataset import Dataset
from mixedcli.data.load import load
from mixedcli.data.storage import MISSING
from mixedcli.engine.grouped_least_squares import grouped_least_squares
from mixedcli.engine.least_squares import least_squares
from mixedcli.formats import g
from mixedcli.report.text import to_text
from mixedcli.results.base import Messages
from mixedcli.session import Outcome, Session

pytestmark = pytest.mark.filterwarnings("error")


def run(session: Session, text: str) -> list[Outcome]:
    outcomes = list(session.run(text))
    failed = next((o.error for o in outcomes if o.stops and o.error), None)
    assert failed is None, f"{text}: {failed.message}" if failed else ""
    return outcomes


def printed(session: Session, text: str) -> list[str]:
    shown = [o.document for o in run(session, text) if o.document is not None and o.document.blocks]
    return [row for each in shown for row in to_text(each).split("\n")]


def error(session: Session, text: str) -> tuple[str, int]:
    found = list(session.run(text))[-1].error
    assert found is not None, text
    return found.message, found.rc


def values(session: Session, name: str) -> list[float]:
    return [float(v) for v in session.context.data.columns[name].values]


def small(**more: list[float]) -> Session:
    """Three groups of g: 1 (twice), 2 (three times) and missing (once), in no order."""
    columns: dict[str, list[float]] = {"g": [2, 1, MISSING, 2, 1, 2], "x": [5, 3, 9, 4, 1, 6], **more}
    data = Dataset(n=6)
    for name, numbers in columns.items():
        data = data.with_column(new_numeric(name, np.array(numbers, dtype=float), "float"))
    session = Session()
    session.context.data = data.with_column(new_string("s", ["b", "a", "", "b", "a", "b"]))
    return session


# ---- by --------------------------------------------------------------------------------------------------------


def test_headings_name_values_labels_and_missing() -> None:
    session = small()
    run(session, 'label define yes 1 "One" 2 "Two"\nlabel values g yes')
    out = printed(session, "bysort g: count")
    rule = "-" * 79
    assert out == ["", rule, "-> g = One", "    2", "", rule, "-> g = Two", "    3", "", rule, "-> g = .", "    1"]
    out = printed(session, "bysort s g: count")
    assert [row for row in out if row.startswith("->")] == ["-> s = , g = .", "-> s = a, g = One", "-> s = b, g = Two"]


def test_rows_count_within_groups() -> None:
    session = small()
    run(session, "bysort g (x): generate k = _n\nby g: generate size = _N\nby g: generate total = sum(x)")
    run(session, "by g: generate before = x[_n-1]\nby g: generate first = x[1]")
    assert values(session, "x") == [1, 3, 4, 5, 6, 9]
    assert values(session, "k") == [1, 2, 1, 2, 3, 1] and values(session, "size") == [2, 2, 3, 3, 3, 1]
    assert values(session, "total") == [1, 4, 4, 9, 15, 9] and values(session, "first") == [1, 1, 4, 4, 4, 9]
    assert [v < 1e30 for v in values(session, "before")] == [False, True, False, True, True, False]


def test_each_group_sees_only_itself() -> None:
    session = small()
    out = printed(session, "bysort g (x): list x if _n == _N")
    assert [row for row in out if row.strip().startswith(("1.", "2.", "3."))] == ["  2. | 3 |", "  3. | 6 |", "  1. | 9 |"]
    run(session, "by g: summarize x")
    assert session.context.state.returned.scalars["N"] == 1      # r() is that of the last group
    assert session.context.by is None


def test_replace_goes_down_each_group() -> None:
    session = small(x=[5, MISSING, MISSING, MISSING, 1, MISSING])
    out = printed(session, "bysort g (s): replace x = x[_n-1] if missing(x)")
    assert out == ["(2 real changes made)"]
    # group 2 stood as 5 . . and group 1 as . 1: what comes before a group does not reach into it
    assert [v if v < 1e30 else None for v in values(session, "x")] == [None, 1, 5, 5, 5, None]


@pytest.mark.parametrize(
    "exp",
    [
        "x[_n-1] + 1 if _n > 1",
        "x[_n-1] if missing(x)",
        "cond(x[_n-1] > x, x[_n-1], x)",
        "x[1]",
        "x[_N-_n+1]*2 if x[_n-1] < 3",
        "z[_n-1] - x[_n-2]",
        "_n*x[z]",
        "min(x[_n+1], z)",
    ],
)
def test_replace_in_steps_is_replace_row_by_row(exp: str) -> None:
    """All groups at once gives what one group after the other gives."""
    rng = np.random.default_rng(11)
    n = 400
    x = np.where(rng.random(n) < 0.3, MISSING, rng.integers(0, 6, n).astype(float))
    z = rng.integers(1, 5, n).astype(float)
    groups = np.sort(rng.integers(0, 60, n)).astype(float)
    data = Dataset(n=n)
    for name, numbers in (("g", groups), ("x", x), ("z", z)):
        data = data.with_column(new_numeric(name, numbers, "float"))
    together, apart = Session(), Session()
    together.context.data = apart.context.data = data
    run(together, f"bysort g: replace x = {exp}")
    run(apart, "generate row = _n")
    pieces = []
    for value in sorted(set(groups)):
        one = Session()
        one.context.data = apart.context.data.take(groups == value)
        run(one, f"replace x = {exp}")
        pieces += values(one, "x")
    assert values(together, "x") == pieces


def test_replace_of_texts_goes_down_each_group() -> None:
    session = small()
    run(session, "generate str4 t = string(x)\nbysort g (x): replace t = t[_n-1] + t if _n > 1")
    assert list(session.context.data.columns["t"].values) == ["1", "13", "4", "45", "456", "9"]


def test_egen_takes_the_variables_of_by() -> None:
    session = small()
    run(session, "bysort g: egen m = mean(x)\negen n = mean(x), by(g)")
    assert values(session, "m") == values(session, "n") == [2, 2, 5, 5, 5, 9]


def test_keep_and_assert_within_groups() -> None:
    session = small()
    assert printed(session, "bysort g (x): keep if _n == 1") == ["(3 observations deleted)"]
    assert printed(session, "by g: assert _N == 1") == []


def test_estimation_leaves_the_sample_of_its_group() -> None:
    session = small(y=[1, 2, 3, 5, 4, 8])
    assert error(session, "bysort g: regress y x if g < 3") == ("no observations", 2000)   # in the last group
    run(session, "drop if g > 3\nbysort g: regress y x")
    assert session.context.sample().tolist() == [False, False, True, True, True]
    run(session, "sort x\ngenerate used = e(sample)")
    assert values(session, "used") == [float(value == 2) for value in values(session, "g")]


def test_rc0_goes_on_after_an_error() -> None:
    session = small(y=[1, 2, 3, 5, 4, 8])
    before = session.context.data
    assert error(session, "bysort g: regress y x") == ("insufficient observations", 2001)
    assert session.context.data is before
    outcomes = run(session, "bysort g, rc0: regress y x")
    assert Messages(("insufficient observations",)) in [o.result for o in outcomes]
    # e(sample) is that of the group that was fitted last, in the order of all data
    assert session.context.sample().tolist() == [False, False, True, True, True, False]
    assert session.context.estimates.stored().scalars["N"] == 3
    run(session, "predict double e if e(sample), residuals")


def test_quiet_and_captured() -> None:
    session = small()
    assert printed(session, "quietly bysort g: count") == []
    assert printed(session, "by g: quietly count")[1].startswith("---")
    assert printed(session, "capture by x: count") == []
    assert session.context.state.rc == 5
    assert printed(session, "capture noisily by x: count") == ["not sorted"]


def test_errors_of_by() -> None:
    session = small()
    before = session.context.data
    assert error(session, "by g: count") == ("not sorted", 5)
    assert error(session, "by nope, sort: count") == ("variable nope not found", 111)
    assert error(session, "bysort (x): count") == ("varlist required", 100)
    assert error(session, "bysort g x(: count")[1] == 198
    assert error(session, "by g, sort nope: count") == ("option nope not allowed", 198)
    assert error(session, "bysort g: describe") == ("describe may not be combined with by", 190)
    assert error(session, "bysort g: by x: count") == ("by may not be combined with by", 190)
    assert error(session, "bysort g: statsby: count") == ("statsby may not be combined with by", 190)
    assert error(session, "bysort g: list in 1/2") == ("in may not be combined with by", 190)
    assert error(session, "bysort g: replace x = 1 in 1") == ("in may not be combined with by", 190)
    assert error(session, "bysort g: replace s = 1") == ("type mismatch", 109)
    assert error(session, "program foo\ncount\nend\nbysort g: foo") == ("foo may not be combined with by", 190)
    assert session.context.data is before and session.context.by is None


def test_an_error_is_placed_in_the_whole_line() -> None:
    session = small()
    line = "bysort g: summarize nope"
    failure = list(session.run(line))[-1].error
    assert failure is not None and failure.span is not None
    assert line[slice(*failure.span)] == "nope"


def test_no_observations_is_no_group() -> None:
    session = small()
    run(session, "drop if x > 0")
    assert printed(session, "bysort g: count") == []
    run(session, "by g: generate k = _n")


def test_every_suited_command_says_so() -> None:
    """What Stata allows after by, among the commands that are built."""
    native = {"assert", "drop", "egen", "generate", "keep", "replace"}
    looped = {"centile", "ci", "correlate", "count", "list", "mixed", "pwcorr", "regress", "summarize", "tabstat",
              "tabulate", "ttest", "xtmixed"}
    for name in registry.command_files():
        by = registry.load(name).by
        if name in native | looped:
            assert by == ("native" if name in native else "loop"), name
        assert by in ("", "native", "loop")
    for name in ("describe", "sort", "merge", "save", "use", "predict", "display", "test", "set"):
        assert not registry.load(name).by


# ---- statsby ---------------------------------------------------------------------------------------------------

SEED = "statsby alpha=_b[_cons] beta=_b[lrt], by(school) clear: regress gcse lrt if nstu > 4"


def test_numbers_of_the_lecture(shared: pathlib.Path) -> None:
    """Every digit that the lecture prints of the coefficients per school."""
    models: list[dict[str, Any]] = []

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("id") == "seed_statsby":
                models.append(node["printed"])
            node = list(node.values())
        if isinstance(node, list):
            for each in node:
                collect(each)

    collect(json.loads((shared / "reference/models.json").read_text()))
    wanted = models[0]
    session = Session()
    run(session, f"sysuse gcse\n{SEED}")
    found = {}
    for name in ("alpha", "beta"):
        run(session, f"summarize {name}")
        r = session.context.state.returned.scalars
        assert r["N"] == 64
        for statistic, target in wanted[name].items():
            assert float(g(r[statistic])) == target
        found[name] = np.array(values(session, name), dtype=float)
    cov = np.cov(found["alpha"], found["beta"])
    for actual, target, digits in zip((cov[0, 0], cov[0, 1], cov[1, 1]), wanted["cov"], (3, 6, 6), strict=True):
        assert round(float(actual), digits) == target


def by_both_roads(monkeypatch: pytest.MonkeyPatch, data: Dataset, line: str) -> tuple[Session, Session]:
    """The command with all groups at once, and with a fit for each."""
    fast, slow = Session(), Session()
    fast.context.data = slow.context.data = data
    run(fast, line)
    with monkeypatch.context() as patch:
        patch.setattr(_statsby_regress, "_plain_regression", lambda *_: None)
        run(slow, line)
    return fast, slow


def awkward() -> Dataset:
    """Thirty groups in no order: some too small, some with a constant or a doubled column, a perfect fit, missing."""
    rng = np.random.default_rng(3)
    n = 600
    code = rng.integers(1, 31, n).astype(float)
    x, z = rng.normal(size=n) + 100, rng.normal(size=n)
    y = 2 * x - z + rng.normal(size=n)
    x[code == 4], z[code == 5] = 7.0, 3 * x[code == 5]
    y[code == 6] = 1 + 2 * x[code == 6] - z[code == 6]
    code[code == 7] = np.where(np.arange((code == 7).sum()) < 2, 7, 8)
    y[rng.random(n) < 0.1] = MISSING
    code[rng.random(n) < 0.02] = MISSING
    data = Dataset(n=n)
    for name, numbers in (("g", code), ("x", x), ("z", z), ("y", y)):
        data = data.with_column(new_numeric(name, numbers, "double"))
    return data


@pytest.mark.parametrize(
    "command",
    ["regress y x z", "regress y x z if z > -1, noconstant", "regress y x", "regress y", "regress y x z, level(90)"],
)
def test_all_groups_at_once_is_a_fit_for_each(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    names = [name for name in ("x", "z") if f" {name}" in command.partition(" if")[0]]
    constant = "noconstant" not in command
    coefficients = [*names, *(["_cons"] if constant else [])]
    wanted = [f"b{k}=_b[{name}] s{k}=_se[{name}]" for k, name in enumerate(coefficients)]
    numbers = " ".join(f"e_{name}=e({name})" for name in _statsby_regress._NUMBERS)
    line = f"statsby {' '.join(wanted)} ratio=(_b[{coefficients[0]}]/2) {numbers}, by(g) clear: {command}"
    fast, slow = by_both_roads(monkeypatch, awkward(), line)
    for name in slow.context.data.columns:
        assert values(fast, name) == values(slow, name), name
    assert fast.context.data.columns["b0"].storage == "float"


def test_doubles_of_both_roads(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "statsby b=_b[x] s=_se[x] c=_b[_cons], by(g) clear double: regress y x z"
    fast, slow = by_both_roads(monkeypatch, awkward(), line)
    for name in "bsc":
        assert values(fast, name) == pytest.approx(values(slow, name), rel=1e-10)


def test_grouped_engine_against_single_fits() -> None:
    rng = np.random.default_rng(8)
    codes = np.sort(rng.integers(0, 40, 2000))
    starts = np.searchsorted(codes, np.arange(40))
    x, y = rng.normal(size=(2, 2000)) + 1000, rng.normal(size=2000)
    fits = grouped_least_squares(y, x, codes, starts)
    assert fits.trusted.all()
    for k in range(40):
        one = least_squares(y[codes == k], x[:, codes == k].T)
        assert fits.beta[k] == pytest.approx(one.beta, rel=1e-9)
        assert fits.variance[k] == pytest.approx(np.diag(one.inverse) * one.s2, rel=1e-9)
        assert (fits.rss[k], fits.mss[k]) == pytest.approx((one.rss, one.mss), rel=1e-9)


def test_failed_groups_are_crosses_and_missing() -> None:
    session = small(y=[1, 2, 3, 5, 4, 8])
    out = printed(session, "version 17\nstatsby b=_b[x], by(g, missing) clear: regress y x")
    assert out[-1] == "..x" and out[2:6] == ["      Command: regress y x", "            b: _b[x]", "           By: g", ""]
    assert [v < 1e30 for v in values(session, "b")] == [True, True, False]
    assert session.context.data.columns["b"].label == "_b[x]"
    assert session.context.data.sorted_by == ("g",)


def test_fifty_dots_to_a_line() -> None:
    session = Session()
    session.context.data = load("gcse")
    out = printed(session, f"version 13\n{SEED}")
    assert out[:6] == [
        "(running regress on estimation sample)", "", "      command:  regress gcse lrt if nstu > 4",
        "        alpha:  _b[_cons]", "         beta:  _b[lrt]", "           by:  school",
    ]  # fmt: skip
    assert out[6:] == [
        "", "Statsby groups", "----+--- 1 ---+--- 2 ---+--- 3 ---+--- 4 ---+--- 5 ", "." * 50 + "    50", "." * 14,
    ]  # fmt: skip


def test_results_of_summarize_with_a_total() -> None:
    session = small()
    run(session, "statsby m=r(mean) r(N), by(s) total clear nodots: summarize x if x < 9")
    assert list(session.context.data.columns["s"].values) == ["a", "b", ""]
    assert values(session, "m") == [2, 5, np.float32(19 / 5)] and values(session, "_stat_2") == [2, 3, 5]


def test_rows_are_counted_in_all_data() -> None:
    """``in`` and ``_n`` mean places in the data, not in the group."""
    session = small()
    run(session, "statsby n=r(N), by(g) clear: summarize x in 4/6")
    assert values(session, "n") == [1, 2]
    session = small()
    run(session, "statsby n=r(N), by(g) clear: summarize x if _n > 3")
    assert values(session, "n") == [1, 2]


def test_all_coefficients_by_default() -> None:
    session = small(y=[1, 2, 3, 5, 4, 8])
    run(session, "statsby, by(g) clear: regress y x")
    assert session.context.data.names == ("g", "_b_x", "_b_cons")
    session = small()
    run(session, "statsby, by(g) clear: summarize x")
    assert {"N", "mean", "sd"} <= set(session.context.data.names)


def test_programs_and_silence() -> None:
    session = small()
    program = "program twice, rclass\nquietly summarize x\nreturn scalar double = 2*r(mean)\nend\n"
    outcomes = run(session, f"{program}statsby d=r(double), by(g) clear: twice")
    assert values(session, "d") == [4, 10]
    assert [o.command for o in outcomes if o.text][-1] == "statsby"
    assert sum(o.command == "summarize" for o in outcomes) == 0     # nobody is told of the runs


def test_saving_leaves_the_data(tmp_path: pathlib.Path) -> None:
    session = small(y=[1, 2, 3, 5, 4, 8])
    before = session.context.data
    line = f'statsby b=_b[x], by(g) saving("{tmp_path}/b"): regress y x'
    run(session, line)
    assert session.context.data is before
    assert load(f"{tmp_path}/b.dta").names == ("g", "b")
    assert error(session, line) == (f"file {tmp_path}/b.dta already exists", 602)
    run(session, line.replace('b")', 'b", replace)'))


def test_errors_of_statsby() -> None:
    session = small()
    before = session.context.data
    where = "an error occurred when statsby executed regress"
    assert error(session, "statsby b=_b[x], by(g): regress x s") == ("no; data in memory would be lost", 4)
    assert error(session, "statsby b=_b[x], by(g) clear: regress x s") == (f"no observations\n{where}", 2000)
    assert error(session, "statsby b=_b[z], by(g) clear: regress x g")[1] == 111
    assert error(session, "statsby b=_b[x] b=_se[x], by(g) clear: regress x g") == ("variable b already defined", 110)
    assert error(session, "statsby g=_b[x], by(g) clear: regress x g") == ("variable g already defined", 110)
    assert error(session, "statsby b=_b[x], by(nope) clear: regress x g") == ("variable nope not found", 111)
    assert error(session, "statsby b=(_b[x], by(g) clear: regress x g")[1] in (198, 132)
    assert error(session, "statsby b=_b[x], by(g) clear: foo")[1] == 199
    assert error(session, "statsby b=_b[x], by(g) clear nope: count") == ("option nope not allowed", 198)
    assert error(session, "statsby b=_b[x], subsets clear: count")[1] == 199
    assert error(session, "statsby 1b=_b[x], by(g) clear: count")[1] == 198
    assert session.context.data is before and session.context.state.estimates is None


# ---- xi --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("i.schgend lrt", "i.schgend lrt"),
        ("i.schgend*lrt", "i.schgend##c.lrt"),
        ("i.schgend*i.girl", "i.schgend##i.girl"),
        ("i.schgend|lrt", "lrt i.schgend#c.lrt"),
    ],
)
def test_xi_is_factor_variables(old: str, new: str) -> None:
    one, two = Session(), Session()
    for session in (one, two):
        session.context.data = load("gcse")
    out = printed(one, f"xi: regress gcse {old}")
    assert out[0].startswith("(note:") and out[1:] == printed(two, f"regress gcse {new}")
    assert one.context.data.names == two.context.data.names


def test_errors_of_xi() -> None:
    session = small()
    assert error(session, "xi i.g") == ("xi without a command is not built yet", 199)
    assert error(session, "xi, prefix(_S): regress x nope") == ("variable nope not found", 111)
    assert error(session, "xi, noomit: count")[1] == 199
    assert error(session, "xi g: count") == ("invalid syntax", 198)
