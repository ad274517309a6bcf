"""The at() option of margins: which covariates are fixed, and at what.

``at((mean) _all age=(20 30) sex=1)`` is read from left to right, later items replacing earlier ones; every combination
of the values listed is one point.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from itertools import product

from ...errors import NotBuilt, StataError
from ...records import record
from ...results.stripe import Term
from ...syntax.numlist import read_numlist
from ...syntax.spec import OptionValues

_STATISTIC = re.compile(r"\(\s*([a-z]+\d*)\s*\)")
_VALUES = re.compile(r"=\s*(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\)|([-+]?[\w.]+))")
_GENERATE = re.compile(r"=\s*gen(?:e|er|era|erat|erate)?\s*\(")
_NAME = re.compile(r"[*?\w.~]+")
_STATISTICS = ("mean", "median", "min", "max", "zero", "base", "asobserved", "asbalanced")
_FOR_ALL = ("mean", "median", "min", "max")       # these may carry an o: over all rows, not those of a group


@record
class Covariates:
    """The variables of a model in the order of e(b): continuous ones, and the levels of the factors.

    ``bases``: the base level of each factor.  A variable may be both.
    """

    names: tuple[str, ...]
    continuous: frozenset[str]
    levels: dict[str, tuple[int, ...]]
    bases: dict[str, int]

    @classmethod
    def of(cls, terms: Iterable[Term]) -> Covariates:
        parts = [part for term in terms for part in term.parts if part.variable != "_cons"]
        levels: dict[str, set[int]] = {}
        for part in parts:
            if part.level is not None:
                levels.setdefault(part.variable, set()).add(part.level)
        ordered = {name: tuple(sorted(found)) for name, found in levels.items()}
        bases = {name: found[0] for name, found in ordered.items()}
        bases.update({part.variable: part.level for part in parts if part.base and part.level is not None})
        continuous = frozenset(part.variable for part in parts if part.level is None)
        return cls(tuple(dict.fromkeys(part.variable for part in parts)), continuous, ordered, bases)

    def matching(self, word: str, version: float) -> list[str]:
        """The covariates that a word names: ``_all``, ``_factor``, ``_continuous``, a pattern, a name, or the only name
        that begins so.  Raises r(322) where there is none."""
        groups = {
            "_all": self.names,
            "*": self.names,
            "_factor": tuple(name for name in self.names if name in self.levels),
            "_continuous": tuple(name for name in self.names if name not in self.levels),
        }
        if word in groups:
            return list(groups[word])
        if word in self.names:
            return [word]
        found = fnmatch.filter(self.names, word) if re.search(r"[*?]", word) else []
        starting = [name for name in self.names if name.startswith(word)]
        if not found and len(starting) == 1:
            found = starting
        if not found:
            raise not_found(word, version)
        return found


def not_found(word: str, version: float, kind: str = "") -> StataError:
    """The answer to a name that is no covariate of the model."""
    shown = word if version >= 16 else f"'{word}'"
    return StataError(f"{kind}{shown} not found in list of covariates", 322)


@record
class Setting:
    """What one covariate is fixed at: a number, or a statistic over the rows (``overall``: not those of a group)."""

    value: float | None = None
    statistic: str = ""
    overall: bool = False


Point = dict[str, Setting]


def read_points(options: OptionValues, covariates: Covariates, version: float) -> tuple[Point, ...]:
    """The points of all at() options, covariates in the order of the model; none without at() and atmeans.

    Raises r(198) for what cannot be read, r(322) for names that are not in the model.
    """
    start: Point = {}
    if options["asbalanced"]:
        start.update({name: Setting(statistic="asbalanced") for name in covariates.levels})
    if options["atmeans"]:
        start = {name: start.get(name, Setting(statistic="mean")) for name in covariates.names}
    texts = options["at"] or ()
    if not texts:
        return (_ordered(start, covariates),) if start else ()
    return tuple(point for text in texts for point in _points(text, start, covariates, version))


def _ordered(point: Point, covariates: Covariates) -> Point:
    kept = {name: point[name] for name in covariates.names if name in point}
    return {name: each for name, each in kept.items() if each.statistic != "asobserved"}


def _points(text: str, start: Point, covariates: Covariates, version: float) -> list[Point]:
    """The points of one at() option: the last of the lists of values varies fastest."""
    choices: dict[str, list[Setting]] = {name: [setting] for name, setting in start.items()}
    listed: list[str] = []
    for names, settings in _items(text, covariates, version):
        for name in names:
            _check(name, settings, covariates)
            choices[name] = settings
            if name in listed:
                listed.remove(name)
            listed.append(name)
    first = [name for name in choices if name not in listed]
    order = first + listed
    return [_ordered(dict(zip(order, each, strict=True)), covariates) for each in product(*(choices[n] for n in order))]


def _check(name: str, settings: list[Setting], covariates: Covariates) -> None:
    """A factor can only be at one of its levels."""
    if name in covariates.continuous:
        return
    for setting in settings:
        if setting.value is not None and setting.value not in covariates.levels[name]:
            raise StataError(f"invalid at() option;\n'{name}' has no level {setting.value:g}", 198)


def _items(text: str, covariates: Covariates, version: float) -> list[tuple[list[str], list[Setting]]]:
    """What an at() option says, item by item: covariates, and the settings each of them takes."""
    found: list[tuple[list[str], list[Setting]]] = []
    names: list[str] = []
    statistic: Setting | None = None
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        if _GENERATE.match(text, at):
            raise NotBuilt("at(generate())")
        values, named, word = _VALUES.match(text, at), _STATISTIC.match(text, at), _NAME.match(text, at)
        if values and names:
            last = names.pop() if statistic else ""
            if statistic is not None and names:
                found.append((names, [statistic]))
            numbers = read_numlist(values[1] if values[1] is not None else values[2])
            found.append(([last] if last else names, [Setting(number) for number in numbers]))
            names, at = [], values.end()
        elif named:
            names = _flushed(found, names, statistic)
            statistic, at = _statistic(named[1]), named.end()
        elif word:
            names += covariates.matching(word[0].removeprefix("i.").removeprefix("c."), version)
            at = word.end()
        else:
            raise StataError("invalid at() option", 198)
    _flushed(found, names, statistic)
    if not found:
        raise StataError("invalid at() option", 198)
    return found


def _flushed(found: list[tuple[list[str], list[Setting]]], names: list[str], statistic: Setting | None) -> list[str]:
    """Names that waited for the end of their list get its statistic; no names wait any more."""
    if names and statistic is None:
        raise StataError("invalid at() option", 198)
    if names and statistic is not None:
        found.append((names, [statistic]))
    return []


def _statistic(word: str) -> Setting:
    """``mean``, ``p25``, ``omedian``, ...; ``means`` is ``mean``."""
    overall = word.startswith("o") and (word[1:] in _FOR_ALL or bool(re.fullmatch(r"op\d\d?", word)))
    name = word.removeprefix("o") if overall else word
    name = "mean" if name == "means" else name
    if name not in _STATISTICS and not re.fullmatch(r"p[1-9]\d?", name):
        raise StataError(f"invalid at() option;\nstatistic {word} not recognized", 198)
    return Setting(statistic=name, overall=overall)
