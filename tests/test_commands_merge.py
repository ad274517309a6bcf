"""merge and append: Stata's tables, which rows go together, types, labels, and errors that change nothing."""

from __future__ import annotations

import pathlib
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sessions import fails, last

from mixedcli.commands.context import Context, State
from mixedcli.data.columns import new_numeric, new_string, numeric
from mixedcli.data.dataset import Dataset
from mixedcli.data.dta_read import read_dta
from mixedcli.data.dta_write import write_dta
from mixedcli.data.join import Keys, is_unique, join, stable_order
from mixedcli.data.storage import MISSING, MISSING_BY_NAME
from mixedcli.records import replace
from mixedcli.report.text import to_text
from mixedcli.session import Session


@pytest.fixture(autouse=True)
def _here(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def dataset(**columns: object) -> Dataset:
    """Columns from lists: of numbers (a type may come first), or of texts."""
    made = {}
    for name, given_values in columns.items():
        values = list(given_values)  # type: ignore[call-overload]
        storage = values.pop(0) if values and values[0] in ("byte", "int", "long", "float", "double") else "float"
        if values and isinstance(values[0], str):
            made[name] = new_string(name, values)
        else:
            made[name] = new_numeric(name, np.array(values, dtype=np.float64), storage)
    return Dataset(made, len(next(iter(made.values())).values) if made else 0)


def using(name: str = "u", **columns: object) -> None:
    write_dta(dataset(**columns), f"{name}.dta")


def session(data: Dataset, version: float = 13) -> Session:
    run = Session(Context(State(data=data)))
    run.context.set(version=version)
    return run


def printed(run: Session, text: str) -> str:
    outcome = last(run, text)
    assert outcome.error is None, outcome.error
    return to_text(outcome.document).strip("\n") if outcome.document is not None else ""


def values(run: Session, name: str) -> list[object]:
    column = run.context.data.columns[name]
    return numeric(column).tolist() if column.values.dtype != object else column.values.tolist()


# ---- the table -----------------------------------------------------------------------------------------------


def test_the_table_of_a_real_log(shared: pathlib.Path) -> None:
    women = read_dta(str(shared / "data" / "bangladesh.dta"))
    first = np.unique(women.columns["district"].values, return_index=True)[1]
    keep = set(women.names) - {"district"}
    districts = replace(women.take(first).without(keep), value_labels={})
    write_dta(districts.with_column(new_numeric("ml", np.arange(60.0))), "ml.dta")
    text = (shared / "reference" / "outputs" / "300.txt").read_text()
    expected = text.partition("#---\n")[2].strip("\n")
    assert printed(session(women, 17), "merge m:1 district using ml") == expected
    assert expected.endswith("-----------------------------------------")


def test_the_tables_of_every_version() -> None:
    using(id=[1, 2, 4], z=[1, 2, 4])
    data = dataset(id=[1, 3, 2, 3, 3], x=[1, 2, 3, 4, 5])
    # As in published logs of versions 16 (with # of obs.) and 17.
    assert printed(session(data), "merge m:1 id using u") == (
        "    Result                           # of obs.\n"
        "    -----------------------------------------\n"
        "    not matched                             4\n"
        "        from master                         3  (_merge==1)\n"
        "        from using                          1  (_merge==2)\n"
        "\n"
        "    matched                                 2  (_merge==3)\n"
        "    -----------------------------------------"
    )
    assert printed(session(data, 17), "merge m:1 id using u, generate(m)") == (
        "    Result                      Number of obs\n"
        "    -----------------------------------------\n"
        "    Not matched                             4\n"
        "        from master                         3  (m==1)\n"
        "        from using                          1  (m==2)\n"
        "\n"
        "    Matched                                 2  (m==3)\n"
        "    -----------------------------------------"
    )
    assert printed(session(data), "merge m:1 id using u, keep(match) nogenerate") == (
        "    Result                           # of obs.\n"
        "    -----------------------------------------\n"
        "    not matched                             0\n"
        "    matched                                 2\n"
        "    -----------------------------------------"
    )
    assert printed(session(data), "merge m:1 id using u, noreport") == ""


def test_large_counts_have_commas() -> None:
    using(id=[1], z=[1])
    data = dataset(id=[1] * 1234, x=[1] * 1234)
    assert "    matched                             1,234  (_merge==3)" in printed(session(data), "merge m:1 id using u")


def test_the_table_of_update() -> None:
    using(id=[1, 2, 3, 4, 5], x=[10, 20, 30, MISSING, 50])
    run = session(dataset(id=[1, 2, 3, 4, 6], x=[10, MISSING, 31, 40, 60]))
    assert printed(run, "merge 1:1 id using u, update") == (
        "    Result                           # of obs.\n"
        "    -----------------------------------------\n"
        "    not matched                             2\n"
        "        from master                         1  (_merge==1)\n"
        "        from using                          1  (_merge==2)\n"
        "\n"
        "    matched                                 4\n"
        "        not updated                         2  (_merge==3)\n"
        "        missing updated                     1  (_merge==4)\n"
        "        nonmissing conflict                 1  (_merge==5)\n"
        "    -----------------------------------------"
    )
    assert values(run, "x") == [10, 20, 31, 40, 60, 50]
    assert values(run, "_merge") == [3, 4, 5, 3, 1, 2]


def test_update_replace_takes_what_the_file_knows() -> None:
    using(id=[1, 2, 3], x=[MISSING, 20, 30], s=["", "b", "c"])
    run = session(dataset(id=[1, 2, 3], x=[1, 2, MISSING], s=["a", "z", "c"]))
    last(run, "merge 1:1 id using u, update replace")
    assert values(run, "x") == [1, 20, 30]
    assert values(run, "s") == ["a", "b", "c"]
    assert values(run, "_merge") == [3, 5, 4]


# ---- which rows go together ----------------------------------------------------------------------------------


def test_result_variable_and_its_label() -> None:
    using(id=[1, 2], z=[5, 6])
    run = session(dataset(id=[2, 3], x=[7, 8]))
    last(run, "merge 1:1 id using u")
    data = run.context.data
    column = data.columns["_merge"]
    assert data.names == ("id", "x", "z", "_merge")
    assert (column.storage, column.format, column.value_label) == ("byte", "%23.0g", "_merge")
    assert data.value_labels["_merge"][3.0] == "matched (3)" and data.value_labels["_merge"][2.0] == "using only (2)"
    assert data.changed and data.sorted_by == ()
    assert list(zip(*(values(run, name) for name in data.names), strict=True)) == [
        (2, 7, 6, 3), (3, 8, MISSING, 1), (1, MISSING, 5, 2),
    ]  # fmt: skip


def test_rows_are_in_the_order_of_the_key_and_rows_of_the_file_alone_come_last() -> None:
    using(id=[0, 1, 2], z=[0, 10, 20])
    run = session(dataset(id=[2, 1, 2, MISSING, 1], x=[1, 2, 3, 4, 5]))
    last(run, "merge m:1 id using u")
    assert values(run, "id") == [1, 1, 2, 2, MISSING, 0]
    assert values(run, "x") == [2, 5, 1, 3, 4, MISSING]
    assert run.context.data.sorted_by == ()
    last(run, "drop _merge")
    last(run, "merge m:1 id using u")
    assert run.context.data.sorted_by == ("id",)


def test_further_rows_of_a_one_to_many_merge_come_after_the_data() -> None:
    using(id=[1, 1, 2, 3, 2], z=[10, 11, 20, 30, 21])
    run = session(dataset(id=[2, 1], x=[200, 100]))
    last(run, "merge 1:m id using u")
    rows = list(zip(values(run, "id"), values(run, "x"), values(run, "z"), values(run, "_merge"), strict=True))
    assert rows == [
        (1, 100, 10, 3), (2, 200, 20, 3), (1, 100, 11, 3), (2, 200, 21, 3), (3, MISSING, 30, 2),
    ]  # fmt: skip


def test_missing_keys_match_each_other_by_their_letter() -> None:
    using(id=[MISSING, MISSING_BY_NAME[".a"], 1], z=[1, 2, 3])
    run = session(dataset(id=[MISSING_BY_NAME[".a"], MISSING, MISSING_BY_NAME[".b"]], x=[1, 2, 3]))
    last(run, "merge 1:1 id using u")
    assert values(run, "z") == [1, 2, MISSING, 3]


def test_numbers_match_across_types_and_texts_by_their_letters() -> None:
    using(id=["double", 1, 2, 0.1], s=["a", "é", ""], z=[1, 2, 3])
    run = session(dataset(id=["byte", 2, 1], s=["é", "a"], x=[5, 6]))
    assert "variable id was byte, now double" in printed(run, "merge 1:1 id s using u")
    assert values(run, "z") == [1, 2, 3] and values(run, "id") == [1, 2, 0.1]
    run = session(dataset(id=["float", 0.1], s=[""], x=[5]))
    last(run, "merge 1:1 id s using u")
    assert values(run, "_merge") == [1, 2, 2, 2], "a float's .1 is not a double's"


def test_one_to_one_by_observation() -> None:
    using(z=[1, 2, 3], x=[7, 7, 7])
    run = session(dataset(x=[1, 2]))
    last(run, "merge 1:1 _n using u")
    assert values(run, "z") == [1, 2, 3] and values(run, "x") == [1, 2, 7] and values(run, "_merge") == [3, 3, 2]


def naive(kind: str, master: list[int], other: list[int]) -> list[tuple[int, int]]:
    """Pairs of row numbers by the rule in the manual: in each group in order, the last one of the shorter repeated."""
    groups: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i, key in enumerate(master):
        groups[key][0].append(i)
    for j, key in enumerate(other):
        groups[key][1].append(j)
    own, more = [], []
    for key in sorted(groups):
        ours, theirs = groups[key]
        for k in range(max(len(ours), len(theirs))):
            i = ours[min(k, len(ours) - 1)] if ours else -1
            j = theirs[min(k, len(theirs) - 1)] if theirs else -1
            (own if k < len(ours) else more).append((i, j))
    return own + more


KEYS = st.lists(st.integers(0, 6), max_size=12)


@given(KEYS, KEYS)
@settings(max_examples=200, deadline=None)
def test_every_kind_of_join_follows_the_rule(master: list[int], other: list[int]) -> None:
    made = join(Keys(np.array(master, dtype=np.int64), np.array(other, dtype=np.int64), 7))
    assert list(zip(made.master.tolist(), made.using.tolist(), strict=True)) == naive("m:m", master, other)
    assert is_unique(np.array(master, dtype=np.int64), 7) == (len(set(master)) == len(master))


def test_sorting_by_counting_agrees_with_numpy() -> None:
    chance = np.random.default_rng(5)
    for groups in (1, 300, 70_000, 200_000):
        codes = chance.integers(0, groups, 5000)
        assert stable_order(codes, groups).tolist() == np.argsort(codes, kind="stable").tolist()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 9), max_size=15), st.sets(st.integers(0, 9)))
