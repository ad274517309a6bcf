"""Text -> tree -> text and tree -> text -> tree."""

from __future__ import annotations

import pathlib

import pytest

from mixedcli.records import replace
from mixedcli.syntax import tree
from mixedcli.syntax.parser import parse, parse_expression, parse_varlist, split_head
from mixedcli.syntax.unparse import unparse

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import strategies as st  # noqa: E402

FIXTURE = pathlib.Path(__file__).parent / "fixtures" / "identity.txt"
LINES = [line for line in FIXTURE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
SETTINGS = hypothesis.settings(max_examples=150, deadline=None, derandomize=True, database=None)


def parsed(start: str, text: str) -> tree.Statement:
    head = split_head(text)
    return parse(text, start, head.word, head.offset)


@pytest.mark.parametrize("line", LINES)
def test_identity(line: str) -> None:
    start, _, text = line.partition(": ")
    assert unparse(parsed(start, text)) == text


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("xtmixed  gcse lrt||school:lrt if nstu>4 in f/L,mle   cov( un )", None),
        ("xtmixed gcse c.lrt ## i.schgend || _all: R.g", "xtmixed gcse c.lrt##i.schgend || _all: R.g"),
    ],
)
def test_canonical_spelling(typed: str, canonical: str | None) -> None:
    expected = canonical or "xtmixed gcse lrt if nstu > 4 in 1/l || school: lrt, mle cov(un)"
    assert unparse(parsed("equations", typed)) == expected


# ---- random trees --------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["x", "lrt", "_n", "größe", "a1", "iffy", "b_2", "e5"])
OPERATORS = ["^", "*", "/", "+", "-", ">", "<", ">=", "<=", "==", "!=", "&", "|"]
ATOMS = st.one_of(
    st.floats(0, 8e307, allow_subnormal=True).map(tree.Number),
    st.sampled_from([".", ".a", ".z"]).map(tree.Missing),
    st.text(st.characters(codec="utf-8", exclude_characters="\"'`", exclude_categories=["Cc", "Cs"])).map(tree.String),
    NAMES.map(tree.Name),
    st.builds(tree.FactorValue, st.integers(0, 99), st.sampled_from(["x", "lrt"])),
    st.builds(tree.TimeValue, st.sampled_from(["L", "F2", "LD"]), st.sampled_from(["x", "lrt"])),
    st.builds(tree.Stored, st.sampled_from(["e", "r", "c"]), NAMES),
    st.builds(tree.Stored, st.sampled_from(["_b", "_se"]), st.sampled_from(["x", "gcse:2.g#c.lrt", "_cons"])),
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds(tree.Binary, st.sampled_from(OPERATORS), inner, inner),
        st.builds(tree.Unary, st.sampled_from(["-", "+", "!"]), inner),
        st.builds(tree.Subscript, NAMES, inner),
        st.builds(tree.Call, st.sampled_from(["log", "cond", "inlist"]), st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=25,
)


@SETTINGS
@hypothesis.given(EXPRESSIONS)
def test_expressions_survive_printing(exp: tree.Expr) -> None:
    assert parse_expression(unparse(exp)) == exp


BASES = st.one_of(st.none(), st.integers(0, 9), st.sampled_from(["first", "last", "freq", "none"]))
FACTORS = st.one_of(
    st.builds(tree.FactorOperator, st.just("c"), omitted=st.booleans()),
    st.builds(tree.FactorOperator, st.just("i"), BASES, omitted=st.booleans()),
    st.builds(tree.FactorOperator, st.just("i"), BASES, levels=st.lists(st.integers(0, 99), max_size=3).map(tuple)),
    st.builds(tree.FactorOperator, st.just("i"), base_at=st.integers(1, 9)),
)
PATTERNS = st.sampled_from(["x", "lrt", "a*", "?b", "_all", "c~d"]).map(tree.NamePattern)
OPERANDS = st.one_of(PATTERNS, st.builds(tree.NameRange, st.just("a"), st.just("z")))


def interactions(parts: st.SearchStrategy[tree.VarTerm]) -> st.SearchStrategy[tree.VarTerm]:
    return st.builds(tree.Interaction, st.lists(parts, min_size=2, max_size=3).map(tuple), st.booleans())


SIMPLE = st.one_of(
    OPERANDS,
    st.builds(tree.Operated, FACTORS, OPERANDS),
    st.builds(tree.TimeOperated, st.sampled_from(["L", "F2", "LD", "L(1/3)"]), PATTERNS),
)
GROUPS = st.builds(tree.TermGroup, st.lists(st.one_of(SIMPLE, interactions(SIMPLE)), min_size=1, max_size=3).map(tuple))
PARTS = st.one_of(SIMPLE, GROUPS, st.builds(tree.Operated, FACTORS, GROUPS))
VARLISTS = st.lists(st.one_of(PARTS, interactions(PARTS)), max_size=4).map(tuple)


@SETTINGS
@hypothesis.given(VARLISTS)
def test_varlists_survive_printing(varlist: tree.Varlist) -> None:
    assert parse_varlist(unparse(varlist)) == varlist


OPTIONS = st.lists(
    st.builds(
        tree.OptionText,
        st.sampled_from(["mle", "cov", "noconstant"]),
        st.one_of(st.none(), st.sampled_from(["", "un", "a b", '"x, (y"', "f(g(h))", "1/5"])),
    ),
    max_size=3,
).map(tuple)
LEVELS = st.sampled_from(["school", "_all"])
EQUATIONS = st.one_of(
    st.builds(tree.Equation, LEVELS, VARLISTS, options=OPTIONS),
    st.builds(tree.Equation, LEVELS, random_factor=st.sampled_from(["g", "h"]), options=OPTIONS),
)
STATEMENTS = st.builds(
    tree.Statement,
    st.just(""),
    word=st.just("xtmixed"),
    varlist=VARLISTS,
    condition=st.one_of(st.none(), EXPRESSIONS),
    in_range=st.one_of(st.none(), st.builds(tree.InRange, st.integers(-9, 9), st.integers(-9, 9))),
    weight=st.one_of(st.none(), st.builds(tree.Weight, st.sampled_from(["fweight", "pweight", ""]), EXPRESSIONS)),
    equations=st.lists(EQUATIONS, max_size=3).map(tuple),
    options=OPTIONS,
)


@SETTINGS
@hypothesis.given(STATEMENTS)
def test_command_lines_survive_printing(statement: tree.Statement) -> None:
    again = parsed("equations", unparse(statement))
    assert replace(again, text="", rest="") == statement
