"""Factor variables: order of terms, base levels, names.  Expected terms are those of printed Stata tables."""

from __future__ import annotations

import numpy as np
import pytest
from test_expr_evaluate import dataset

from mixedcli.data.storage import MISSING
from mixedcli.design.terms import expand_terms, term_variables
from mixedcli.errors import StataError
from mixedcli.syntax.tree import FactorOperator, Interaction, NamePattern, Operated, TermGroup, TimeOperated

DATA = dataset(
    y=([1, 2, 3, 4, 5, 6, 7, 8], "double"),
    lrt=([3, 1, 4, 1, 5, 9, 2, 6], "float"),
    age=([1, 2, 3, 4, 5, 6, 7, 9], "byte"),
    schgend=([1, 2, 3, 1, 2, 3, 3, 3], "byte"),
    union=([0, 0, 1, 1, 0, 0, 1, 1], "byte"),
    city=([0, 1, 0, 1, 0, 1, 0, 1], "byte"),
    half=([0.5, 1, 1, 1, 1, 1, 1, 1], "float"),
    below=([-1, 1, 1, 1, 1, 1, 1, 1], "byte"),
    text=(["a"] * 8, "str1"),
)
ALL = np.ones(8, dtype=bool)


def name(text):
    return NamePattern(text)


def i(text, **parts):
    return Operated(FactorOperator("i", **parts), name(text))


def c(text):
    return Operated(FactorOperator("c"), name(text))


def times(*parts):
    return Interaction(parts, full=False)


def crossed(*parts):
    return Interaction(parts, full=True)


def group(*terms):
    return TermGroup(terms)


def names(*terms, mask=ALL):
    return [term.name for term in expand_terms(terms, DATA, mask)]


def shown(*terms):
    return [term.name for term in expand_terms(terms, DATA, ALL) if term.status == "shown"]


def test_the_interaction_of_the_lecture():
    assert names(crossed(c("lrt"), i("schgend"))) == [
        "lrt", "1b.schgend", "2.schgend", "3.schgend", "1b.schgend#co.lrt", "2.schgend#c.lrt", "3.schgend#c.lrt",
    ]


def test_a_plain_name_is_continuous_alone_and_a_factor_in_an_interaction():
    assert names(name("schgend")) == ["schgend"]
    assert names(times(name("union"), name("city"))) == names(times(i("union"), i("city")))


def test_factors_without_main_effects_leave_out_one_cell():
    # xtreg ln_wage union#c_city prints 0 1, 1 0 and 1 1
    assert shown(times(name("union"), name("city"))) == ["0b.union#1.city", "1.union#0b.city", "1.union#1.city"]
    assert names(times(name("union"), name("city")))[0] == "0b.union#0b.city"


def test_slopes_by_group_without_the_main_slope_keep_every_level():
    # logit cuse educ i.age i.age#c.nomore prints four slopes and three intercepts
    assert names(i("schgend"), times(i("schgend"), c("lrt"))) == [
        "1b.schgend", "2.schgend", "3.schgend", "1b.schgend#c.lrt", "2.schgend#c.lrt", "3.schgend#c.lrt",
    ]
    assert shown(i("schgend"), name("lrt"), times(i("schgend"), c("lrt")))[-2:] == [
        "2.schgend#c.lrt", "3.schgend#c.lrt",
    ]


def test_one_main_effect_nests_the_other_factor():
    # reg profit i.sportcat femhdcoach sportcat#femhdcoach (femhdcoach continuous alone) prints the five cells with 1
    assert shown(i("schgend"), name("union"), times(name("schgend"), name("union"))) == [
        "2.schgend", "3.schgend", "union", "1b.schgend#1.union", "2.schgend#1.union", "3.schgend#1.union",
    ]


def test_full_factorial_names_every_cell():
    assert names(crossed(name("union"), name("city"))) == [
        "0b.union", "1.union", "0b.city", "1.city",
        "0b.union#0b.city", "0b.union#1o.city", "1o.union#0b.city", "1.union#1.city",
    ]


def test_order_of_a_three_way_factorial():
    kinds = ["#".join(t.variables) for t in expand_terms((crossed(c("lrt"), c("age"), c("y")),), DATA, ALL)]
    assert kinds == ["lrt", "age", "lrt#age", "y", "lrt#y", "age#y", "lrt#age#y"]


def test_a_parenthesised_list_keeps_main_effects_together_and_factors_first():
    # mixed outcome c.t##(c.warmth i.identity c.HDI): t warmth 1.identity HDI, c.t#c.warmth, identity#c.t, c.t#c.HDI
    assert shown(crossed(c("lrt"), group(c("age"), i("union"), c("y")))) == [
        "lrt", "age", "1.union", "y", "c.lrt#c.age", "1.union#c.lrt", "c.lrt#c.y",
    ]


