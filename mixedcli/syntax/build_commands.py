"""From the parser's reductions to the nodes of `mixedcli.syntax.tree`: whole command lines.  See `build_terms`."""

from __future__ import annotations

import re
from typing import Any

from ..errors import NotBuilt, SyntaxFailure
from ..records import replace
from .build_matrix import Matrices
from .build_terms import RANDOM_FACTOR, Expressions, Varlists, checked_name, refuse_random_factors, span_of, unquoted
from .tree import (
    Assignment,
    Call,
    Coefficient,
    DisplayDirective,
    DisplayValue,
    Equation,
    Expr,
    Hypothesis,
    InRange,
    NamePattern,
    OptionText,
    Span,
    Stored,
    String,
    TimeOperated,
    Weight,
    Word,
)

STORAGE_TYPES = frozenset({"byte", "int", "long", "float", "double", "str", "strL"})
_STRING_TYPE = re.compile(r"str[1-9]\d{0,3}")
_WEIGHTS = {
    "fw": ("fweight", "frequency"), "aw": ("aweight",), "pw": ("pweight",), "iw": ("iweight",), "w": ("weight",)
}
_DIRECTIVES = {
    "n": "newline", "s": "skip", "co": "column", "d": "duplicate", "ch": "char", "c": "continue", "q": "quote",
    "a": "asis",
}  # fmt: skip
_STYLES = {
    "text": "text", "txt": "text", "green": "text", "result": "result", "res": "result", "yellow": "result",
    "error": "error", "err": "error", "red": "error", "input": "input", "inp": "input", "white": "input",
    "blue": "text", "smcl": "text",
}  # fmt: skip


class Qualifiers:
    """qualifiers.lark and options.lark: what follows the variables, as fields of `Statement`."""

    def qualifiers(self, children: list[Any]) -> dict[str, Any]:
        if not children:
            return {}
        fields, (field, value, span) = children
        if field in fields:
            raise SyntaxFailure("invalid syntax", span)
        fields[field] = value
        return fields

    def condition(self, children: list[Any]) -> tuple[str, Expr, Span]:
        word, exp = children
        return "condition", exp, span_of(word, exp)

    def in_range(self, children: list[Any]) -> tuple[str, InRange, Span]:
        (token,) = children
        ends = [_observation(end) for end in token[2:].split("/")]
        return "in_range", InRange(ends[0], ends[-1], span_of(token)), span_of(token)

    def weight(self, children: list[Any]) -> tuple[str, Weight, Span]:
        opening, exp, closing = children
        span = span_of(opening, closing)
        word = opening.strip("[= \t")
        for shortest, names in _WEIGHTS.items():
            if any(word.startswith(shortest) and name.startswith(word) for name in names):
                return "weight", Weight("" if shortest == "w" else names[0], exp, span), span
        raise SyntaxFailure("invalid syntax", span)

    def using(self, children: list[Any]) -> tuple[str, str, Span]:
        word, file = children
        return "using", unquoted(file) if file[0] in "\"`" else str(file), span_of(word, file)

    def options(self, children: list[Any]) -> tuple[OptionText, ...]:
        return tuple(children[0]) if children else ()

    def option_list(self, children: list[Any]) -> list[OptionText]:
        if len(children) == 1:
            return []
        listed, option = children
        listed.append(option)
        return listed

    def option(self, children: list[Any]) -> OptionText:
        name = children[0]
        if len(children) == 1:
            return OptionText(str(name), None, span_of(name))
        _, opening, raw, closing = children
        text, inner = _argument(opening, raw, closing)
        return OptionText(str(name), text, span_of(name, closing), inner)

    def raw(self, children: list[Any]) -> list[str]:
        """The tokens of an argument in order, those of nested parentheses too."""
        if not children:
            return []
        pieces, *more = children
        for piece in more:
            if isinstance(piece, list):
                pieces.extend(piece)
            else:
                pieces.append(piece)
        return pieces


def _argument(opening: Any, pieces: list[Any], closing: Any) -> tuple[str, Span]:
    """The text between two parentheses, trimmed, and where it lies."""
    at = opening.end_pos
    text = ""
    for token in pieces:
        text += " " * (token.start_pos - at) + token
        at = token.end_pos
    text += " " * (closing.start_pos - at)
    start = opening.end_pos + len(text) - len(text.lstrip())
    return text.strip(), (start, start + len(text.strip()))