def test_agrees_with_pandas(keys: list[int], known: set[int]) -> None:
    import pandas as pd

    using(id=["int", *known], z=[float(10 * k) for k in known])
    run = session(dataset(id=["int", *keys], x=[float(i) for i in range(len(keys))]))
    last(run, "merge m:1 id using u")
    left = pd.DataFrame({"id": keys, "x": range(len(keys))})
    right = pd.DataFrame({"id": sorted(known), "z": [10.0 * k for k in sorted(known)]})
    both = left.merge(right, on="id", how="outer", indicator=True)
    theirs = sorted(zip(both["id"], both["x"].fillna(MISSING), both["z"].fillna(MISSING), strict=True))
    ours = sorted(zip(values(run, "id"), values(run, "x"), values(run, "z"), strict=True))
    assert ours == theirs
    counts = both["_merge"].value_counts()
    assert sorted(values(run, "_merge")).count(3.0) == counts.get("both", 0)


# ---- types, labels, samples ----------------------------------------------------------------------------------


def test_types_grow_and_are_said_to() -> None:
    using(id=[1], a=["float", 1.5], b=["float", 1.5], s=["longer"], c=["byte", 1], d=["double", 0.1])
    data = dataset(id=[1, 2], a=["int", 1, 2], b=["long", 123456789, 1], s=["ab", "c"], c=["int", 5, 5], d=["byte", 1, 1])
    text = printed(session(data), "merge 1:1 id using u, noreport")
    assert text.splitlines() == [
        "(note: variable a was int, now float to accommodate using data's values)",
        "(note: variable b was long, now double to accommodate using data's values)",
        "(note: variable s was str2, now str6 to accommodate using data's values)",
        "(note: variable d was byte, now double to accommodate using data's values)",
    ]
    run = session(data, 17)
    assert printed(run, "merge 1:1 id using u, noreport").startswith("(variable a was int, now float to accommodate")
    assert values(run, "b") == [123456789, 1] and run.context.data.columns["s"].storage == "str6"


