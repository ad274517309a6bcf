"""Factor-variable varlists expanded to the terms of a model, in Stata's order and with Stata's base levels.

A varlist is read in two steps.  `read_specs` turns it into interactions of variables (`Spec`: a tuple of `Atom`),
which needs names only; `expand_terms` then looks at the levels in the estimation sample and makes one `Term` per cell.

Which cells are base cells follows from printed outputs: a cell with some factors at their base level is redundant when
taking those factors away leaves a cell of the model, or nothing but the constant.  So ``a##b`` leaves out every cell
with a base level, ``i.a#c.x`` without ``x`` keeps the slope of every level, and ``a#b`` alone leaves out one cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import combinations, product
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..data.storage import is_missing, is_numeric
from ..errors import StataError
from ..expr.evaluate import working_values
from ..expr.timeseries import base_name
from ..records import record, replace
from ..results.stripe import Part, Term
from ..syntax import tree
from .varlist import expand_operated, expand_plain

MOST_TERMS = 11_000   # Stata/SE's largest matrix


@record
class Atom:
    """One variable of an interaction, with the operator it was given.

    ``levels``: the levels named (empty: all).  ``base``: as in `tree.FactorOperator`.  ``plain``: no operator written.
    """

    variable: str
    factor: bool
    levels: tuple[int, ...] = ()
    base: int | str | None = None
    base_at: int | None = None
    omitted: bool = False
    plain: bool = False
    span: tree.Span = tree.NOWHERE


Spec = tuple[Atom, ...]
Cell = frozenset[tuple[str, int | None, int]]


# ---- step 1: from the tree to specs ----------------------------------------------------------------------------


def read_specs(varlist: tree.Varlist, dataset: Dataset) -> tuple[Spec, ...]:
    """The main effects and interactions that a varlist means, with full names, in Stata's order.

    Raises r(111) unknown or ambiguous name, r(109) a string variable.
    """
    specs = [spec for term in varlist for spec in _read(term, dataset, inside=False)]
    for spec in specs:
        for atom in spec:
            _check_numeric(atom, dataset)
    return tuple(specs)


def term_variables(varlist: tree.Varlist, dataset: Dataset) -> tuple[str, ...]:
    """The variables a varlist uses, each once: those whose missing values leave the sample."""
    atoms = (atom.variable for spec in read_specs(varlist, dataset) for atom in spec)
    return tuple(dict.fromkeys(atoms))


def _read(term: tree.VarTerm, dataset: Dataset, inside: bool) -> list[Spec]:
    """The specs of one term; ``inside`` an interaction a name without operator is a factor."""
    if isinstance(term, tree.Interaction):
        return _interact([_read(part, dataset, inside=True) for part in term.parts], term.full)
    if isinstance(term, tree.Operated):
        return [_operate(term.operator, spec) for spec in _read(term.operand, dataset, inside)]
    if isinstance(term, tree.TermGroup):
        return [spec for member in term.terms for spec in _read(member, dataset, inside)]
    if isinstance(term, tree.TimeOperated):
        names = expand_operated(term, dataset)
        return [(Atom(name, factor=inside, plain=True, span=term.span),) for name in names]
    return [(Atom(name, factor=inside, plain=True, span=term.span),) for name in expand_plain(term, dataset)]


def _operate(operator: tree.FactorOperator, spec: Spec) -> Spec:
    """``spec`` with the operator on each variable that has none yet."""

    bare = not operator.levels and operator.base is None and operator.base_at is None
    new: dict[str, Any] = {
        # o.x leaves out a continuous variable, o2.x one indicator
        "factor": operator.kind == "i" and not (operator.omitted and bare),
        "levels": operator.levels,
        "base": operator.base,
        "base_at": operator.base_at,
        "omitted": operator.omitted,
        "plain": False,
    }
    return tuple(replace(atom, **new) if atom.plain else atom for atom in spec)


def _interact(parts: list[list[Spec]], full: bool) -> list[Spec]:
    """``a#b`` or, if ``full``, ``a##b``: the terms so far, the next ones, then all their products."""
    specs = parts[0]
    for right in parts[1:]:
        products = [_ordered(left + other) for left, other in product(specs, right)]
        specs = [*specs, *right, *products] if full else products
    return specs


def _ordered(spec: Spec) -> Spec:
    """Factors before continuous variables, each in the order written; a factor named twice counts once."""
    factors = {atom.variable: atom for atom in reversed([a for a in spec if a.factor])}
    ordered = sorted(factors.values(), key=[a for a in spec if a.factor].index)
    return (*ordered, *(atom for atom in spec if not atom.factor))


def _check_numeric(atom: Atom, dataset: Dataset) -> None:
    if is_numeric(dataset.columns[base_name(atom.variable)].storage):
        return
    if atom.factor:
        text = f"{atom.variable}:  string variables may not be used as factor variables"
    else:
        text = f"string variables not allowed in varlist;\n{atom.variable} is a string variable"
    raise StataError(text, 109, atom.span)


# ---- step 2: from specs to terms -------------------------------------------------------------------------------


@record
class Levels:
    """The levels of a factor in the sample, ascending; ``base`` is None where there is no base level.

    ``no_base``: ``ibn.`` was asked for, which the name of the first level shows.
    """

    values: tuple[int, ...]
    base: int | None
    no_base: bool = False


