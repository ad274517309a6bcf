"""Commands that transform data: values against pandas, numpy and hand counts; messages against real Stata outputs."""

from __future__ import annotations

import math
import pathlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sessions import fails, last

from mixedcli.commands.context import Context, State
from mixedcli.data.columns import new_numeric, new_string, numeric
from mixedcli.data.dataset import Dataset
from mixedcli.data.load import load
from mixedcli.data.storage import MISSING, MISSING_BY_NAME, is_numeric
from mixedcli.report.text import to_text
from mixedcli.session import Session


def session(text: str = "", data: Dataset | None = None, **options: object) -> Session:
    """A session in which ``text`` has been run without an error."""
    run = Session(Context(State(data=data or Dataset())))
    run.context.set(**options)
    for outcome in run.run(text):
        assert outcome.error is None, f"{outcome.source.text}: {outcome.error.message}"
    return run


def printed(run: Session, text: str) -> str:
    outcome = last(run, text)
    assert outcome.error is None, outcome.error
    return to_text(outcome.document).strip("\n") if outcome.document is not None else ""


def values(run: Session, name: str) -> list[float | str | None]:
    """The contents of a variable, None for ``.``, 1-decimal floats as they are."""
    column = run.context.data.columns[name]
    if not is_numeric(column.storage):
        return list(column.values)
    return [None if v == MISSING else v for v in numeric(column).tolist()]


def dataset(**columns: list[float | None] | list[str]) -> Dataset:
    """Doubles (None is ``.``) and strings."""
    made = {}
    for name, given_values in columns.items():
        if any(isinstance(v, str) for v in given_values):
            made[name] = new_string(name, given_values)  # type: ignore[arg-type]
        else:
            made[name] = new_numeric(name, np.array([MISSING if v is None else v for v in given_values]), "double")
    return Dataset(made, len(next(iter(columns.values()))))


def random_data(n: int = 200, seed: int = 5) -> tuple[Dataset, pd.DataFrame]:
    """A group, two numbers with missing values and ties, a string, a whole weight; as our data and as a frame."""
    chance = np.random.default_rng(seed)
    x = np.round(chance.normal(size=n), 1)
    y = chance.integers(-5, 6, n).astype(float)
    x[chance.random(n) < 0.1] = np.nan
    y[chance.random(n) < 0.1] = np.nan
    frame = pd.DataFrame({
        "g": chance.integers(1, 9, n).astype(float), "x": x, "y": y, "s": chance.choice(["a", "b", "", "é"], n),
        "w": chance.integers(1, 5, n).astype(float),
    })  # fmt: skip
    frame.loc[frame["g"] == 8, "x"] = np.nan
    return from_frame(frame), frame


def from_frame(frame: pd.DataFrame) -> Dataset:
    columns = {}
    for name in frame:
        if frame[name].dtype.kind == "f":
            columns[name] = new_numeric(str(name), frame[name].fillna(MISSING).to_numpy(), "double")
        else:
            columns[name] = new_string(str(name), frame[name])
    return Dataset(columns, len(frame))


def to_array(run: Session, name: str) -> np.ndarray:
    out = numeric(run.context.data.columns[name])
    out[out >= MISSING] = np.nan
    return out


def close(actual: np.ndarray, expected: object) -> None:
    np.testing.assert_allclose(actual, np.asarray(expected, dtype=float), rtol=1e-12, atol=1e-12)


def stata_percentile(numbers: object, p: float) -> float:
    """By the sentence in the manual: the mean of the P-th and the next value if P = n p/100 is whole, else the next."""
    ordered = sorted(v for v in np.asarray(numbers, dtype=float) if not math.isnan(v))
    if not ordered:
        return math.nan
    place = len(ordered) * p / 100
    if place == int(place):
        low = max(int(place), 1)
        return (ordered[low - 1] + ordered[min(int(place), len(ordered) - 1)]) / 2
    return ordered[math.floor(place)]


# ---- what Stata printed ----------------------------------------------------------------------------------------

LONG_DRUG = "set obs 1000\ngenerate id = _n\n" + "".join(
    f"generate {name} = 1\n" for name in [*(f"drug{k}" for k in range(1, 6)), *(f"z{k}" for k in range(33))]
) + "reshape long drug, i(id)"  # fmt: skip
RANKS = """set obs 12904
generate id = 1 + floor((_n - 1)/4)
generate jobchar = 1 + mod(_n - 1, 4)
generate rank = _n
generate high = _n
generate low = _n
generate a = id
generate b = id
generate c = id"""
PRINTED = {
    "302": (RANKS, 18),
    "304": ("use respiratory", 14),
    "929": (LONG_DRUG, 12),
    "957": ('set obs 2\ngenerate year = _n\ngenerate gdp = _n\ngenerate countrycode = "A"', 15),
    "318": ("set obs 1289", 14),
    "925": ('set obs 20\ngenerate aids = cond(_n <= 14, "", "1")', 12),
    "919": ("set obs 3\ngenerate male = _n > 1", 12),
    "314": ("set obs 851\ngenerate dose = 20 + mod(_n, 80)", 17),
    "316": ("set obs 20\ngenerate setting = 60 + _n", 17),
    "681": ("use transplants", 17),
}


