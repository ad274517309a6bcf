"""What the description after ``syntax`` says a program accepts: ``varlist(min=2) [if] [in] [, Detail Level(real 95) *]``."""

from __future__ import annotations

import re

from ...errors import StataError
from ...records import record

# The kinds of thing that may stand first in a command, and those that an option may take.
SUBJECTS = ("varlist", "varname", "newvarlist", "newvarname", "namelist", "name", "anything")
ARGUMENTS = (*SUBJECTS[:-1], "string", "passthru", "numlist", "real", "integer", "cilevel", "exp", "anything")
_WEIGHTS = {"fw": "fweight", "aw": "aweight", "pw": "pweight", "iw": "iweight"}

_PART = re.compile(r"\s*(?:(?P<open>\[)|(?P<close>\])|(?P<text>=/?\s*exp|[^\s\[\](]+\s*(?P<parens>\()?))")
_WEIGHT = re.compile(r"(?P<kind>[fapi]w)\w*(?:=\s*exp)?(?P<default>/?)\Z")
_BOUND = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\Z")
_OPTION = re.compile(r"\s*(?:(?P<sign>[\[\]*])|(?P<name>[^\W\d]\w*)(?P<parens>\()?)")


@record
class Subject:
    """What stands first in the command: ``kind`` is one of `SUBJECTS`; ``details`` the words in its parentheses."""

    kind: str
    details: dict[str, str]
    required: bool


@record
class OptionShape:
    """One option a program takes.

    ``name`` in small letters; ``least``: how many characters must be typed.  ``kind``: ``flag``, ``off`` (``noNAME``), or
    one of `ARGUMENTS`, and ``details`` what follows that word in the parentheses (a default, ``min=2``, ``>0``).
    """

    name: str
    least: int
    kind: str
    details: str
    required: bool


@record
class Shape:
    """A whole description.

    ``clauses``: of ``if in using exp``, those that may be typed: (must they, does the macro leave out the word).
    ``weights``: the kinds allowed, the default first.  ``rest``: the star, which takes all other options.
    """

    subject: Subject | None
    clauses: dict[str, tuple[bool, bool]]
    weights: tuple[str, ...]
    options: tuple[OptionShape, ...]
    rest: bool

    @property
    def takes_options(self) -> bool:
        return bool(self.options) or self.rest


def invalid_description() -> StataError:
    """Stata's error for a mistake in the description itself."""
    return StataError("invalid syntax", 197)


def read_shape(text: str) -> Shape:
    """The description ``text``.  Raises r(197) if it is none."""
    head, options, optional = _halves(text)
    subject: Subject | None = None
    clauses: dict[str, tuple[bool, bool]] = {}
    weights: list[str] = []
    for part, required in _parts(head):
        weight = _WEIGHT.match(part)
        clause = re.fullmatch(r"(if|in|using)(/?)|(=)(/?)\s*exp", part)
        if clause:
            name, slash = (clause[1], clause[2]) if clause[1] else ("exp", clause[4])
            clauses[name] = (required, slash == "/")
        elif weight:
            kind = _WEIGHTS[weight["kind"]]
            weights = [kind, *weights] if weight["default"] else [*weights, kind]
        elif subject is None:
            subject = _subject(part, required)
        else:
            raise invalid_description()
    described, rest = _options(options, optional)
    return Shape(subject, clauses, tuple(weights), described, rest)


def _halves(text: str) -> tuple[str, str, bool]:
    """What stands before the comma, what stands after it, and whether a bracket encloses the comma."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            head, tail = text[:at].rstrip(), text[at + 1 :].strip()
            if not head.endswith("["):
                return head, tail, False
            if not tail.endswith("]"):
                raise invalid_description()
            return head[:-1], tail[:-1], True
    return text, "", False


def _parts(head: str) -> list[tuple[str, bool]]:
    """The parts of the head, each with whether it must be typed."""
    found, at, optional = [], 0, False
    head = head.strip()
    while at < len(head):
        match = _PART.match(head, at)
        if match is None:
            raise invalid_description()
        at = match.end()
        if match["text"] is None:
            if optional == bool(match["open"]):
                raise invalid_description()
            optional = bool(match["open"])
            continue
        part = match["text"].rstrip()
        if match["parens"]:
            inner, at = inside(head, at)
            part = f"{part}{inner})"
        found.append((part, not optional))
    if optional:
        raise invalid_description()
    return found


def inside(text: str, at: int) -> tuple[str, int]:
    """The text of the parentheses that opened just before ``at``, and where the text goes on; r(197) if they stay open."""
    depth, start = 1, at
    while at < len(text):
        depth += (text[at] == "(") - (text[at] == ")")
        at += 1
        if depth == 0:
            return text[start : at - 1], at
    raise invalid_description()


def _subject(part: str, required: bool) -> Subject:
    kind, _, inner = part.partition("(")
    kind = kind.strip()
    if kind not in SUBJECTS:
        raise invalid_description()
    return Subject(kind, read_details(inner.removesuffix(")")), required)


def read_details(text: str) -> dict[str, str]:
    """``min=2 numeric >0`` as {"min": "2", "numeric": "", ">": "0"}.  Raises r(197) for bounds that are no numbers."""
    found = {}
    for word in re.sub(r"\s*([<>]=?|=)\s*", r" \1", text).replace(" =", "=").split():
        match = re.fullmatch(r"([<>]=?|\w+=?)(.*)", word)
        if match is None:
            raise invalid_description()
        key, value = match[1].rstrip("=") if match[1][0].isalnum() else match[1], match[2]
        if (key in ("min", "max") and not value.isdecimal()) or (key[0] in "<>" and not _BOUND.match(value)):
            raise invalid_description()
        found[key] = value
    return found


def _options(text: str, optional: bool) -> tuple[tuple[OptionShape, ...], bool]:
    found, rest, at, depth = [], False, 0, 1 if optional else 0
    text = text.strip()
    while at < len(text):
        match = _OPTION.match(text, at)
        if match is None:
            raise invalid_description()
        at = match.end()
        if match["sign"]:
            rest = rest or match["sign"] == "*"
            depth += (match["sign"] == "[") - (match["sign"] == "]")
            continue
        inner = None
        if match["parens"]:
            inner, at = inside(text, at)
        found.append(_option(match["name"], inner, required=depth == 0))
    if depth != int(optional):
        raise invalid_description()
    return tuple(found), rest


def _option(name: str, inner: str | None, required: bool) -> OptionShape:
    if inner is None:
        if re.match(r"no[A-Z]", name):
            return OptionShape(name[2:].lower(), _least(name[2:]), "off", "", required)
        return OptionShape(name.lower(), _least(name), "flag", "", required)
    kind, _, details = inner.strip().partition(" ")
    if kind not in ARGUMENTS:
        raise invalid_description()
    has_default = kind == "cilevel" or (kind in ("real", "integer") and details.strip() != "")
    return OptionShape(name.lower(), _least(name), kind, details.strip(), required and not has_default)


def _least(name: str) -> int:
    """How much of an option must be typed: its leading capitals, or all of it if it has none."""
    capitals = re.match(r"[A-Z0-9_]*", name)
    return len(capitals[0]) if capitals and capitals[0] and name[0].isupper() else len(name)