def expand_terms(varlist: tree.Varlist, dataset: Dataset, mask: np.ndarray) -> tuple[Term, ...]:
    """The terms of a varlist in Stata's order, base levels included; duplicates removed.

    ``mask``: bool, shape (n,), the estimation sample, free of missing values in the variables of the varlist.
    Raises, besides the errors of `read_specs`, r(452) for levels that are negative or not whole.
    """
    specs = read_specs(varlist, dataset)
    factors = find_levels(specs, dataset, mask)
    if sum(_count(spec, factors) for spec in specs) > MOST_TERMS:
        raise StataError("matsize too small", 908)
    cells = [cell for spec in specs for cell in _cells(spec, factors)]
    present = {_key(parts) for parts, _ in cells}
    asked_out = {_key(parts) for parts, omitted in cells if omitted}
    terms: dict[Cell, Term] = {}
    for parts, _ in cells:
        key = _key(parts)
        if key not in terms:
            terms[key] = _term(parts, present, asked_out)
    return tuple(terms.values())


def _key(parts: Iterable[Part]) -> Cell:
    """What makes two cells the same: variables, levels, and how often each continuous variable occurs."""
    counts: dict[tuple[str, int | None], int] = {}
    for part in parts:
        counts[part.variable, part.level] = counts.get((part.variable, part.level), 0) + 1
    return frozenset((name, level, count) for (name, level), count in counts.items())


def _term(parts: tuple[Part, ...], present: set[Cell], asked_out: set[Cell]) -> Term:
    if _key(parts) in asked_out:
        return Term(parts).dropped("omitted")
    if redundant(parts, present):
        return Term(parts).dropped("base")
    return Term(parts)


def redundant(parts: tuple[Part, ...], present: set[Cell]) -> bool:
    """True for a base cell: without some of its base levels it is another cell of the model, or the constant."""
    at_base = [k for k, part in enumerate(parts) if part.base]
    for size in range(1, len(at_base) + 1):
        for taken in combinations(at_base, size):
            rest = [part for k, part in enumerate(parts) if k not in taken]
            if not rest or _key(rest) in present:
                return True
    return False


def _count(spec: Spec, factors: dict[str, Levels]) -> int:
    """How many cells a spec has."""
    return math.prod(len(atom.levels or factors[atom.variable].values) for atom in spec if atom.factor)


def _cells(spec: Spec, factors: dict[str, Levels]) -> list[tuple[tuple[Part, ...], bool]]:
    """All combinations of levels of one spec (the last factor fastest), and whether ``o.`` asks to leave it out."""
    choices = [_parts(atom, factors) for atom in spec]
    omitted = any(atom.omitted for atom in spec)
    return [(parts, omitted) for parts in product(*choices)]


def _parts(atom: Atom, factors: dict[str, Levels]) -> list[Part]:
    if not atom.factor:
        return [Part(atom.variable, operated=not atom.plain)]
    known = factors[atom.variable]
    wanted = atom.levels or known.values
    return [
        Part(
            atom.variable,
            level,
            base=level == known.base,
            no_base=known.no_base and not atom.levels and level == known.values[0],
        )
        for level in wanted
    ]


def find_levels(specs: Iterable[Spec], dataset: Dataset, mask: np.ndarray) -> dict[str, Levels]:
    """The levels and the base of every factor in ``specs``.

    A base named at one mention of a variable holds for all its mentions.  A factor of which only single levels are
    named (``i2.sex``) has no base: each level named is estimated.
    """
    atoms: dict[str, list[Atom]] = {}
    for spec in specs:
        for atom in spec:
            if atom.factor:
                atoms.setdefault(atom.variable, []).append(atom)
    return {name: _levels(name, mentions, dataset, mask) for name, mentions in atoms.items()}


def _levels(name: str, mentions: list[Atom], dataset: Dataset, mask: np.ndarray) -> Levels:
    values, counts = sample_levels(name, dataset, mask, mentions[0].span)
    explicit = next((a for a in mentions if a.base is not None or a.base_at is not None), None)
    if explicit is None:
        whole = any(not atom.levels for atom in mentions)
        return Levels(values, values[0] if whole and values else None)
    base = _base_level(explicit, values, counts)
    if base is not None and base not in values:
        values = tuple(sorted((*values, base)))   # Stata keeps the base asked for, an empty level
    return Levels(values, base, no_base=explicit.base == "none")


def _base_level(atom: Atom, values: tuple[int, ...], counts: np.ndarray) -> int | None:
    """The level that ``ib#.  ib(#k).  ib(first|last|freq|none).`` names; the smallest of the most frequent levels."""
    if atom.base_at is not None:
        if not 1 <= atom.base_at <= len(values):
            raise StataError(f"invalid base level; {atom.variable} has {len(values)} levels", 198, atom.span)
        return values[atom.base_at - 1]
    if isinstance(atom.base, int):
        return atom.base
    if atom.base == "none" or not values:
        return None
    if atom.base == "freq":
        return values[int(np.argmax(counts))]
    return values[-1] if atom.base == "last" else values[0]


def sample_levels(
    name: str, dataset: Dataset, mask: np.ndarray, span: tree.Span | None = None
) -> tuple[tuple[int, ...], np.ndarray]:
    """The levels of a variable in the sample, ascending, and how often each occurs (int64, shape (levels,)).

    Raises r(452) if one is negative or not whole.
    """
    values = working_values(dataset, name)[mask]
    levels, counts = np.unique(values[~is_missing(values)], return_counts=True)
    if levels.size and levels[0] < 0:
        raise StataError(f"{name}:  factor variables may not contain negative values", 452, span)
    if not np.array_equal(levels, np.floor(levels)):
        raise StataError(f"{name}:  factor variables may not contain noninteger values", 452, span)
    return tuple(int(level) for level in levels), counts