def _observation(text: str) -> int:
    """One end of an ``in`` range; ``f`` is the first observation, ``l`` the last.

    Digits that no observation number has are dropped: Python refuses to read thousands of them.
    """
    return {"f": 1, "l": -1}.get(text.strip().lower()) or int(text.strip()[:19])


class Commands:
    """The start rules: each gives the fields of the `Statement` it describes."""

    def assigned(self, children: list[Any]) -> Expr | None:
        return children[1] if children else None

    def standard(self, children: list[Any]) -> dict[str, Any]:
        varlist, exp, qualifiers, options = children
        return {"varlist": refuse_random_factors(varlist), "exp": exp, "options": options, **qualifiers}

    def part(self, children: list[Any]) -> dict[str, Any]:
        varlist, qualifiers, options = children
        return {"varlist": varlist, "options": options, **qualifiers}

    def level(self, children: list[Any]) -> tuple[Equation, dict[str, Any]]:
        name, _, fields = children
        terms, options = fields.pop("varlist"), fields.pop("options")
        factor = None
        match terms:
            case (TimeOperated(operator=operator, operand=NamePattern(pattern=pattern)),) if operator == RANDOM_FACTOR:
                factor, terms = pattern, ()
        refuse_random_factors(terms)
        return Equation(str(name), terms, factor, options, span_of(name)), fields

    def equations(self, children: list[Any]) -> dict[str, Any]:
        if len(children) == 1:
            refuse_random_factors(children[0]["varlist"])
            return {**children[0], "equations": ()}
        fields, bars, (equation, qualifiers) = children
        for field, value in qualifiers.items():
            if field in fields:
                raise SyntaxFailure("invalid syntax", getattr(value, "span", span_of(bars)))
            fields[field] = value
        fields["equations"] += (equation,)
        return fields

    def target(self, children: list[Any]) -> tuple[str | None, Any, str | None]:
        """``[type] name [:label]`` as (type, name token, label)."""
        storage = None
        if len(children) in (2, 4):
            storage, *children = children
            if storage not in STORAGE_TYPES and not _STRING_TYPE.fullmatch(storage):
                raise SyntaxFailure("invalid syntax", span_of(children[0]))
        checked_name(str(children[0]), span_of(children[0]))
        return storage and str(storage), children[0], str(children[2]) if len(children) == 3 else None

    def assignment(self, children: list[Any]) -> dict[str, Any]:
        (storage, name, label), _, exp, qualifiers, options = children
        node = Assignment(str(name), exp, storage, label, span_of(name, exp))
        return {"assignment": node, "options": options, **qualifiers}

    def egen(self, children: list[Any]) -> dict[str, Any]:
        (storage, name, label), _, function, opening, raw, closing, qualifiers, options = children
        text, inner = _argument(opening, raw, closing)
        call = Call(str(function), (String(text, inner),), span_of(function, closing))
        node = Assignment(str(name), call, storage, label, span_of(name, closing))
        return {"assignment": node, "options": options, "arguments": (Word(text, span=inner),), **qualifiers}

    def expression_only(self, children: list[Any]) -> dict[str, Any]:
        exp, qualifiers, options = children
        return {"exp": exp, "expressions": (exp,), "options": options, **qualifiers}

    def words(self, children: list[Any]) -> list[Word]:
        return [*children[0], children[1]] if children else []

    def word(self, children: list[Any]) -> Word:
        (token,) = children
        if token[0] == '"' or token.startswith('`"'):
            return Word(unquoted(token), True, span_of(token))
        return Word(str(token), False, span_of(token))

    def names(self, children: list[Any]) -> dict[str, Any]:
        words, options = children
        return {"arguments": tuple(words), "options": options}


