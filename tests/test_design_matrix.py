"""Design matrices, collinear and empty columns, samples and groups."""

from __future__ import annotations

import time

import numpy as np
import pytest
from test_design_terms import c, crossed, i, name, times
from test_expr_evaluate import column, dataset

from mixedcli.data.dataset import Dataset
from mixedcli.data.storage import MISSING
from mixedcli.design.collinear import independent_columns
from mixedcli.design.groups import factorize, group_index, nested_groups
from mixedcli.design.matrix import Columns, build_design
from mixedcli.design.sample import mark_sample
from mixedcli.design.terms import expand_terms, term_variables
from mixedcli.errors import StataError


def design(data: Dataset, *terms, constant=True):
    mask = mark_sample(data, np.ones(data.n, dtype=bool), term_variables(terms, data))
    return build_design(expand_terms(terms, data, mask), data, mask, constant)


def stata(shared, stem: str) -> Dataset:
    """A reference data set, read by pandas: independent of the project's own reader."""
    import pandas as pd

    frame = pd.read_stata(shared / "data" / f"{stem}.dta", convert_categoricals=False)
    return from_frame(frame)


def from_frame(frame) -> Dataset:
    numbers = frame.select_dtypes("number")
    columns = {k: column(k, np.where(numbers[k].isna(), MISSING, numbers[k].astype(float)), "double") for k in numbers}
    return Dataset(columns=columns, n=len(frame))


def least_squares(made, y):
    return made.full_vector(np.linalg.lstsq(made.X, y, rcond=None)[0])


# ---- columns -----------------------------------------------------------------------------------------------------

SMALL = dataset(
    x=([1, 2, 3, 4, 5, 6], "double"),
    z=([1, 0, 2, 0, 5, 1], "double"),
    g=([1, 1, 2, 2, 3, 3], "byte"),
    h=([0, 1, 0, 1, 0, 0], "byte"),
)


def test_columns_hold_what_their_names_say():
    made = design(SMALL, crossed(c("x"), i("g")))
    assert made.X.flags.c_contiguous
    assert made.X.dtype == np.float64
    assert made.names == ("x", "1b.g", "2.g", "3.g", "1b.g#co.x", "2.g#c.x", "3.g#c.x", "_cons")
    assert made.columns.tolist() == [0, 2, 3, 5, 6, 7]
    assert made.X[2].tolist() == [3, 1, 0, 3, 0, 1]
    assert made.full_vector(np.arange(1.0, 7)).tolist() == [1, 0, 2, 3, 0, 4, 5, 6]
    assert made.full_matrix(np.eye(6)).diagonal().tolist() == [1, 0, 1, 1, 0, 1, 1, 1]
    assert made.notes == ()


def test_without_constant():
    made = design(SMALL, name("x"), constant=False)
    assert made.names == ("x",)
    assert not made.constant
    assert made.X.shape == (6, 1)


def test_only_a_constant():
    made = design(SMALL)
    assert made.names == ("_cons",)
    assert made.X.tolist() == [[1.0]] * 6


def test_empty_cells_are_noted_and_kept_in_place():
    made = design(SMALL, crossed(i("g"), i("h")))
    assert [n.name for n in made.notes] == ["3.g#1.h"]
    assert made.notes[0].reason == "empty"
    assert made.terms[-2].status == "empty"
    assert made.terms[-2].name == "3o.g#1o.h"


def test_a_printed_table_with_an_empty_and_an_omitted_cell():
    # reg profit i.sportcat femhdcoach sportcat#femhdcoach printed, in this order:
    #   note: 3.sportcat#1.femhdcoach identifies no observations in the sample
    #   note: 5.sportcat#1.femhdcoach omitted because of collinearity
    cells = [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (4, 0), (4, 1), (5, 0), (5, 1)] * 2
    data = dataset(sportcat=([a for a, _ in cells], "byte"), coach=([b for _, b in cells], "byte"))
    made = design(data, i("sportcat"), name("coach"), times(name("sportcat"), name("coach")))
    assert [(n.name, n.reason) for n in made.notes] == [
        ("3.sportcat#1.coach", "empty"), ("5.sportcat#1.coach", "collinear"),
    ]


