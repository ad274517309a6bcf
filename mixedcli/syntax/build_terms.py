"""From the parser's reductions to the nodes of `mixedcli.syntax.tree`: expressions and varlists.

One method per rule (or alias) of the grammars; Lark calls them bottom-up, so there is no recursion and no parse tree
in between.  ``children`` are tokens and what other methods returned.
"""

from __future__ import annotations

from typing import Any

from ..errors import StataError, SyntaxFailure
from ..records import replace
from .factors import read_operator
from .tree import (
    Binary,
    Call,
    DateLiteral,
    Expr,
    FactorOperator,
    FactorValue,
    Interaction,
    MatrixElement,
    Missing,
    Name,
    NamePattern,
    NameRange,
    Number,
    Operated,
    Span,
    Stored,
    String,
    Subscript,
    TermGroup,
    TimeOperated,
    TimeValue,
    Unary,
    Varlist,
    VarTerm,
)

LONGEST_NAME = 32
# Stata's numbers end just below 2^1023; larger literals are missing.
LARGEST_NUMBER = 2.0**1023

# The operator of || level: R.name; everywhere else it is an error.
RANDOM_FACTOR = "R"


def span_of(first: Any, last: Any = None) -> Span:
    """From the beginning of ``first`` to the end of ``last``; both tokens or nodes."""
    last = first if last is None else last
    start = first.span[0] if hasattr(first, "span") else first.start_pos
    end = last.span[1] if hasattr(last, "span") else last.end_pos
    return start, end


def checked_name(name: str, span: Span) -> str:
    """``name`` if it is short enough for Stata; ``... invalid name`` r(198) otherwise."""
    if len(name) > LONGEST_NAME:
        raise SyntaxFailure(f"{name} invalid name", span)
    return name


def unquoted(token: str) -> str:
    """The content of a plain or compound string literal."""
    return token[2:-2] if token.startswith("`") else token[1:-1]


def refuse_random_factors(terms: Varlist) -> Varlist:
    """``terms`` unless one is ``R.name``, which only a level of a mixed model takes."""
    for term in terms:
        for part in term.parts if isinstance(term, Interaction) else (term,):
            if isinstance(part, TimeOperated) and part.operator == RANDOM_FACTOR:
                raise SyntaxFailure("R.: operator invalid", part.span)
    return terms


class Expressions:
    """expression.lark."""

    def parenthesised(self, children: list[Any]) -> Expr:
        opening, exp, closing = children
        return replace(exp, span=span_of(opening, closing))

    def binary(self, children: list[Any]) -> Binary:
        left, operator, right = children
        return Binary("!=" if operator == "~=" else str(operator), left, right, span_of(left, right))

    def unary(self, children: list[Any]) -> Unary:
        operator, operand = children
        return Unary("!" if operator == "~" else str(operator), operand, span_of(operator, operand))

    def number(self, children: list[Any]) -> Number | Missing:
        (token,) = children
        value = float(token.lower().replace("d", "e"))
        return Number(value, span_of(token)) if value < LARGEST_NUMBER else Missing(".", span_of(token))

    def missing(self, children: list[Any]) -> Missing:
        (token,) = children
        return Missing(str(token), span_of(token))

    def string(self, children: list[Any]) -> String:
        (token,) = children
        return String(unquoted(token), span_of(token))

    def name(self, children: list[Any]) -> Name:
        (token,) = children
        return Name(checked_name(str(token), span_of(token)), span_of(token))

    def subscript(self, children: list[Any]) -> Subscript:
        name, _, index, closing = children
        return Subscript(checked_name(str(name), span_of(name)), index, span_of(name, closing))

    def element(self, children: list[Any]) -> MatrixElement:
        name, _, row, _, column, closing = children
        checked_name(str(name).partition("(")[0], span_of(name))
        return MatrixElement("".join(name.split()), row, column, span_of(name, closing))

    def date_literal(self, children: list[Any]) -> DateLiteral:
        (token,) = children
        unit, _, text = token[:-1].removeprefix("t").partition("(")
        return DateLiteral(unit, text.strip(), span_of(token))

    def arguments(self, children: list[Any]) -> list[Expr]:
        if len(children) == 1:
            return children
        listed, _, exp = children
        listed.append(exp)
        return listed

    def call(self, children: list[Any]) -> Call:
        args = tuple(children[2]) if len(children) == 4 else ()
        return Call(str(children[0]), args, span_of(children[0], children[-1]))

    def stored_estimate(self, children: list[Any]) -> Stored:
        (token,) = children
        kind, _, key = token[:-1].partition("[")
        kind = kind.strip()
        return Stored("_b" if kind == "_coef" else kind, key.strip(), span_of(token))

    def stored_result(self, children: list[Any]) -> Stored:
        (token,) = children
        return Stored(token[0], token[2:-1].strip(), span_of(token))

    def factor_value(self, children: list[Any]) -> FactorValue:
        level, name = children
        return FactorValue(int(level.rstrip(".bno")), str(name), span_of(level, name))

    def time_value(self, children: list[Any]) -> TimeValue:
        operator, name = children
        return TimeValue(operator[:-1].upper(), checked_name(str(name), span_of(name)), span_of(operator, name))

    def operator_in_expression(self, children: list[Any]) -> Expr:
        (token,) = children
        raise StataError("factor-variable operators not allowed", 101, span_of(token))

    def equation_coefficient(self, children: list[Any]) -> Stored:
        """``[eq]x`` and ``[eq]_b[x]`` are other spellings of ``_b[eq:x]``."""
        equation, what = children
        span = span_of(equation, what)
        key = equation[1:-1].strip()
        if "[" not in what:
            return Stored("_b", f"{key}:{what}", span)
        stored = self.stored_estimate([what])
        return Stored(stored.kind, f"{key}:{stored.key}", span)


class Varlists:
    """varlist.lark."""

    def variables(self, children: list[Any]) -> Varlist:
        return tuple(children[0]) if children else ()

    def varlist(self, children: list[Any]) -> list[VarTerm]:
        if len(children) == 1:
            return children
        terms, term = children
        terms.append(term)
        return terms

    def pattern(self, children: list[Any]) -> NamePattern:
        (token,) = children
        return NamePattern(checked_name(str(token), span_of(token)), span_of(token))

    def name_range(self, children: list[Any]) -> NameRange:
        first, _, last = children
        for token in (first, last):
            if not token.isidentifier():
                raise SyntaxFailure(f"{token} invalid name", span_of(token))
        return NameRange(str(first), str(last), span_of(first, last))

    def operated(self, children: list[Any]) -> VarTerm:
        token, operand = children
        span = span_of(token, operand)
        if token == "R." and isinstance(operand, NamePattern):
            return TimeOperated(RANDOM_FACTOR, operand, span)
        operator = read_operator(str(token[:-1]), span_of(token))
        if isinstance(operator, FactorOperator):
            return Operated(operator, operand, span)
        return TimeOperated(operator, operand, span)

    def group(self, children: list[Any]) -> TermGroup:
        opening, terms, closing = children
        return TermGroup(refuse_random_factors(tuple(terms)), span_of(opening, closing))

    def interaction(self, children: list[Any]) -> Interaction:
        """``a#b#c`` is one node; where ``#`` and ``##`` meet, the left pair is one part of the new node."""
        left, sign, right = children
        full = sign == "##"
        joined = isinstance(left, Interaction) and left.full == full
        parts = (*left.parts, right) if joined else (left, right)
        return Interaction(parts, full, span_of(left, right))