def test_keepusing_labels_and_notes() -> None:
    given_labels = (("yes", {1.0: "Yes"}), ("own", {1.0: "theirs"}))
    other = dataset(id=[1, 2], z=[1, 0], w=[3, 4])
    other = Dataset(
        {**other.columns, "z": new_numeric("z", np.array([1.0, 0]), "byte", "Zed", "%4.0f", "yes")}, 2,
        value_labels=dict(given_labels), characteristics={"_dta": {"note0": "1", "note1": "theirs"}, "z": {"unit": "cm"}},
    )  # fmt: skip
    write_dta(other, "u.dta")
    mine = dataset(id=[1, 2], x=[1, 2])
    mine = Dataset(
        mine.columns, 2, value_labels={"own": {1.0: "mine"}}, characteristics={"_dta": {"note0": "1", "note1": "mine"}}
    )
    run = session(mine)
    assert printed(run, "merge 1:1 id using u, keepusing(z) noreport") == "(label own already defined)"
    data = run.context.data
    assert data.names == ("id", "x", "z", "_merge")
    assert (data.columns["z"].label, data.columns["z"].format, data.columns["z"].value_label) == ("Zed", "%4.0f", "yes")
    assert data.value_labels["yes"] == {1.0: "Yes"} and data.value_labels["own"] == {1.0: "mine"}
    assert data.characteristics["_dta"] == {"note0": "2", "note1": "mine", "note2": "theirs"}
    assert data.characteristics["z"] == {"unit": "cm"}
    run = session(mine)
    assert printed(run, "merge 1:1 id using u, nolabel nonotes noreport") == ""
    assert "yes" not in run.context.data.value_labels and run.context.data.characteristics == mine.characteristics | {
        "z": {"unit": "cm"}
    }


