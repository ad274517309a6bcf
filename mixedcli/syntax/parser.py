"""From the text of a command to its tree, with the grammars in ``grammar/*.lark``.

Start rules and the fields of `Statement` they fill (all but ``raw`` also fill ``options``):

================ ==================================================================================================
standard         varlist, exp (of ``= exp``), condition, in_range, weight, using
equations        varlist, condition, in_range, weight, equations
assignment       assignment, condition, in_range
egen             the same; the function's argument is text, in ``arguments[0]`` (a `Word`) and in the `Call`
expression_only  exp (also in expressions), condition, in_range
expressions      arguments (`DisplayValue`, `DisplayDirective`), expressions; no options
coefficients     arguments (`Hypothesis`), expressions (all their sides), exp if there is only one
names            arguments (`Word`)
file             using: the name in ``[varlist] [if] [in] using FILE`` (then the other fields too) or in ``FILE``
raw              none; the command reads ``rest``
================ ==================================================================================================

Lark is imported, and a grammar built, when the first statement needs it: a one-liner pays for one grammar.
"""

from __future__ import annotations

import functools
import gc
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import StataError, SyntaxFailure
from ..resources import cache_path, grammar_path
from .depth import check_depth
from .failure import syntax_failure
from .head import Head, split_head
from .tree import Expr, MatrixAssignment, Statement, Varlist

if TYPE_CHECKING:
    from lark import Lark

__all__ = ["Head", "parse", "parse_expression", "parse_leading_expression", "parse_matrix", "parse_varlist", "split_head"]

# Which files make up the grammar of each start rule.  Fewer files, faster start.
_FILES = {
    "standard": ("tokens", "expression", "varlist", "qualifiers", "options", "command"),
    "equations": ("tokens", "expression", "varlist", "qualifiers", "options", "equations"),
    "assignment": ("tokens", "expression", "qualifiers", "options", "assignment"),
    "egen": ("tokens", "expression", "qualifiers", "options", "assignment"),
    "expression_only": ("tokens", "expression", "qualifiers", "options", "assertion"),
    "expressions": ("tokens", "expression", "display"),
    "coefficients": ("tokens", "options", "coefficients"),
    "names": ("tokens", "options", "names"),
    "matrix": ("tokens", "expression", "matrix"),
    "variables": ("tokens", "varlist"),
    "exp": ("tokens", "expression"),
}
STARTS = (*(start for start in _FILES if start not in ("variables", "exp", "matrix")), "file", "raw")

# Stata refuses longer command lines.
LONGEST = 1_081_511
_USING = re.compile(r"(?:^|[\s)])using\s")


def parse(text: str, start: str, word: str = "", offset: int = 0) -> Statement:
    """The statement ``text``, whose command word ``word`` has been read and whose arguments begin at ``offset``.

    Spans in the tree are offsets into ``text``.  Raises `StataError` (nearly always `SyntaxFailure`) with a span.
    """
    if start == "raw":
        fields: dict[str, Any] = {}
    elif start == "file":
        fields = _file(text, offset)
    else:
        fields = _run(start, text, offset)
    return Statement(text=text, word=word, rest=text[offset:], span=(0, len(text)), **fields)


def parse_expression(text: str, offset: int = 0) -> Expr:
    """One expression; ``offset`` is added to its spans (where ``text`` lies in the statement)."""
    return _shifted(lambda: _run("exp", " " * offset + text, offset), text, offset)


def parse_leading_expression(text: str, offset: int = 0) -> tuple[Expr, int]:
    """The longest expression that begins at ``offset`` of ``text``, and where the rest begins (``if x > 1 drop y``)."""
    try:
        return _run("exp", text, offset), len(text)
    except StataError as error:
        at = error.span[0] if error.span else offset
        if at <= offset:
            raise
        return _run("exp", text[:at], offset), at


def parse_matrix(text: str, offset: int) -> MatrixAssignment:
    """``A = exp`` or ``A[i,j] = exp``, which begins at ``offset`` of ``text``."""
    made: MatrixAssignment = _run("matrix", text, offset)
    return made


def parse_varlist(text: str, offset: int = 0) -> Varlist:
    """A varlist, maybe empty; ``offset`` as in `parse_expression`."""
    from .build_terms import refuse_random_factors

    return refuse_random_factors(_shifted(lambda: _run("variables", " " * offset + text, offset), text, offset))


def _shifted(run: Callable[[], Any], text: str, offset: int) -> Any:
    try:
        return run()
    except StataError as error:
        raise error.at((offset, offset + len(text))) from None


def _file(text: str, offset: int) -> dict[str, Any]:
    """``use x y using FILE, clear`` and ``use FILE, clear``."""
    if _USING.search(text, offset):
        return _run("standard", text, offset)
    fields = _run("names", text, offset)
    words = fields.pop("arguments")
    if len(words) > 1:
        raise SyntaxFailure("invalid file specification", words[1].span)
    return {**fields, "using": words[0].text if words else None}


def _run(start: str, text: str, offset: int) -> Any:
    """Parse ``text`` from ``offset`` on.  What lies before is blanked out, so that all positions are right."""
    if len(text) > LONGEST:
        raise SyntaxFailure("line too long", (LONGEST, len(text)))
    from lark.exceptions import LarkError, UnexpectedInput

    try:
        built = _parser(start).parse(" " * offset + text[offset:])
        check_depth(built)
        return built
    except UnexpectedInput as error:
        at, expected = _complaint(error, text)
        raise syntax_failure(text, offset, at, start, expected) from None
    except (LarkError, RecursionError, OverflowError):
        raise SyntaxFailure("invalid syntax", (offset, len(text))) from None


def _complaint(error: Any, text: str) -> tuple[int, frozenset[str]]:
    """Where the parser stopped and what it would have taken there."""
    token = getattr(error, "token", None)
    if token is None:
        return error.pos_in_stream, frozenset(error.allowed or ())
    at = len(text.rstrip()) if token.type == "$END" else token.start_pos
    return at, frozenset(error.expected or ())


@functools.cache
def _parser(start: str) -> Lark:
    """The parser of one start rule; its tables are kept in the user's cache: making them takes a third of a start."""
    # Building tables makes many small objects and no garbage worth a collection: pausing it saves a third of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        from lark import Lark

        from .build_commands import Builder

        return Lark(
            _grammar(start), parser="lalr", start=start, transformer=Builder(), maybe_placeholders=False,
            cache=cache_path(f"{start}.lark-tables") or False,
        )  # fmt: skip
    finally:
        if collecting:
            gc.enable()


def _grammar(start: str) -> str:
    parts = []
    for name in _FILES[start]:
        with open(grammar_path(name), encoding="utf-8") as file:
            parts.append(file.read())
    return "\n".join(parts)


