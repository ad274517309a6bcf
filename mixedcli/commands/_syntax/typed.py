"""What was typed after the name of a program, taken apart: subject, if, in, using, weight, =exp, options."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...errors import StataError
from ...records import record
from ...syntax.words import compound_end

_CLAUSE = re.compile(r"(if|in|using)(?!\w)|(\[)\s*(?:fw|aw|pw|iw|w)[a-z]*\s*=(?!=)|(?<![=<>!~])(=)(?!=)|(,)")
_WEIGHT = re.compile(r"\[\s*(?P<kind>fw|aw|pw|iw|w)[a-z]*\s*=(?P<exp>.*)\]\s*\Z", re.DOTALL)
_NAME = re.compile(r"[^\W\d]\w*")
_FULL = {"fw": "fweight", "aw": "aweight", "pw": "pweight", "iw": "iweight", "w": ""}


@record
class Typed:
    """The parts of a command line as they were typed.

    ``clauses``: the text after ``if``, ``in``, ``using`` and ``=`` (key ``exp``), those that are there.  ``weight``: its
    kind (``""`` for a plain ``[w=exp]``) and expression.  ``options``: (name, text in parentheses or None), or None
    without a comma.
    """

    subject: str
    clauses: dict[str, str]
    weight: tuple[str, str] | None
    options: tuple[tuple[str, str | None], ...] | None


def read_typed(text: str, known: frozenset[str]) -> Typed:
    """``text`` taken apart.  ``known``: the clauses to look for, out of ``if in using exp weight options``.

    Raises r(198) for a clause that comes twice or options that cannot be read, r(132) for quotes that stay open.
    """
    cuts = [cut for cut in _cuts(text) if cut[0] in known]
    comma = next((i for i, cut in enumerate(cuts) if cut[0] == "options"), None)
    options = None
    if comma is not None:
        options = read_typed_options(text[cuts[comma][2] :])
        text, cuts = text[: cuts[comma][1]], cuts[:comma]
    ends = [*(start for _, start, _ in cuts[1:]), len(text)][: len(cuts)]
    clauses: dict[str, str] = {}
    for (name, start, after), end in zip(cuts, ends, strict=True):
        if name in clauses:
            raise StataError("invalid syntax", 198)
        clauses[name] = text[start:end].strip() if name == "weight" else text[after:end].strip()
    weight = _weight(clauses.pop("weight", ""))
    return Typed(text[: cuts[0][1]].strip() if cuts else text.strip(), clauses, weight, options)


def _cuts(text: str) -> Iterator[tuple[str, int, int]]:
    """Where clauses begin outside quotes and parentheses: (name, start, where its text begins)."""
    at, depth, boundary = 0, 0, True
    while at < len(text):
        sign = text[at]
        if sign == '"' or text.startswith('`"', at):
            at, boundary = past_string(text, at), True
            continue
        match = _CLAUSE.match(text, at) if depth == 0 else None
        if match and (boundary or not match[1]):
            name = match[1] or {"[": "weight", "=": "exp", ",": "options"}[match[0][0]]
            yield name, at, match.end()
            if name == "options":
                return
            if not match[2]:
                at, boundary = match.end(), True
                continue
        depth += (sign in "([") - (sign in ")]")
        boundary = not (sign.isalnum() or sign in "_.")
        at += 1


def past_string(text: str, at: int) -> int:
    """Past the end of the string that opens at ``at``; r(132) if it is not closed."""
    if text[at] == "`":
        return compound_end(text, at)
    end = text.find('"', at + 1)
    if end < 0:
        raise StataError("too few quotes", 132)
    return end + 1


def _weight(text: str) -> tuple[str, str] | None:
    if not text:
        return None
    match = _WEIGHT.match(text)
    if match is None:
        raise StataError("invalid syntax", 198)
    return _FULL[match["kind"]], match["exp"].strip()


def read_typed_options(text: str) -> tuple[tuple[str, str | None], ...]:
    """``detail title("a, b") at(1 2)`` as (name, text in parentheses or None)."""
    found: list[tuple[str, str | None]] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _NAME.match(text, at)
        if match is None:
            raise StataError(f"option {text[at:].split()[0]} not allowed", 198)
        at, argument = match.end(), None
        after = len(text) - len(text[at:].lstrip())
        if text.startswith("(", after):
            at = _closing(text, after) + 1
            argument = text[after + 1 : at - 1]
        found.append((match[0], argument))
    return tuple(found)


def _closing(text: str, at: int) -> int:
    """The parenthesis that closes the one at ``at``; r(198) if there is none."""
    depth = 0
    while at < len(text):
        if text[at] == '"' or text.startswith('`"', at):
            at = past_string(text, at)
            continue
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0:
            return at
        at += 1
    raise StataError("invalid syntax", 198)
