"""Operations on lists held in macros: ``: list uniq A``, ``: list A - B``, ``: list posof "x" in A`` ([P] macro lists).

The elements of a list are its words, compared without their quotes.  Except to ``uniq`` and ``dups``, the second ``b``
of ``a b b`` is an element of its own, different from the first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable

from ..errors import StataError
from .words import QuotedWord, bound, next_word, split_words

Elements = tuple[QuotedWord, ...]
Lookup = Callable[[str, str], str]

_OPERAND = r"(?:(?P<{0}kind>local|global)\(\s*(?P<{0}inner>\w+)\s*\)|(?P<{0}name>\w+))"
_UNARY = re.compile(rf"(?P<function>\w+)\s+{_OPERAND.format('a')}\s*\Z")
_BINARY = re.compile(rf"{_OPERAND.format('a')}\s*(?P<op>===|==|[|&-]|\bin\b)\s*{_OPERAND.format('b')}\s*\Z")
_IN = re.compile(rf"\s*in\s+{_OPERAND.format('a')}\s*\Z")


def evaluate_list(text: str, lookup: Lookup) -> str:
    """The result of a list operation; ``lookup(kind, name)`` gives the content of a ``local`` or ``global`` macro.

    Raises r(198) for what is no list operation, r(132) for quotes in a list that do not match.
    """
    text = text.strip()
    if re.match(r"posof\b", text):
        return _position(text[5:], lookup)
    match = _BINARY.match(text)
    if match:
        left, right = (split_words(_content(match, side, lookup)) for side in "ab")
        return _TWO[match["op"]](left, right)
    match = _UNARY.match(text)
    if match and match["function"] in _ONE:
        return _ONE[match["function"]](split_words(_content(match, "a", lookup)))
    raise StataError("invalid syntax", 198)


def _content(match: re.Match[str], side: str, lookup: Lookup) -> str:
    if match[f"{side}name"] is not None:
        return lookup("local", match[f"{side}name"])
    return lookup(match[f"{side}kind"], match[f"{side}inner"])


def _position(text: str, lookup: Lookup) -> str:
    """``posof "element" in A``: the place of the first such element, 0 if there is none."""
    wanted, end = next_word(text)
    match = _IN.match(text, end)
    if match is None or wanted.raw == wanted.text:
        raise StataError("invalid syntax", 198)
    elements = split_words(_content(match, "a", lookup))
    return str(next((k for k, each in enumerate(elements, 1) if each.text == wanted.text), 0))


def _joined(elements: Iterable[QuotedWord]) -> str:
    return " ".join(each.raw for each in elements)


def _counts(elements: Elements) -> Counter[str]:
    return Counter(each.text for each in elements)


def _split(elements: Elements, others: Elements) -> tuple[list[QuotedWord], list[QuotedWord]]:
    """The elements that ``others`` has too, and those that it has not, duplicates paired off one by one."""
    left = _counts(others)
    shared: list[QuotedWord] = []
    rest: list[QuotedWord] = []
    for each in elements:
        (shared if left[each.text] > 0 else rest).append(each)
        left[each.text] -= 1
    return shared, rest


def _first_ones(elements: Elements) -> Elements:
    first: dict[str, QuotedWord] = {}
    for each in elements:
        first.setdefault(each.text, each)
    return tuple(first.values())


def _surplus(elements: Elements) -> list[QuotedWord]:
    """Every element that has stood in the list before."""
    seen: set[str] = set()
    out = []
    for each in elements:
        if each.text in seen:
            out.append(each)
        seen.add(each.text)
    return out


_ONE: dict[str, Callable[[Elements], str]] = {
    "uniq": lambda a: _joined(_first_ones(a)),
    "dups": lambda a: _joined(_surplus(a)),
    "sort": lambda a: _joined(sorted(a, key=lambda each: each.text)),
    "retokenize": _joined,
    "clean": lambda a: " ".join(bound(each.text) for each in a),
    "sizeof": lambda a: str(len(a)),
}
_TWO: dict[str, Callable[[Elements, Elements], str]] = {
    "|": lambda a, b: _joined((*a, *_split(b, a)[1])),
    "&": lambda a, b: _joined(_split(a, b)[0]),
    "-": lambda a, b: _joined(_split(a, b)[1]),
    "==": lambda a, b: str(int([each.text for each in a] == [each.text for each in b])),
    "===": lambda a, b: str(int(_counts(a) == _counts(b))),
    "in": lambda a, b: str(int(not _split(a, b)[1])),
}