def test_a_single_level_has_no_base():
    # xtmixed gpa i.time1##i1.sex highgpa i1.sex: sex is 1 or 2 and level 1 is estimated; time1 2-6, then 2#1 .. 6#1
    assert shown(crossed(i("schgend"), i("city", levels=(1,))), name("lrt"), i("city", levels=(1,))) == [
        "2.schgend", "3.schgend", "1.city", "2.schgend#1.city", "3.schgend#1.city", "lrt",
    ]
    assert names(i("schgend", levels=(1,))) == ["1.schgend"]
    assert names(crossed(c("age"), i("schgend", levels=(2,)))) == ["age", "2.schgend", "2.schgend#c.age"]


def test_several_named_levels():
    assert names(i("schgend", levels=(2, 3))) == ["2.schgend", "3.schgend"]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"base": 2}, ["1.schgend", "2b.schgend", "3.schgend"]),
        ({"base": "first"}, ["1b.schgend", "2.schgend", "3.schgend"]),
        ({"base": "last"}, ["1.schgend", "2.schgend", "3b.schgend"]),
        ({"base": "freq"}, ["1.schgend", "2.schgend", "3b.schgend"]),
        ({"base": "none"}, ["1bn.schgend", "2.schgend", "3.schgend"]),
        ({"base_at": 2}, ["1.schgend", "2b.schgend", "3.schgend"]),
        ({"base": 9}, ["1.schgend", "2.schgend", "3.schgend", "9b.schgend"]),
    ],
)
def test_base_levels(parts, expected):
    assert names(i("schgend", **parts)) == expected


def test_a_base_holds_for_every_mention_of_the_variable():
    assert shown(i("schgend", base=3), c("lrt"), times(i("schgend"), c("lrt"))) == [
        "1.schgend", "2.schgend", "lrt", "1.schgend#c.lrt", "2.schgend#c.lrt",
    ]


def test_levels_come_from_the_sample():
    mask = DATA.columns["schgend"].values != 1
    assert names(i("schgend"), mask=mask) == ["2b.schgend", "3.schgend"]


def test_squares_and_repeats():
    assert names(crossed(c("age"), c("age"))) == ["age", "c.age#c.age"]
    assert names(name("lrt"), c("lrt"), name("lrt")) == ["lrt"]
    assert names(times(i("union"), i("city")), times(i("city"), i("union"))) == names(times(i("union"), i("city")))


def test_an_operator_reaches_into_parentheses():
    assert names(Operated(FactorOperator("i"), group(name("union"), name("city")))) == [
        "0b.union", "1.union", "0b.city", "1.city",
    ]


def test_omission_on_request():
    assert names(Operated(FactorOperator("i", omitted=True), name("lrt"))) == ["o.lrt"]
    assert names(i("schgend"), i("schgend", levels=(2,), omitted=True)) == ["1b.schgend", "2o.schgend", "3.schgend"]


@pytest.mark.parametrize(
    ("term", "message", "rc"),
    [
        (i("below"), "below:  factor variables may not contain negative values", 452),
        (i("half"), "half:  factor variables may not contain noninteger values", 452),
        (times(name("half"), name("city")), "half:  factor variables may not contain noninteger values", 452),
        (i("text"), "text:  string variables may not be used as factor variables", 109),
        (name("text"), "string variables not allowed in varlist;\ntext is a string variable", 109),
        (i("nosuch"), "variable nosuch not found", 111),
        (i("schgend", base_at=7), "invalid base level; schgend has 3 levels", 198),
    ],
)
def test_errors(term, message, rc):
    with pytest.raises(StataError) as caught:
        expand_terms((term,), DATA, ALL)
    assert (caught.value.message, caught.value.rc) == (message, rc)


def test_time_series_operators_need_a_time_variable():
    with pytest.raises(StataError, match=r"time variable not set, use tsset varname \.\.\.") as caught:
        expand_terms((TimeOperated("L", name("lrt")),), DATA, ALL)
    assert caught.value.rc == 111


def test_negative_values_outside_the_sample_do_no_harm():
    mask = ALL.copy()
    mask[0] = False
    assert names(i("below"), mask=mask) == ["1b.below"]


def test_variables_of_a_varlist():
    varlist = (crossed(c("lrt"), i("schgend")), name("age"), name("lrt"))
    assert term_variables(varlist, DATA) == ("lrt", "schgend", "age")


def test_a_factor_with_too_many_levels_is_an_error():
    many = dataset(id=(list(range(12000)), "long"))
    with pytest.raises(StataError) as caught:
        expand_terms((i("id"),), many, np.ones(12000, dtype=bool))
    assert caught.value.rc == 908


def test_a_factorial_with_too_many_cells_is_refused_before_it_is_built():
    many = dataset(**{k: (list(range(3000)), "int") for k in "abc"})
    with pytest.raises(StataError) as caught:
        expand_terms((crossed(i("a"), i("b"), i("c")),), many, np.ones(3000, dtype=bool))
    assert caught.value.rc == 908


def test_missing_levels_are_no_levels():
    data = dataset(g=([1, 2, MISSING], "byte"))
    assert [t.name for t in expand_terms((i("g"),), data, np.ones(3, dtype=bool))] == ["1b.g", "2.g"]