def test_all_indicators_and_a_constant():
    made = design(SMALL, i("g", base="none"))
    assert [(n.name, n.reason) for n in made.notes] == [("3.g", "collinear")]
    assert made.names == ("1bn.g", "2.g", "3o.g", "_cons")
    assert design(SMALL, i("g", base="none"), constant=False).notes == ()


def test_a_base_that_is_not_in_the_sample_leaves_one_level_too_many():
    made = design(SMALL, i("g", base=9))
    assert [(n.name, n.reason) for n in made.notes] == [("3.g", "collinear")]


def test_the_later_of_two_equal_columns_goes():
    data = SMALL.with_column(column("twice", [2, 4, 6, 8, 10, 12])).with_column(column("four", [4.0] * 6))
    made = design(data, name("four"), name("x"), name("twice"), name("z"))
    assert [(n.name, n.reason) for n in made.notes] == [("four", "collinear"), ("twice", "collinear")]
    assert made.names == ("o.four", "x", "o.twice", "z", "_cons")
    assert made.X.shape == (6, 3)


def test_an_overflowing_product_is_an_error():
    data = dataset(x=([1e200, 2e200, 3], "double"))
    with pytest.raises(StataError) as caught:
        design(data, times(c("x"), c("x")))
    assert caught.value.rc == 504


def test_random_models_span_what_their_cells_span():
    """Whatever is left out as base, empty or collinear, the columns are independent and span all cells."""
    rng = np.random.default_rng(6)
    data = dataset(
        a=(rng.integers(0, 3, 80), "byte"),
        b=(rng.integers(1, 3, 80), "byte"),
        d=(rng.integers(1, 5, 80), "byte"),
        x=(rng.standard_normal(80), "double"),
        z=(rng.standard_normal(80), "double"),
    )
    mask = np.ones(80, dtype=bool)
    pool = [name("x"), c("z"), i("a"), i("b"), i("d"), i("d", base="last"), i("a", base="none"), i("d", levels=(2,))]
    for _ in range(60):
        terms = [rng.choice(pool) for _ in range(2)]
        for _ in range(2):
            parts = tuple(rng.choice(pool[1:]) for _ in range(rng.integers(2, 4)))
            terms.append(crossed(*parts) if rng.random() < 0.5 else times(*parts))
        expanded = expand_terms(tuple(terms), data, mask)
        made = build_design(expanded, data, mask)
        source = Columns(data, mask)
        cells = np.column_stack([np.ones(80), *(source.column(term) for term in expanded)])
        assert len(set(made.names)) == len(made.names)
        assert np.linalg.matrix_rank(made.X) == made.X.shape[1] == np.linalg.matrix_rank(cells)


# ---- collinearity ------------------------------------------------------------------------------------------------


def test_scale_and_origin_do_not_matter():
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, 500))
    free = rng.standard_normal(500)
    for scale in (1e-290, 1e-12, 1.0, 1e12, 1e290):
        for shift in (0.0, 1e5):
            X = np.column_stack([a + shift, (b + shift) * scale, a + 2 * b - shift, free * scale])
            assert independent_columns(X, constant=True).tolist() == [True, True, False, True]


def test_sums_rounded_to_float_count_as_collinear():
    rng = np.random.default_rng(2)
    a, b = rng.standard_normal((2, 1000)).astype(np.float32) * 10
    X = np.column_stack([a, b, (a + b).astype(np.float32)]).astype(float)
    assert independent_columns(X, constant=True).tolist() == [True, True, False]


def test_years_and_their_powers_are_not_collinear():
    year = np.repeat(np.arange(1968.0, 1989), 10)
    X = np.column_stack([year, year**2, year**3])
    assert independent_columns(X, constant=True).tolist() == [True, True, True]