def test_the_estimation_sample_follows_its_rows() -> None:
    using(id=[1, 2, 9], z=[1, 2, 9])
    data = dataset(id=[2, 1, 2], x=[1, 2, 3])
    data = Dataset(data.columns, 3, hidden={"_est_1": np.array([True, False, True])})
    run = session(data)
    last(run, "merge m:1 id using u")
    assert run.context.data.hidden["_est_1"].tolist() == [False, True, True, False]
    last(run, "append using u")
    assert run.context.data.hidden["_est_1"].tolist() == [False, True, True, False, False, False, False]


def test_a_later_merge_leaves_the_first_data_alone() -> None:
    using(id=[1, 2], x=[5, 6])
    data = dataset(id=[1, 2], x=[1, MISSING])
    last(session(data), "merge 1:1 id using u, update replace")
    assert numeric(data.columns["x"]).tolist() == [1, MISSING]


# ---- errors --------------------------------------------------------------------------------------------------


def test_errors_have_statas_words_and_codes() -> None:
    using(id=[1, 1], k=["a", "b"], z=[1, 2])
    using("m", id=[1], _merge=[1])
    run = session(dataset(id=[1, 1], k=["a", "a"], x=[1, 2]))
    one = "does not uniquely identify observations in the"
    assert fails(run, "merge 1:m id using u") == (459, f"variable id {one} master data")
    assert fails(run, "merge m:1 id using u") == (459, f"variable id {one} using data")
    assert fails(run, "merge 1:m id k using u") == (
        459, "variables id k do not uniquely identify observations in the master data"
    )  # fmt: skip
    assert fails(run, "merge m:1 nosuch using u") == (111, "variable nosuch not found")
    assert fails(run, "merge m:1 x using u") == (111, "variable x not found")
    assert fails(run, "merge m:1 id using nosuch") == (601, "file nosuch.dta not found")
    assert fails(run, "merge m:1 id using m")[0] == 110
    assert fails(run, "merge m:m id using u, generate(x)") == (110, "variable x already defined")
    assert fails(run, "merge m:m id using u, generate(_n)")[0] == 198
    assert fails(run, "merge m:m id using u, replace")[0] == 198
    assert fails(run, "merge m:m id using u, keep(some)") == (198, "option keep() incorrectly specified")
    assert fails(run, "merge m:m id using u, assert(6)") == (198, "option assert() incorrectly specified")
    assert fails(run, "merge m:m id using u, keepusing(nosuch)")[0] == 111
    assert fails(run, "merge m:m id")[0] == 100
    assert fails(run, "merge 1:2 id using u")[0] == 198
    assert fails(run, "merge id using u")[0] == 199
    assert fails(run, "merge m:1 _n using u")[0] == 198
    assert fails(run, "merge m:1 using u")[0] == 100
    assert fails(run, "merge m:m id using u v")[0] == 198
    last(run, "merge m:m id using u")
    assert fails(run, "merge m:m id using u") == (110, "variable _merge already defined")


