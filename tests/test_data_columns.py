"""Sort order, group codes, storage types and labels, against plain Python over the same values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixedcli.data.columns import (
    group_codes,
    level_label,
    missing_rows,
    new_numeric,
    new_string,
    numeric,
    promoted_storage,
    smallest_storage,
    sort_rows,
    string_storage,
)
from mixedcli.data.dataset import Dataset
from mixedcli.data.storage import DTYPES, MISSING, MISSING_BY_NAME, MISSING_CODES

A = MISSING_BY_NAME[".a"]
CELL = st.one_of(st.integers(-5, 90).map(float), st.sampled_from(MISSING_CODES))


def data(**columns: object) -> Dataset:
    made = {}
    for name, (storage, values) in columns.items():
        made[name] = (
            new_numeric(name, np.array(values, float), storage) if storage in DTYPES else new_string(name, values)
        )
    return Dataset(made, len(next(iter(made.values())).values))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(DTYPES)), st.lists(st.tuples(CELL, st.text(max_size=3)), max_size=20))
def test_sorting_is_stable_with_missing_last_and_strings_by_byte(storage: str, rows: list[tuple[float, str]]) -> None:
    dataset = data(x=(storage, [x for x, _ in rows]), s=("str", [s for _, s in rows]))
    key = lambda i: rows[i][1].encode()  # noqa: E731
    assert sort_rows(dataset, ["s"]).tolist() == sorted(range(len(rows)), key=key)
    assert sort_rows(dataset, ["x"]).tolist() == sorted(range(len(rows)), key=lambda i: rows[i][0])
    both = sorted(range(len(rows)), key=lambda i: (rows[i][0], key(i)))
    assert sort_rows(dataset, ["x", "s"]).tolist() == both


def test_missing_codes_sort_in_their_own_order_and_capitals_before_small_letters() -> None:
    assert sort_rows(data(x=("byte", [A, MISSING, 3, -1])), ["x"]).tolist() == [3, 2, 1, 0]
    assert sort_rows(data(s=("str", ["b", "a", "B", "é", ""])), ["s"]).tolist() == [4, 2, 1, 0, 3]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(list(DTYPES)),
    st.lists(st.tuples(CELL, st.sampled_from(["", "a", "b", "é"])), max_size=25),
    st.booleans(),
    st.integers(1, 3),
)
def test_group_codes_number_the_distinct_values_in_sort_order(
    storage: str, cells: list[tuple[float, str]], missing: bool, step: int
) -> None:
    dataset = data(x=(storage, [x for x, _ in cells]), s=("str", [s for _, s in cells]))
    rows = np.arange(0, len(cells), step)
    codes, first = group_codes(list(dataset.columns.values()), rows, missing)
    keys = [(cells[i][0], cells[i][1].encode()) for i in rows]
    kept = [k for k in keys if missing or (k[0] < MISSING and k[1])]
    groups = sorted(set(kept))
    assert codes.tolist() == [groups.index(k) if k in groups else -1 for k in keys]
    assert first.tolist() == [int(rows[keys.index(k)]) for k in groups]


def test_group_codes_of_fractions_and_of_numbers_far_apart() -> None:
    codes, first = group_codes([new_numeric("x", np.array([0.5, 1e12, -0.0, 0.0, 0.5]), "double")])
    assert codes.tolist() == [1, 2, 0, 0, 1] and first.tolist() == [2, 0, 1]
    codes, _ = group_codes([new_numeric("x", np.array([2e9, -2e9, 2e9]), "long")])
    assert codes.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("values", "storage"),
    [
        ([1, 100, A], "byte"),
        ([101], "int"),
        ([-32768], "long"),
        ([2147483620], "long"),
        ([2147483621], "double"),
        ([0.5, MISSING], "float"),
        ([0.1], "double"),
        ([1e39], "double"),
        ([1e38 * 0.1], "double"),
        ([], "byte"),
        ([MISSING], "byte"),
    ],
)
def test_smallest_storage(values: list[float], storage: str) -> None:
    assert smallest_storage(np.array(values, float)) == storage


@pytest.mark.parametrize(
    ("storage", "values", "promoted"),
    [
        ("byte", [100, A], "byte"),
        ("byte", [101], "int"),
        ("int", [5], "int"),
        ("byte", [0.5], "float"),
        ("long", [0.5], "double"),
        ("long", [3e9], "double"),
        ("float", [0.1], "float"),
        ("float", [1e39], "double"),
        ("double", [1], "double"),
    ],
)
def test_promoted_storage(storage: str, values: list[float], promoted: str) -> None:
    assert promoted_storage(storage, np.array(values)) == promoted


def test_string_storage_counts_bytes() -> None:
    assert string_storage(["ab", "é"]) == "str2"
    assert string_storage([]) == string_storage([""]) == "str1"
    assert string_storage(["x" * 2045]) == "str2045"
    assert string_storage(["x" * 2046]) == string_storage([b"\0"]) == "strL"


def test_missing_rows() -> None:
    assert missing_rows(new_numeric("x", np.array([1, A, 100.0]), "byte")).tolist() == [False, True, False]
    assert missing_rows(new_numeric("x", np.array([1, np.nan, np.inf]), "double")).tolist() == [False, True, True]
    assert missing_rows(new_string("s", ["", " "])).tolist() == [True, False]


def test_level_label() -> None:
    column = new_numeric("x", np.array([1, A]), "byte", value_label="lab")
    dataset = Dataset({"x": column}, 2, value_labels={"lab": {1.0: "one", A: "refused"}})
    assert [level_label(dataset, column, v) for v in (1, A, 2)] == ["one", "refused", None]
    assert level_label(dataset, new_numeric("y", np.array([1.0])), 1) is None


def test_new_columns_hold_what_was_put_in_and_cannot_be_changed() -> None:
    column = new_numeric("x", np.array([1.5, 200, A]), "byte")
    assert numeric(column).tolist() == [1, MISSING, A] and column.format == "%8.0g"
    with pytest.raises(ValueError):
        column.values[0] = 3
    assert new_string("s", ["abcdefghijk"]).format == "%11s"


def test_sorting_many_rows_agrees_with_pandas() -> None:
    chance = np.random.default_rng(1)
    x, y = chance.integers(0, 90, 200_000).astype(float), chance.normal(size=200_000)
    dataset = data(x=("byte", x), y=("double", y))
    expected = pd.DataFrame({"x": x, "y": y}).sort_values(["x", "y"], kind="stable").index
    assert np.array_equal(sort_rows(dataset, ["x", "y"]), expected)