@pytest.mark.parametrize("number", PRINTED)
def test_what_stata_printed(shared: pathlib.Path, number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole output, blanks at the ends of lines included, on data of the same shape."""
    setup, version = PRINTED[number]
    text = (shared / "reference" / "outputs" / f"{number}.txt").read_text(encoding="utf-8")
    head, _, expected = text.partition("#---\n")
    command = next(line for line in head.split("\n") if line.startswith("# command: ")).removeprefix("# command: ")
    monkeypatch.chdir(shared / "data")
    if number == "681":
        setup += "\nrename rec_age age" if "rec_age" in load("transplants.dta").columns else ""
    run = session(setup, version=float(version))
    outcome = last(run, command)
    lines = to_text(outcome.document).split("\n") if outcome.document else []
    if outcome.error:
        lines += [outcome.error.message, f"r({outcome.error.rc});"]
    assert lines == expected.rstrip("\n").split("\n")


# ---- collapse --------------------------------------------------------------------------------------------------

STATISTICS = {
    "mean": lambda v: v.mean(), "sd": lambda v: v.std(), "sum": lambda v: v.sum(), "rawsum": lambda v: v.sum(),
    "count": lambda v: v.count(), "max": lambda v: v.max(), "min": lambda v: v.min(),
    "semean": lambda v: v.std() / math.sqrt(v.count()) if v.count() > 1 else math.nan,
    "median": lambda v: stata_percentile(v, 50), "p10": lambda v: stata_percentile(v, 10),
    "p75": lambda v: stata_percentile(v, 75),
    "iqr": lambda v: stata_percentile(v, 75) - stata_percentile(v, 25),
    "first": lambda v: v.iloc[0], "last": lambda v: v.iloc[-1],
    "firstnm": lambda v: v.dropna().iloc[0] if v.count() else math.nan,
    "lastnm": lambda v: v.dropna().iloc[-1] if v.count() else math.nan,
}  # fmt: skip


@pytest.mark.parametrize("name", STATISTICS)
def test_collapse_against_pandas(name: str) -> None:
    data, frame = random_data()
    run = session(f"collapse ({name}) x new=y, by(g)", data)
    expected = frame.groupby("g")[["x", "y"]].agg(STATISTICS[name])
    assert run.context.data.names == ("g", "x", "new")
    assert values(run, "g") == sorted(set(frame["g"]))
    close(to_array(run, "x"), expected["x"])
    close(to_array(run, "new"), expected["y"])


def test_collapse_percent_and_strings() -> None:
    data, frame = random_data()
    run = session("collapse (percent) x (count) s (first) t=s (lastnm) u=s, by(g)", data)
    groups = frame.groupby("g")
    close(to_array(run, "x"), 100 * groups["x"].count() / frame["x"].count())
    close(to_array(run, "s"), groups["s"].agg(lambda v: (v != "").sum()))
    assert values(run, "t") == list(groups["s"].agg(lambda v: v.iloc[0]))
    assert values(run, "u") == list(groups["s"].agg(lambda v: v[v != ""].iloc[-1]))


def test_collapse_if_in_cw_and_no_groups() -> None:
    data, frame = random_data()
    run = session("collapse (mean) x y if w > 1 in 1/150, cw", data)
    used = frame.iloc[:150]
    used = used[used["w"] > 1].dropna()
    close(to_array(run, "x"), [used["x"].mean()])
    close(to_array(run, "y"), [used["y"].mean()])


@pytest.mark.parametrize("name", ["mean", "sd", "sum", "count", "median", "p10", "iqr", "semean", "max"])
def test_frequencies_are_copies(name: str) -> None:
    """fweights give what the same data with each row repeated give."""
    data, frame = random_data()
    weighted = session(f"collapse ({name}) x y [fw=w], by(g)", data)
    copied = session(f"expand w\nsort g\ncollapse ({name}) x y, by(g)", data)
    close(to_array(weighted, "x"), to_array(copied, "x"))
    close(to_array(weighted, "y"), to_array(copied, "y"))
    raw = session("collapse (rawsum) x [fw=w], by(g)", data)
    close(to_array(raw, "x"), frame.groupby("g")["x"].sum())


def test_analytic_weights_are_scaled_to_the_number_of_observations() -> None:
    data, frame = random_data()
    run = session("collapse (mean) m=x (sd) s=x (sum) t=x (count) n=x [aw=w], by(g)", data)
    for k, (_, rows) in enumerate(frame.groupby("g")):
        x, w = rows.dropna(subset="x")["x"].to_numpy(), rows.dropna(subset="x")["w"].to_numpy()
        if not len(x):
            assert [values(run, name)[k] for name in "mstn"] == [None, None, 0.0, 0.0]
            continue
        v = w * len(x) / w.sum()
        mean = (v * x).sum() / v.sum()
        expected = [mean, math.sqrt((v * (x - mean) ** 2).sum() / (len(x) - 1)), (v * x).sum(), len(x)]
        close(np.array([to_array(run, name)[k] for name in "mstn"]), expected)


def test_collapse_types_labels_and_order() -> None:
    run = session(
        'set obs 4\ngenerate byte b = _n\ngenerate long l = _n\ngenerate float f = _n\nlabel define yes 1 "one"\n'
        "label values b yes\ngenerate g = 3 - mod(_n, 2)\n"
        "collapse (mean) b ml=l mf=f (max) top=b (sum) sb=b (count) n=b (p25) q=f (median) m=f, by(g)"
    )
    columns = run.context.data.columns
    assert {name: c.storage for name, c in columns.items()} == {
        "g": "float", "b": "float", "ml": "double", "mf": "float", "top": "byte", "sb": "double", "n": "long",
        "q": "float", "m": "float",
    }  # fmt: skip
    assert [columns[name].label for name in ("b", "q", "m", "n")] == ["(mean) b", "(p 25) f", "(p 50) f", "(count) b"]
    assert (columns["top"].value_label, columns["b"].value_label) == ("yes", "")
    assert run.context.data.sorted_by == ("g",)


# ---- egen ------------------------------------------------------------------------------------------------------


def test_egen_statistics_against_pandas() -> None:
    data, frame = random_data()
    calls = {
        "mean(x)": lambda v: v.mean(), "median(x)": lambda v: stata_percentile(v, 50), "sd(x)": lambda v: v.std(),
        "min(x)": lambda v: v.min(), "max(x)": lambda v: v.max(), "total(x)": lambda v: v.sum(),
        "pctile(x), p(90)": lambda v: stata_percentile(v, 90), "count(x)": lambda v: v.count(),
        "mdev(x)": lambda v: (v - v.mean()).abs().mean(),
        "mad(x)": lambda v: stata_percentile((v - stata_percentile(v, 50)).abs(), 50),
        "skew(x)": lambda v: ((v - v.mean()) ** 3).mean() / ((v - v.mean()) ** 2).mean() ** 1.5,
        "kurt(x)": lambda v: ((v - v.mean()) ** 4).mean() / ((v - v.mean()) ** 2).mean() ** 2,
    }  # fmt: skip
    for call, compute in calls.items():
        separator = " " if "," in call else ", "
        run = session(f"egen double v = {call}{separator}by(g)", data)
        close(to_array(run, "v"), frame.groupby("g")["x"].transform(compute))
        used = frame.copy()
        used.loc[~(frame["w"] > 1), "x"] = np.nan
        inner = call.replace(",", " if w > 1,") if "," in call else call + " if w > 1"
        run = session(f"egen double v = {inner}{separator}by(g)", data)
        expected = used[frame["w"] > 1].groupby("g")["x"].transform(compute).reindex(frame.index)
        close(to_array(run, "v"), expected)


@pytest.mark.parametrize("ties", ["", ", unique", ", track", ", field"])
def test_egen_rank_against_pandas(ties: str) -> None:
    data, frame = random_data()
    method = {"": "average", ", unique": "first", ", track": "min", ", field": "min"}[ties]
    run = session(f"egen double v = rank(x){ties}{' ' if ties else ', '}by(g)", data)
    close(to_array(run, "v"), frame.groupby("g")["x"].rank(method=method, ascending=ties != ", field"))


def test_egen_across_variables_against_numpy() -> None:
    data, frame = random_data()
    table = frame[["x", "y", "w"]]
    calls = {
        "rowtotal": table.sum(axis=1), "rowmean": table.mean(axis=1), "rowsd": table.std(axis=1),
        "rowmin": table.min(axis=1), "rowmax": table.max(axis=1), "rowmiss": table.isna().sum(axis=1),
        "rownonmiss": table.notna().sum(axis=1), "rowfirst": table.bfill(axis=1).iloc[:, 0],
        "rowlast": table.ffill(axis=1).iloc[:, -1],
        "rowmedian": table.apply(lambda row: stata_percentile(row, 50), axis=1),
    }  # fmt: skip
    for name, expected in calls.items():
        run = session(f"egen double v = {name}(x y w)", data)
        close(to_array(run, "v"), expected)
    run = session("egen double v = rowpctile(x y w), p(70)", data)
    close(to_array(run, "v"), table.apply(lambda row: stata_percentile(row, 70), axis=1))


SMALL = dataset(
    a=[1, 2, 2, None, 5, 5], b=[1, 3, 2, 4, None, 5], s=["x y z", "one", "", "a,b", " p q ", "x y z"],
    g=[1, 1, 1, 2, 2, 2],
)  # fmt: skip


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("anycount(a b), values(1 2 5)", [2, 1, 2, 0, 1, 2]),
        ("anycount(a b) in 1/2, values(1/5)", [2, 2, 0, 0, 0, 0]),
        ("anymatch(a b), v(3)", [0, 1, 0, 0, 0, 0]),
        ("anyvalue(a), values(2 5)", [None, 2, 2, None, 5, 5]),
        ("diff(a b)", [0, 1, 0, 1, 1, 0]),
        ("rowtotal(a b), missing", [2, 5, 4, 4, 5, 10]),
        ("rowmiss(a s)", [0, 0, 1, 1, 0, 0]),
        ("rownonmiss(a s), strok", [2, 2, 1, 1, 2, 2]),
        ("seq()", [1, 2, 3, 4, 5, 6]),
        ("seq(), by(g)", [1, 2, 3, 1, 2, 3]),
        ("seq(), from(10) to(12) block(2)", [10, 10, 11, 11, 12, 12]),
        ("seq(), from(3) to(1)", [3, 2, 1, 3, 2, 1]),
        ("seq() if g == 2, from(0) to(1)", [None, None, None, 0, 1, 0]),
        ("fill(1 2)", [1, 2, 3, 4, 5, 6]),
        ("fill(10 8)", [10, 8, 6, 4, 2, 0]),
        ("fill(1 1 2 2)", [1, 1, 2, 2, 3, 3]),
        ("fill(0 0 1 0 0 1)", [0, 0, 1, 0, 0, 1]),
        ("cut(a), at(0 2 5)", [0, 2, 2, None, None, None]),
        ("cut(a), at(0 2 5 6) icodes", [0, 1, 1, None, 2, 2]),
        ("cut(b), group(2)", [0, 1, 0, 1, None, 1]),
        ("mode(a), by(g)", [2, 2, 2, 5, 5, 5]),
        ("mode(b), minmode by(g)", [1, 1, 1, 4, 4, 4]),
        ("mode(b), maxmode by(g)", [3, 3, 3, 5, 5, 5]),
        ("mode(b), nummode(2) by(g)", [2, 2, 2, 5, 5, 5]),
        ("mode(b), nummode(3) by(g)", [3, 3, 3, None, None, None]),
        ("mode(b), by(g)", [None] * 6),
        ("mode(s)", ["x y z"] * 6),
        ("pc(a)", [100 / 15, 200 / 15, 200 / 15, None, 500 / 15, 500 / 15]),
        ("pc(a), prop by(g)", [0.2, 0.4, 0.4, None, 0.5, 0.5]),
        ("std(a), by(g)", [-2 / math.sqrt(3), 1 / math.sqrt(3), 1 / math.sqrt(3), None, None, None]),
        ("count(s)", [5] * 6),
        ("count(3) if g == 1", [3, 3, 3, None, None, None]),
        ("concat(a s)", ["1x y z", "2one", "2", ".a,b", "5 p q ", "5x y z"]),
        ("concat(a b), punct(-)", ["1-1", "2-3", "2-2", ".-4", "5-.", "5-5"]),
        ("concat(a b), format(%4.1f) p(|)", None),
        ("ends(s)", ["x", "one", "", "a,b", "p", "x"]),
        ("ends(s), last", ["z", "one", "", "a,b", "q", "z"]),
        ("ends(s), tail", ["y z", "", "", "", "q", "y z"]),
        ("ends(s), punct(,) tail", ["", "", "", "b", "", ""]),
        ("ends(s), punct(,) trim", ["x y z", "one", "", "a", "p q", "x y z"]),
        ("rmean(a b)", [1, 2.5, 2, 4, 5, 5]),
    ],
)
def test_egen_functions(call: str, expected: list[float | str | None] | None) -> None:
    if expected is None:
        assert fails(session(data=SMALL), f"egen v = {call}")[0] == 198
        return
    text = call.startswith(("concat", "ends", "mode(s"))
    run = session(f"egen {'' if text else 'double '}v = {call}", SMALL)
    assert values(run, "v") == pytest.approx(expected) if not text else values(run, "v") == expected


def test_egen_with_the_by_prefix_is_egen_with_by() -> None:
    data, _ = random_data()
    for call in ("mean(x)", "rank(x)", "seq()", "count(x)", "max(_n)", "std(x)", "mode(y)"):
        prefix = session(f"sort g\nby g: egen double v = {call}", data)
        option = session(f"sort g\negen double v = {call.replace('_n', 'k')}, by(g)", session(
            "sort g\nby g: generate k = _n", data).context.data)  # fmt: skip
        close(to_array(prefix, "v"), to_array(option, "v"))


def test_egen_std_has_the_mean_and_deviation_asked_for() -> None:
    data, _ = random_data()
    run = session("egen double z = std(x)\negen double t = std(x), mean(100) std(15)", data)
    for name, mean, sd in (("z", 0, 1), ("t", 100, 15)):
        made = to_array(run, name)
        assert np.nanmean(made) == pytest.approx(mean, abs=1e-12)
        assert np.nanstd(made, ddof=1) == pytest.approx(sd)
    assert run.context.data.columns["z"].label == "Standardized values of (x)"


def test_egen_types_and_labels() -> None:
    run = session("egen c = cut(a), at(0 2 6) label\negen n = anycount(a b), values(1)\negen str2 t = concat(s)", SMALL)
    columns = run.context.data.columns
    assert (columns["n"].storage, columns["t"].storage, columns["c"].storage) == ("byte", "str2", "float")
    assert columns["n"].label == "a b == 1"
    assert run.context.data.value_labels[columns["c"].value_label] == {0.0: "0-", 1.0: "2-"}
    assert values(run, "t")[0] == "x "


def test_egen_says_that_there_are_several_modes() -> None:
    shown = printed(session(data=SMALL), "egen v = mode(b), by(g)")
    assert shown.startswith("Warning: at least one group contains multiple modes.")
    assert shown.endswith("(6 missing values generated)")


@pytest.mark.parametrize(
    ("line", "rc", "message"),
    [
        ("egen v = rowmean(a s)", 109, "string variables not allowed in varlist;\ns is a string variable"),
        ("egen v = rowmean(a nosuch)", 111, "variable nosuch not found"),
        ("egen v = rowmean()", 100, None),
        ("egen v = rowmean(a b), by(g)", 190, None),
        ("egen v = anycount(a b)", 198, "option values() required"),
        ("egen v = anycount(a), values(1.5)", 126, None),
        ("egen v = anyvalue(a b), values(1)", 103, None),
        ("egen v = diff(a s)", 109, "type mismatch"),
        ("egen v = cut(a)", 198, None),
        ("egen v = cut(a), at(1 2) group(2)", 198, None),
        ("egen v = cut(a), at(2 1)", 124, None),
        ("egen v = fill(1 2 4)", 198, None),
        ("egen v = seq(a)", 198, None),
        ("egen byte v = concat(a s)", 109, "type mismatch"),
        ("egen v = ends(a)", 109, "type mismatch"),
        ("egen v = ends(s), last tail", 198, None),
        ("egen v = mode(b), minmode maxmode", 198, None),
        ("egen v = std(s)", 109, "type mismatch"),
        ("egen v = mean()", 198, "invalid syntax"),
        ("egen v = mtr(a b)", 199, "egen function mtr() is not built yet"),
    ],
)
def test_egen_errors(line: str, rc: int, message: str | None) -> None:
    code, text = fails(session(data=SMALL), line)
    assert code == rc
    assert message is None or text == message


# ---- reshape ---------------------------------------------------------------------------------------------------

WIDE = """set obs 3
generate id = 4 - _n
generate inc80 = 100*id
generate byte inc81 = 10*id
generate sex = mod(id, 2)
generate ue81 = id == 2
generate str3 name = word("c b a", _n)"""


def test_reshape_long_values_types_and_order() -> None:
    run = session(WIDE)
    shown = printed(run, "reshape long inc ue, i(id) j(year)").split("\n")
    assert shown[:2] == ["(note: j = 80 81)", "(note: ue80 not found)"]
    data = run.context.data
    assert data.names == ("id", "year", "inc", "sex", "name", "ue")
    assert values(run, "id") == [1, 1, 2, 2, 3, 3]
    assert values(run, "year") == [80, 81] * 3
    assert values(run, "inc") == [100, 10, 200, 20, 300, 30]
    assert values(run, "ue") == [None, 0, None, 1, None, 0]
    assert values(run, "name") == ["a", "a", "b", "b", "c", "c"]
    assert (data.columns["year"].storage, data.columns["inc"].storage) == ("byte", "float")
    assert data.sorted_by == ("id", "year")


def test_reshape_back_and_forth_restores_values_and_labels() -> None:
    run = session(WIDE + "\nreshape long inc ue, i(id) j(year)\nlabel variable inc \"Income\"")
    long = run.context.data
    session_wide = list(run.run("reshape wide"))
    assert session_wide[-1].error is None
    assert run.context.data.names == ("id", "inc80", "ue80", "inc81", "ue81", "sex", "name")
    assert run.context.data.columns["inc81"].label == "81 Income"
    assert values(run, "ue80") == [None, None, None]
    assert printed(run, "reshape wide") == "(already wide)"
    last(run, "reshape long")
    assert run.context.data.columns["inc"].label == "Income"
    for name, column in long.columns.items():
        assert list(run.context.data.columns[name].values) == list(column.values), name
    assert printed(run, "reshape long") == "(already long)"
    session_clear = session("reshape clear", run.context.data)
    assert fails(session_clear, "reshape wide") == (111, "data have not been reshaped yet")


def test_a_plan_survives_save_and_use(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = session(WIDE + "\nreshape long inc ue, i(id) j(year)\nsave kept\nclear\nuse kept\nreshape wide")
    assert values(run, "inc81") == [10, 20, 30]


def test_reshape_wide_against_pandas() -> None:
    chance = np.random.default_rng(1)
    frame = pd.DataFrame({"a": np.repeat(np.arange(6.0), 4), "b": np.tile([1.0, 1, 2, 2], 6)})
    frame["t"] = np.tile([3.0, 7, 3, 7], 6)
    frame["x"], frame["y"] = chance.normal(size=24), chance.normal(size=24)
    frame = frame.sample(20, random_state=2)
    run = session("reshape wide x y, i(a b) j(t)", from_frame(frame))
    expected = frame.pivot(index=["a", "b"], columns="t", values=["x", "y"])
    assert run.context.data.names == ("a", "b", "x3", "y3", "x7", "y7")
    for name in ("x", "y"):
        for t in (3, 7):
            close(to_array(run, f"{name}{t}"), expected[name][t])


def test_reshape_with_strings_and_marked_stubs() -> None:
    run = session('set obs 2\ngenerate id = _n\ngenerate kg_m1 = _n\ngenerate kg_f1 = 10*_n\ngenerate str2 n_m = "q"')
    last(run, "reshape long kg_@1 n_, i(id) j(who) string")
    assert values(run, "who") == ["f", "m"] * 2
    assert values(run, "kg_1") == [10, 1, 20, 2]
    assert values(run, "n_") == ["", "q", "", "q"]
    last(run, "reshape wide")
    assert values(run, "kg_f1") == [10, 20] and values(run, "n_m") == ["q", "q"]


def test_reshape_of_listed_values_only() -> None:
    run = session(WIDE + "\nreshape long inc, i(id) j(year 81-82)")
    assert values(run, "year") == [81, 82] * 3
    run = session(WIDE + "\nkeep id inc80 inc81\nreshape long inc, i(id) j(year)\nreshape wide inc, i(id) j(year 81)")
    assert run.context.data.names == ("id", "inc81")


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 6), st.integers(1, 5), st.randoms(use_true_random=False))
def test_wide_undoes_long(n: int, times: int, chance: object) -> None:
    """Long and back gives the same numbers, in the order of i."""
    order = list(range(n))
    chance.shuffle(order)  # type: ignore[attr-defined]
    columns = {"id": [float(k) for k in order]} | {f"x{t}": [float(10 * k + t) for k in order] for t in range(times)}
    run = session("reshape long x, i(id) j(t)\nreshape wide x, i(id) j(t)", dataset(**columns))
    assert values(run, "id") == sorted(columns["id"])
    for t in range(times):
        assert values(run, f"x{t}") == [10 * k + t for k in range(n)]


@pytest.mark.parametrize(
    ("line", "rc", "message"),
    [
        ("reshape long inc, i(sex) j(year)", 9, "variable sex does not uniquely identify the observations"),
        ("reshape long inc, i(id) j(sex)", 110, "variable sex already defined"),
        ("reshape long nothing, i(id) j(year)", 111, "no xij variables found"),
        ("reshape long inc, i(nosuch) j(year)", 111, "variable nosuch not found"),
        ("reshape long inc, j(year)", 198, "option i() required"),
        ("reshape long", 111, "data have not been reshaped yet"),
        ("reshape wide inc80, i(id) j(year)", 111, "variable year not found"),
        ("reshape wide inc80, i(id) j(name)", 109, "variable name is string; specify string option"),
        ("reshape wide inc80, i(id) j(sex) string", 109, "variable sex is numeric"),
        ("reshape wide inc80, i(ue81) j(sex)", 9, "values of variable sex not unique within ue81"),
        ("reshape wide inc80 if id == 1, i(id) j(sex)", 198, "invalid syntax"),
        ("reshape sideways inc80, i(id) j(sex)", 198, "invalid syntax"),
    ],
)
def test_reshape_errors(line: str, rc: int, message: str) -> None:
    run = session(WIDE)
    if "ue81" in line:
        run = session(WIDE + "\nreplace ue81 = 0")
    assert fails(run, line) == (rc, message)


def test_reshape_tells_j_before_it_fails() -> None:
    run = session(WIDE + "\nkeep id inc80 inc81 sex\nreshape long inc, i(id) j(year)\nreplace sex = 5 in 1")
    told, failed = run.run("reshape wide inc, i(id) j(year)")
    assert told.document is not None and to_text(told.document) == "(note: j = 80 81)"
    assert failed.error is not None and failed.error.message == "variable sex not constant within id"
    assert failed.error.rc == 9 and failed.stops


def test_long_lists_of_j_are_folded() -> None:
    """As published logs of versions 15 (82 characters a line) and 17 (79) show it."""
    names = "\n".join(f"generate v{k} = 1" for k in range(1, 65))
    run = session(f"set obs 1\ngenerate id = 1\n{names}\ndrop v1-v4", linesize=82)
    assert printed(run, "reshape long v, i(id) j(year)").split("\n")[:3] == [
        "(note: j = 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 3",
        "> 0 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 ",
        "> 57 58 59 60 61 62 63 64)",
    ]
    run = session(f"set obs 1\ngenerate id = 1\n{names}\ndrop v37-v64", version=17.0)
    assert printed(run, "reshape long v, i(id) j(year)").split("\n")[:2] == [
        "(j = 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28",
        ">  29 30 31 32 33 34 35 36)",
    ]


# ---- duplicates, expand ----------------------------------------------------------------------------------------


def test_duplicates_against_pandas() -> None:
    data, frame = random_data()
    keys = ["g", "y"]
    run = session("duplicates tag g y, generate(d)", data)
    close(to_array(run, "d"), frame.groupby(keys, dropna=False)["s"].transform("size") - 1)
    assert run.context.data.columns["d"].storage == "byte"
    outcome = last(run, "duplicates report g y")
    sizes = frame.groupby(keys, dropna=False).size()
    assert outcome.result.rows == tuple(  # type: ignore[union-attr]
        (int(k), int(k * t), int((k - 1) * t)) for k, t in sorted(sizes.value_counts().items())
    )
    assert outcome.returned is not None and outcome.returned.scalars["unique_value"] == len(sizes)
    last(run, "duplicates drop g y, force")
    close(to_array(run, "x"), frame.drop_duplicates(keys)["x"])


def test_duplicates_are_found_among_chosen_observations_only() -> None:
    run = session("duplicates tag g if b > 1, generate(d)", SMALL)
    assert values(run, "d") == [None, 1, 1, 2, 2, 2]
    assert printed(run, "duplicates list s in 1/3") == "Duplicates in terms of s\n\n(0 observations are duplicates)"
    assert fails(run, "duplicates drop g")[0] == 198
    assert fails(run, "duplicates tag g")[1] == "option generate() required"
    assert fails(run, "duplicates foo")[0] in (198, 199)


def test_expand_puts_the_copies_at_the_end() -> None:
    run = session(data=SMALL)
    shown = printed(run, "expand a, generate(new)")
    assert shown == "(1 missing count ignored; observation not deleted)\n(10 observations created)"
    assert values(run, "a")[6:] == [2, 2] + [5] * 8
    assert values(run, "new") == [0] * 6 + [1] * 10
    run = session("sort a", SMALL)
    shown = printed(run, "expand =cond(_n == 1, -2, cond(_n < 4, 0, 1.9))")
    assert shown.split("\n") == [
        "(1 negative count ignored; observation not deleted)",
        "(2 zero counts ignored; observations not deleted)",
        "(0 observations created)",
    ]
    assert run.context.data.n == 6
    assert fails(run, "expand s") == (109, "type mismatch")
    assert fails(run, "expand 2, generate(a)") == (110, "variable a already defined")
    assert fails(run, "expand")[0] == 100


# ---- strings and numbers ---------------------------------------------------------------------------------------


def test_encode_and_decode_undo_each_other() -> None:
    run = session("encode s, generate(code)\ndecode code, generate(text)", SMALL)
    assert values(run, "text") == values(run, "s")
    assert values(run, "code") == [4, 3, None, 2, 1, 4]
    column = run.context.data.columns["code"]
    assert (column.storage, column.value_label) == ("long", "code")
    assert run.context.data.value_labels["code"] == {1.0: " p q ", 2.0: "a,b", 3.0: "one", 4.0: "x y z"}
    assert values(session("decode code, generate(t) maxlength(2)", run.context.data), "t")[0] == "x "


def test_encode_extends_a_label_that_exists() -> None:
    setup = 'label define l 7 "one" 3 "a,b"'
    run = session(setup + "\nencode s if s != \" p q \", generate(code) label(l)", SMALL)
    assert values(run, "code") == [8, 7, None, 3, None, 8]
    run = session(setup, SMALL)
    assert fails(run, "encode s, generate(code) label(l) noextend") == (180, "unexpected value encountered")
    assert fails(run, "encode a, generate(code)") == (107, "not possible with numeric variable")
    assert fails(run, "decode s, generate(t)") == (108, "not possible with string variable")
    assert fails(run, "decode a, generate(t)") == (182, "not labeled")
    assert fails(run, "encode s") == (198, "option generate() required")
    assert fails(run, "encode s, generate(a)") == (110, "variable a already defined")


TEXTS = dataset(
    whole=["1", " 20", "", ".a"], money=["$1,000", "$20", "3", "$"], part=["50%", "5 %", "", "100"],
    real=["1.5", "-2e3", ".25", "7"], words=["1", "two", "3", ""], comma=["1,5", "2", "", "3,25"],
    big=["3000000000", "1", "2", "3"], num=[1, 2, 3, 4],
)  # fmt: skip


@pytest.mark.parametrize(
    ("command", "name", "expected", "storage", "version", "message"),
    [
        ("destring whole, replace", "whole", [1, 20, None, MISSING_BY_NAME[".a"]], "byte", 13,
         "whole has all characters numeric; replaced as byte\n(2 missing values generated)"),
        ("destring whole, generate(n)", "n", [1, 20, None, MISSING_BY_NAME[".a"]], "byte", 15,
         "whole: all characters numeric; n generated as byte\n(2 missing values generated)"),
        ('destring money, replace ignore("$,")', "money", [1000, 20, 3, None], "int", 16,
         "money: characters $ , removed; replaced as int\n(1 missing value generated)"),
        ("destring part, replace percent", "part", [0.5, 0.05, None, 1], "double", 16,
         "part: character % removed; replaced as double\n(1 missing value generated)"),
        ("destring real, replace", "real", [1.5, -2000, 0.25, 7], "double", 16,
         "real: all characters numeric; replaced as double"),
        ("destring real, replace float", "real", [1.5, -2000, 0.25, 7], "float", 16,
         "real: all characters numeric; replaced as float"),
        ("destring words, replace", "words", ["1", "two", "3", ""], "str3", 16,
         "words: contains nonnumeric characters; no replace"),
        ("destring words, replace", "words", ["1", "two", "3", ""], "str3", 12,
         "words contains nonnumeric characters; no replace"),
        ("destring words, replace force", "words", [1, None, 3, None], "byte", 16,
         "words: contains nonnumeric characters; replaced as byte\n(2 missing values generated)"),
        ("destring comma, replace dpcomma", "comma", [1.5, 2, None, 3.25], "double", 16,
         "comma: all characters numeric; replaced as double\n(1 missing value generated)"),
        ("destring big, replace", "big", [3e9, 1, 2, 3], "double", 16, "big: all characters numeric; replaced as double"),
        ("destring num, replace", "num", [1, 2, 3, 4], "double", 16, "num already numeric; no replace"),
        ("tostring num, replace", "num", ["1", "2", "3", "4"], "str1", 16, "num was double now str1"),
        ("tostring num, generate(t) format(%4.1f)", "t", ["1.0", "2.0", "3.0", "4.0"], "str3", 16, "t generated as str3"),
        ("tostring words, replace", "words", ["1", "two", "3", ""], "str3", 16, "words already string; no replace"),
    ],
)  # fmt: skip
def test_destring_and_tostring(
    command: str, name: str, expected: list[object], storage: str, version: float, message: str
) -> None:
    run = session(data=TEXTS, version=float(version))
    assert printed(run, command) == message
    assert values(run, name) == expected
    assert run.context.data.columns[name].storage == storage


def test_tostring_keeps_what_could_not_be_read_back() -> None:
    run = session("generate third = num/3", TEXTS)
    assert printed(run, "tostring third, replace") == "third cannot be converted reversibly; no replace"
    assert values(run, "third")[0] == pytest.approx(1 / 3, rel=1e-7)
    assert printed(run, "tostring third, generate(t) force format(%4.2f)").startswith("t generated as str4")
    assert values(run, "t") == ["0.33", "0.67", "1.00", "1.33"]
    names = run.context.data.names
    assert names.index("t") == names.index("third") + 1
    assert fails(run, "destring words")[1] == "must specify either generate or replace option"
    assert fails(run, "destring words real, generate(one)")[0] == 198
    assert fails(run, "destring words, generate(num)") == (110, "variable num already defined")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-(10**9), 10**9)), min_size=1, max_size=8))
def test_tostring_then_destring_gives_the_numbers_back(numbers: list[int | None]) -> None:
    data = dataset(x=[None if n is None else float(n) for n in numbers])
    run = session("tostring x, replace\ndestring x, replace", data)
    assert values(run, "x") == numbers


# ---- recode ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("(1 2 = 9)", [9, 9, 9, None, 5, 5]),
        ("1 2 = 9 5 = 0", [9, 9, 9, None, 0, 0]),
        ("(min/2 = 0) (3/max = 1)", [0, 0, 0, None, 1, 1]),
        ("(min/max = 0)", [0, 0, 0, None, 0, 0]),
        ("(max = 7) (min = -1)", [-1, 2, 2, None, 7, 7]),
        ("(missing = 0) (else = 1)", [1, 1, 1, 0, 1, 1]),
        ("(1 = 3) (nonmissing = 4)", [3, 4, 4, None, 4, 4]),
        ("(2 = 3) (* = .a)", [MISSING_BY_NAME[".a"], 3, 3, *[MISSING_BY_NAME[".a"]] * 3]),
        ("(1/3 = 10) (2/5 = 20)", [10, 10, 10, None, 20, 20]),
        ("(. = 99)", [1, 2, 2, 99, 5, 5]),
        ("(1.5/5 = .)", [1, None, None, None, None, None]),
        ("(-1/1 5 = 1e3)", [1000, 2, 2, None, 1000, 1000]),
    ],
)
def test_recode_rules(rules: str, expected: list[float | None]) -> None:
    run = session(f"recode a {rules}, generate(v)", SMALL)
    assert values(run, "v") == expected
    assert values(session(f"recode a {rules}", SMALL), "a") == expected


def test_recode_samples_labels_and_types() -> None:
    run = session('label variable a "Age"', SMALL)
    last(run, 'recode a b (1/2 = 1 "low, or so") (3/5 = 2 `"high"\') if g == 1, prefix(r_) label(lev)')
    assert values(run, "r_a") == [1, 1, 1, None, None, None]
    columns = run.context.data.columns
    assert run.context.data.value_labels["lev"] == {1.0: "low, or so", 2.0: "high"}
    assert (columns["r_a"].label, columns["r_b"].label) == ("RECODE of a (Age)", "RECODE of b")
    assert columns["r_a"].value_label == columns["r_b"].value_label == "lev"
    run = session("recode a (1/2 = 1) if g == 1, generate(v) copyrest\ngenerate byte k = 1\nrecode k (1 = 1000)", SMALL)
    assert values(run, "v") == [1, 1, 1, None, 5, 5]
    assert run.context.data.columns["k"].storage == "int"
    run = session("generate f = a/10\nrecode f (.2 = 7)", SMALL)
    assert values(run, "f")[1] == 7


@pytest.mark.parametrize(
    ("version", "changed"),
    [(13, "(a: 3 changes made)"), (17, "(3 changes made to a)")],
)
def test_recode_messages(version: float, changed: str) -> None:
    run = session(data=SMALL, version=float(version))
    assert printed(run, "recode a (2 = 3) (1 = 0), generate(v)") == "(3 differences between a and v)"
    assert printed(run, "recode a (2 = 3) (1 = 0)") == changed


@pytest.mark.parametrize(
    ("line", "rc", "message"),
    [
        ('recode a "young" (1=2)', 198, '"young invalid name'),
        ("recode s (1=2)", 109, None),
        ("recode a", 198, None),
        ("recode a (1=2", 198, None),
        ("recode a (1)", 198, None),
        ("recode a (1=x)", 198, None),
        ("recode a (1=max)", 198, None),
        ("recode nosuch (1=2)", 111, "variable nosuch not found"),
        ('recode a (1=2 "two")', 198, None),
        ("recode a b (1=2), generate(v)", 198, None),
        ("recode a (1=2), generate(b)", 110, "variable b already defined"),
        ("recode a (1=2), generate(v) prefix(z)", 198, None),
    ],
)
def test_recode_errors(line: str, rc: int, message: str | None) -> None:
    code, text = fails(session(data=SMALL), line)
    assert code == rc
    assert message is None or text == message


# ---- quantiles, sorting, missing values ------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3, 4, 10])
def test_xtile_and_pctile_by_their_definition(count: int) -> None:
    data, frame = random_data()
    run = session(f"xtile q = x, nquantiles({count})\npctile double p = x, nquantiles({count}) genp(share)", data)
    cuts = [stata_percentile(frame["x"], 100 * k / count) for k in range(1, count)]
    expected = [math.nan if math.isnan(x) else 1 + sum(x > cut for cut in cuts) for x in frame["x"]]
    close(to_array(run, "q"), expected)
    close(to_array(run, "p")[: count - 1], cuts)
    assert np.isnan(to_array(run, "p")[count - 1 :]).all()
    close(to_array(run, "share")[: count - 1], np.float32([100 * k / count for k in range(1, count)]))
    assert run.context.data.columns["q"].label == f"{count} quantiles of x"
    weighted = session(f"xtile q = x [fw=w], nq({count})", data)
    copied = session(f"expand w, generate(copy)\nxtile q = x, nq({count})\ndrop if copy", data)
    close(to_array(weighted, "q"), to_array(copied, "q"))


def test_xtile_by_a_variable_and_its_errors() -> None:
    run = session("generate c = 2 in 1\nreplace c = 4 in 2\nxtile q = b, cutpoints(c)", SMALL)
    assert values(run, "q") == [1, 2, 1, 2, None, 3]
    assert fails(run, "xtile z = b, nquantiles(7)")[0] == 198
    assert fails(run, "xtile z = b, nquantiles(2) cutpoints(c)")[0] == 198
    assert fails(run, "xtile a = b") == (110, "variable a already defined")
    assert fails(run, "xtile z = s") == (109, "type mismatch")
    assert fails(run, "xtile z = b if 0") == (2000, "no observations")


def test_pctile_with_altdef_interpolates() -> None:
    run = session("pctile double p = _n, nquantiles(4) altdef", dataset(x=[0.0] * 10))
    assert values(run, "p")[:3] == [2.75, 5.5, 8.25]


@pytest.mark.parametrize(
    ("keys", "by", "ascending", "where"),
    [("-y x", ["y", "x"], [False, True], "last"), ("g -x", ["g", "x"], [True, False], "last")],
)
def test_gsort_against_pandas(keys: str, by: list[str], ascending: list[bool], where: str) -> None:
    data, frame = random_data()
    run = session(f"gsort {keys}", data)
    expected = frame.sort_values(by, ascending=ascending, na_position=where, kind="stable")
    close(to_array(run, "x"), expected["x"])
    close(to_array(run, "y"), expected["y"])


def test_gsort_of_strings_missing_values_and_groups() -> None:
    run = session("gsort -a, mfirst", SMALL)
    assert values(run, "a") == [None, 5, 5, 2, 2, 1]
    run = session("gsort -s +b, generate(k)", SMALL)
    assert values(run, "s") == ["x y z", "x y z", "one", "a,b", " p q ", ""]
    assert values(run, "k") == [1, 2, 3, 4, 5, 6]
    assert session("gsort a b", SMALL).context.data.sorted_by == ("a", "b")
    assert fails(run, "gsort -nosuch") == (111, "variable nosuch not found")
    assert fails(run, "gsort") == (100, "varlist required")
    assert fails(run, "gsort -") == (198, "invalid syntax")


def test_mvdecode_and_mvencode() -> None:
    run = session(data=SMALL)
    assert printed(run, "mvdecode _all, mv(1 2=.a \\ 5)") == (
        "           s: string variable ignored\n           a: 5 missing values generated\n"
        "           b: 3 missing values generated\n           g: 6 missing values generated"
    )
    a = MISSING_BY_NAME[".a"]
    assert values(run, "a") == [a, a, a, None, None, None]
    assert printed(run, "mvencode a, mv(.a=-9 \\ else=500)") == "           a: 6 missing values recoded"
    assert values(run, "a") == [-9, -9, -9, 500, 500, 500]
    assert fails(run, "mvencode b, mv(3)") == (9, "           b: already 3 in 1 observation\nno action taken")
    last(run, "mvencode b in 1/5, mv(3) override")
    assert values(run, "b") == [3, 3, 3, 4, 3, None]
    run = session("generate byte k = .\nmvencode k, mv(1000)", SMALL)
    assert run.context.data.columns["k"].storage == "int"
    assert fails(run, "mvdecode a") == (198, "option mv() required")
    assert fails(run, "mvdecode a, mv(x)")[0] == 121