def test_small_but_real_differences_are_kept():
    rng = np.random.default_rng(3)
    a, noise = rng.standard_normal((2, 400))
    for size, kept in ((1e-3, True), (1e-5, True), (1e-9, False)):
        X = np.column_stack([a, a + size * noise])
        assert independent_columns(X, constant=True).tolist() == [True, kept]


def test_values_near_the_largest_double():
    X = np.column_stack([[1e308, -1e308, 5e307, 0.0], [1.0, 2.0, 3.0, 4.0]])
    assert independent_columns(X, constant=True).tolist() == [True, True]


def test_zero_columns_and_no_rows():
    assert independent_columns(np.zeros((5, 2)), constant=False).tolist() == [False, False]
    assert independent_columns(np.ones((5, 1)), constant=False).tolist() == [True]
    assert independent_columns(np.zeros((0, 0)), constant=True).tolist() == []


def test_agrees_with_the_rank_of_random_dependent_columns():
    rng = np.random.default_rng(4)
    for _ in range(20):
        base = rng.standard_normal((60, 4))
        X = np.column_stack([base @ rng.integers(-2, 3, 4) for _ in range(8)])
        kept = independent_columns(X, constant=False)
        ranks = [np.linalg.matrix_rank(X[:, : k + 1]) for k in range(8)]
        assert kept.tolist() == [bool(r > q) for q, r in zip([0, *ranks], ranks, strict=False)]


# ---- against printed coefficients ----------------------------------------------------------------------------------


def test_regress_with_an_interaction_prints_these(shared):
    # outputs/621: regress mpg c.price##c.gear_ratio
    data = stata(shared, "auto")
    made = design(data, crossed(c("price"), c("gear_ratio")))
    assert made.names == ("price", "gear_ratio", "c.price#c.gear_ratio", "_cons")
    b = least_squares(made, data.columns["mpg"].values)
    assert b == pytest.approx([0.002536, 14.30867, -0.001145, -16.67042], rel=3e-4)
    assert b[[1, 3]] == pytest.approx([14.30867, -16.67042], rel=1e-6)


def test_growth_fixed_part(shared):
    # outputs/016: xtmixed measure c.age##i2.sex; the data are balanced, so least squares gives the fixed part
    data = stata(shared, "growth")
    made = design(data, crossed(c("age"), i("sex", levels=(2,))))
    assert made.names == ("age", "2.sex", "2.sex#c.age", "_cons")
    b = least_squares(made, data.columns["measure"].values)
    assert b == pytest.approx([0.784375, 1.032102, -0.3048295, 16.34063], rel=1e-6)


def test_gpa_fixed_part(shared):
    # outputs/014: xtmixed gpa i.time1##i1.sex highgpa i1.sex; balanced again
    import pandas as pd

    frame = pd.read_stata(shared / "data" / "gpa.dta", convert_categoricals=False)
    frame = pd.wide_to_long(frame, ["gpa", "job"], "student", "time1").reset_index()
    data = from_frame(frame)
    one = i("sex", levels=(1,))
    made = design(data, crossed(i("time1"), one), name("highgpa"), one)
    b = dict(zip(made.names, least_squares(made, data.columns["gpa"].values), strict=True))
    printed = {
        "2.time1": 0.1314286, "6.time1": 0.6009524, "1.sex": -0.0817771, "2.time1#1.sex": -0.0198496,
        "6.time1#1.sex": -0.1272682, "highgpa": 0.0923924, "_cons": 2.356322,
    }
    assert {k: b[k] for k in printed} == pytest.approx(printed, rel=1e-5)
    assert b["1b.time1"] == b["1b.time1#1o.sex"] == 0


# ---- samples and groups --------------------------------------------------------------------------------------------