class Displays:
    """display.lark."""

    def expressions(self, children: list[Any]) -> dict[str, Any]:
        items = tuple(children[0])
        values = tuple(item.exp for item in items if isinstance(item, DisplayValue))
        return {"arguments": items, "expressions": values}

    def display_items(self, children: list[Any]) -> list[Any]:
        return [*children[0], children[1]] if children else []

    def display_value(self, children: list[Any]) -> DisplayValue:
        exp = children[-1]
        return DisplayValue(exp, str(children[0]) if len(children) == 2 else None, span_of(children[0], exp))

    def display_style(self, children: list[Any]) -> DisplayDirective:
        (token,) = children
        return DisplayDirective(_STYLES[token.split()[1]], None, span_of(token))

    def display_directive(self, children: list[Any]) -> DisplayDirective:
        word = children[0].strip("_( \t")
        parenthesised = len(children) == 3
        keys = ("n", "s", "co", "d", "ch") if parenthesised else ("n", "q", "a", "c")
        name = next(_DIRECTIVES[key] for key in keys if word.startswith(key))
        return DisplayDirective(name, children[1] if parenthesised else None, span_of(children[0], children[-1]))

    def display_request(self, children: list[Any]) -> DisplayDirective:
        raise NotBuilt("display _request()", span_of(children[0]))

    def display_comma(self, children: list[Any]) -> DisplayDirective:
        return DisplayDirective("comma", None, span_of(children[0]))


class Coefficients:
    """coefficients.lark."""

    def coefficient(self, children: list[Any]) -> Coefficient:
        equation, name = "", ""
        for token in children:
            if token.startswith("["):
                equation = token[1:-1].strip()
            else:
                name = str(token)
        return Coefficient(equation, name, span_of(children[0], children[-1]))

    def stored_coefficient(self, children: list[Any]) -> Coefficient | Stored:
        stored = Expressions().stored_estimate(children[-1:])
        span = span_of(children[0], children[-1])
        equation, _, name = stored.key.rpartition(":")
        if name.strip().startswith("/") and not equation:      # _b[/lnalpha] is [/]lnalpha
            equation, name = "/", name.strip()[1:]
        if len(children) == 2:
            equation = children[0][1:-1].strip()
        if stored.kind == "_se":
            return Stored("_se", f"{equation}:{name}" if equation else name, span)
        return Coefficient(equation.strip(), name.strip(), span)

    def listed(self, children: list[Any]) -> list[Expr]:
        return [*children[0], children[1]] if isinstance(children[0], list) else list(children)

    def equality(self, children: list[Any]) -> Hypothesis:
        left, _, right = children
        sides = (*left.sides, right) if isinstance(left, Hypothesis) else (left, right)
        return Hypothesis(sides, span_of(left, right))

    def hypothesis(self, children: list[Any]) -> list[Hypothesis]:
        if len(children) == 3:
            opening, equality, closing = children
            return [replace(equality, span=span_of(opening, closing))]
        (side,) = children
        return [side if isinstance(side, Hypothesis) else Hypothesis((side,), span_of(side))]

    def hypothesis_list(self, children: list[Any]) -> list[Hypothesis]:
        _, sides, _ = children
        return [Hypothesis((side,), span_of(side)) for side in sides]

    def among(self, children: list[Any]) -> list[Any]:
        return [*children[0], children[1]] if isinstance(children[0], list) else list(children)

    def across(self, children: list[Any]) -> list[Hypothesis]:
        """One hypothesis per coefficient named, its sides that coefficient in each equation."""
        names = [name.strip() for name in children[0][1:-1].replace("==", "=").split("=")]
        span = span_of(children[0])
        named = children[2] if len(children) > 1 else [""]
        return [
            Hypothesis(tuple(Coefficient(equation, str(name), span_of(name) if name else span) for equation in names),
                       span)
            for name in named
        ]

    def hypothesis_across(self, children: list[Any]) -> list[Hypothesis]:
        hypotheses: list[Hypothesis] = children[1]
        return hypotheses

    def hypotheses(self, children: list[Any]) -> list[Hypothesis]:
        return [hypothesis for child in children for hypothesis in child]

    def coefficients(self, children: list[Any]) -> dict[str, Any]:
        *before, options = children
        hypotheses = before[0] if before else []
        single = len(hypotheses) == 1 and len(hypotheses[0].sides) == 1
        return {
            "arguments": tuple(hypotheses),
            "expressions": tuple(side for hypothesis in hypotheses for side in hypothesis.sides),
            "exp": hypotheses[0].sides[0] if single else None,
            "options": options,
        }


class Builder(Expressions, Varlists, Qualifiers, Commands, Displays, Coefficients, Matrices):
    """All methods together; this is what the parsers call."""