def test_a_text_and_a_number_do_not_fit() -> None:
    using(id=["1", "2"], z=[1, 2])
    rc, message = fails(session(dataset(id=[1, 2], x=[1, 2])), "merge 1:1 id using u")
    assert rc == 106
    assert message.startswith("key variable id is float in master but str1 in using data\n    Each key variable -- the")
    using(id=[1, 2], z=["a", "b"])
    data = dataset(id=[1, 2], z=[1, 2])
    rc, message = fails(session(data), "merge 1:1 id using u")
    assert (rc, message.splitlines()[0]) == (106, "variable z is float in master but str1 in using data")
    run = session(data)
    assert printed(run, "merge 1:1 id using u, force noreport") == (
        "(note: variable z was str1 in the using data, but will be float now)"
    )
    assert values(run, "z") == [1, 2]


def test_a_violated_assertion_leaves_the_merged_data() -> None:
    using(id=[1, 4], z=[1, 2])
    run = session(dataset(id=[1, 2], x=[1, 2]))
    outcome = last(run, "merge 1:1 id using u, assert(match using)")
    assert outcome.error is not None and outcome.error.rc == 9
    assert outcome.error.message == (
        "merge:  after merge, not all observations from using or matched\n        (merged result left in memory)"
    )
    assert values(run, "_merge") == [3, 1, 2]
    assert last(session(dataset(id=[1, 4])), "merge 1:1 id using u, assert(matched)").error is None


# ---- append --------------------------------------------------------------------------------------------------


def test_append_puts_rows_after_rows() -> None:
    using(x=["float", 1.5, 2], t=["long text", "b"])
    using("v", x=[9], z=[8])
    run = session(dataset(x=["byte", 1, 2], y=[3, MISSING_BY_NAME[".c"]], t=["a", "b"]))
    assert printed(run, "append using u v, generate(source)").splitlines() == [
        "(note: variable x was byte, now float to accommodate using data's values)",
        "(note: variable t was str1, now str9 to accommodate using data's values)",
    ]
    data = run.context.data
    assert data.names == ("x", "y", "t", "z", "source") and data.n == 5 and data.changed
    assert values(run, "x") == [1, 2, 1.5, 2, 9]
    assert values(run, "y") == [3, MISSING_BY_NAME[".c"], MISSING, MISSING, MISSING]
    assert values(run, "t") == ["a", "b", "long text", "b", ""]
    assert values(run, "source") == [0, 0, 1, 1, 2] and data.columns["source"].storage == "byte"


def test_append_to_nothing_and_of_some_variables() -> None:
    using(x=[1], y=[2], z=[3])
    run = session(Dataset())
    last(run, "append using u, keep(x z)")
    assert run.context.data.names == ("x", "z") and run.context.data.n == 1


def test_append_errors() -> None:
    using(x=["a"])
    using("v", x=[1], src=[1])
    data = dataset(x=[1])
    run = session(data)
    rc, message = fails(run, "append using u")
    assert rc == 106 and message == (
        "variable x is float in master but str1 in using data\n"
        "    You could specify append's force option to ignore this numeric/string\n"
        "    mismatch.  The using variable would then be treated as if it contained\n"
        "    numeric missing value."
    )
    assert fails(run, "append using nosuch") == (601, "file nosuch.dta not found")
    assert fails(run, "append using v, generate(x)") == (110, "variable x already defined")
    assert fails(run, "append using v, generate(src)") == (110, "variable src already defined")
    assert fails(run, "append using v, keep(w)") == (111, "variable w not found")
    assert fails(run, "append v")[0] == 198
    assert fails(run, "append using")[0] == 198
    assert printed(run, "append using u, force") == "(note: variable x was str1 in the using data, but will be float now)"
    assert values(run, "x") == [1, MISSING]