def test_missing_values_leave_the_sample():
    data = dataset(
        b=([1, MISSING, 3, 4], "byte"), f=([1, 2, MISSING, 4], "float"), s=(["a", "b", "c", ""], "str1")
    )
    everything = np.ones(4, dtype=bool)
    assert mark_sample(data, everything, ["b"]).tolist() == [True, False, True, True]
    assert mark_sample(data, everything, ["b", "f", "s"]).tolist() == [True, False, False, False]
    assert everything.all()
    with pytest.raises(StataError, match="variable q not found"):
        mark_sample(data, everything, ["q"])


def test_groups_are_numbered_in_order_of_their_keys():
    data = dataset(school=([7, 3, 7, 3, 5], "int"))
    made = group_index(data, ["school"], np.ones(5, dtype=bool))
    assert made.codes.tolist() == [2, 0, 2, 0, 1]
    assert made.first.tolist() == [1, 4, 0]
    assert (made.count, made.minimum, made.mean, made.maximum) == (3, 1, 5 / 3, 2)


def test_inner_groups_are_unique_within_outer_ones():
    data = dataset(school=([1, 1, 1, 2, 2, 2], "byte"), cls=(["a", "b", "a", "a", "b", "b"], "str1"))
    mask = np.ones(6, dtype=bool)
    outer, inner = nested_groups(data, ["school", "cls"], mask)
    assert outer.codes.tolist() == [0, 0, 0, 1, 1, 1]
    assert inner.codes.tolist() == [0, 1, 0, 2, 3, 3]
    assert inner.sizes.tolist() == [2, 1, 1, 2]
    assert group_index(data, ["_all"], mask).codes.tolist() == [0] * 6
    assert group_index(data, ["_all", "school"], mask).codes.tolist() == outer.codes.tolist()


def test_groups_see_only_the_sample():
    data = dataset(school=([1, 2, 3, 3], "double"))
    assert group_index(data, ["school"], np.array([False, True, True, True])).codes.tolist() == [0, 1, 1]
    nobody = group_index(data, ["school"], np.zeros(4, dtype=bool))
    assert (nobody.count, nobody.minimum, nobody.mean) == (0, 0, 0.0)


def test_a_group_variable_must_exist():
    with pytest.raises(StataError) as caught:
        group_index(SMALL, ["school"], np.ones(6, dtype=bool))
    assert (caught.value.message, caught.value.rc) == ("variable school not found", 111)


@pytest.mark.parametrize(
    "values",
    [
        np.array([3, 1, 2, 3], dtype="<i2"),
        np.array([1000000000, -5, 7, -5], dtype="<i4"),
        np.array([1.5, 0.25, 1.5, -3.0], dtype="<f4"),
        np.array([1, 1, 2, 9], dtype="<i1"),
        np.array(["b", "a", "b", "c"], dtype=object),
        np.array([-100, 100, 100, -100], dtype="<i1"),
    ],
)
def test_factorize_agrees_with_a_sort(values):
    expected = np.unique(values.astype(str) if values.dtype == object else values, return_inverse=True)[1]
    assert factorize(values).tolist() == expected.reshape(-1).tolist()
    assert factorize(values).dtype == np.int64


def test_three_levels_of_productivity(shared):
    # the productivity models print 9 regions and 48 states in 816 rows
    data = stata(shared, "productivity")
    region, state = nested_groups(data, ["region", "state"], np.ones(data.n, dtype=bool))
    assert (region.count, state.count, data.n) == (9, 48, 816)
    assert (state.minimum, state.maximum) == (17, 17)


def test_a_million_rows_take_no_more_than_a_moment():
    n = 1_000_000
    rng = np.random.default_rng(5)
    data = Dataset(
        columns={
            "x": column("x", rng.standard_normal(n).astype(np.float32), "float"),
            "g": column("g", rng.integers(1, 4, n), "byte"),
            "id": column("id", rng.integers(1, 50000, n), "long"),
        },
        n=n,
    )
    start = time.perf_counter()
    made = design(data, crossed(c("x"), i("g")))
    groups = group_index(data, ["id"], np.ones(n, dtype=bool))
    assert time.perf_counter() - start < 6
    assert made.X.shape == (n, 6)
    assert groups.codes.max() == groups.count - 1
