"""Marginal linear predictions as linear combinations of e(b), for pwcompare and contrast.

The mean of a cell adds the coefficients of its levels; factors that are not in the cell are balanced (the mean over their
levels), and terms with continuous variables count only where the comparison is of their slopes ([R] contrast).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import combinations

import numpy as np

from ...errors import NotBuilt, StataError
from ...records import record, replace
from ...results.stripe import CONSTANT, Term, read_term
from ...syntax.tree import Word
from .._linear.common import Coefficients
from ..context import Context


@record
class Factor:
    """One variable of a comparison: the contrast operator typed before it (``r``, ``ar`` ...), or c for a covariate.

    ``base``: the level that ``rb2.`` names.  ``at``: it stands after @, the comparison is made at each of its levels.
    """

    variable: str
    operator: str = ""
    base: int | None = None
    at: bool = False

    @property
    def continuous(self) -> bool:
        return self.operator == "c"


Comparison = tuple[Factor, ...]


@record(eq=False)
class Cells:
    """The first equation of e(b): its ``terms`` are the columns from the first on.

    ``labels``: variable -> level -> text of its value label.
    """

    coefficients: Coefficients
    terms: tuple[Term, ...]
    labels: Mapping[str, Mapping[int, str]]

    @classmethod
    def of(cls, context: Context) -> Cells:
        """Those of the active estimates; r(301) without e(b)."""
        from .._mixed.model import factor_labels

        coefficients = Coefficients.of(context.estimates)
        first = coefficients.names[0].equation
        terms = tuple(read_term(name.name) for name in coefficients.names if name.equation == first)
        present = [t for t in terms if all(v in context.data.columns for v in t.variables if v != "_cons")]
        return cls(coefficients, terms, factor_labels(tuple(present), context.data))

    @property
    def equation(self) -> str:
        return self.coefficients.names[0].equation

    def levels(self, variable: str) -> tuple[int, ...]:
        """The levels of a factor of the model; r(111) if it is none."""
        found = {part.level for term in self.terms for part in term.parts
                 if part.variable == variable and part.level is not None}
        if not found:
            raise StataError(f"factor {variable} not found in list of covariates", 322)
        return tuple(sorted(found))

    def base(self, variable: str) -> int:
        """The base level, else the lowest."""
        bases = [part.level for term in self.terms for part in term.parts if part.variable == variable and part.base]
        return bases[0] if bases and bases[0] is not None else self.levels(variable)[0]

    def text(self, variable: str, level: int) -> str:
        """A level as tables show it."""
        return self.labels.get(variable, {}).get(level, str(level))

    def row(self, cell: Mapping[str, int], slopes: tuple[str, ...] = ()) -> np.ndarray:
        """The weights (k,) over e(b) of the mean in ``cell``, or of the slope of ``slopes`` there.

        Raises NotBuilt where the mean rests on a cell without observations.
        """
        out = np.zeros(len(self.coefficients.names))
        for k, term in enumerate(self.terms):
            continuous = [part.variable for part in term.parts if part.level is None and term != CONSTANT]
            if Counter(continuous) != Counter(slopes):
                continue
            weight = 1.0
            for part in term.parts:
                if part.level is not None and part.variable in cell:
                    weight *= float(cell[part.variable] == part.level)
                elif part.level is not None:
                    weight /= len(self.levels(part.variable))
            left_out = any(part.omitted for part in term.parts) and not any(part.base for part in term.parts)
            if weight and left_out:
                raise NotBuilt("comparisons of cells without observations")
            out[k] = weight
        return out


_PIECE = re.compile(r"(?:([a-z]+)(\d*)\.)?([^\W\d]\w*)")
OPERATORS = ("r", "a", "ar", "g", "h", "j", "p", "q")


def read_comparisons(words: tuple[Word, ...], cells: Cells, operators: bool) -> tuple[Comparison, ...]:
    """The terms typed (``A``, ``r.A#B``, ``A##B``), each once.

    Raises r(100) without any, r(322) for a variable that is no factor of the model, r(198) for what is no term.
    """
    if not words:
        raise StataError("varlist required", 100)
    found: dict[Comparison, None] = {}
    for word in words:
        for comparison in _read(word, operators):
            for factor in comparison:
                if not factor.continuous:
                    check_base(factor, cells.levels(factor.variable))
            found[comparison] = None
    return tuple(found)


def check_base(factor: Factor, levels: tuple[int, ...]) -> None:
    """Raise r(198) if the base typed is no level."""
    if factor.base is not None and factor.base not in levels:
        raise StataError(f"level {factor.base} of factor {factor.variable} not found in list of covariates", 198)


def _read(word: Word, operators: bool) -> list[Comparison]:
    at = "@" in word.text
    if any(sign in word.text for sign in "|{(") or (at and (not operators or "##" in word.text)):
        raise NotBuilt(f"the term {word.text}", word.span)
    if at:
        head, _, tail = word.text.partition("@")
        places = [_factor(piece, word, False) for piece in tail.split("#")]
        factors = _read(replace(word, text=head), True)[0]
        names = [factor.variable for factor in (*factors, *places)]
        if any(factor.continuous for factor in places) or len(set(names)) < len(names):
            raise StataError(f"{word.text} invalid", 198, word.span)
        return [(*factors, *(replace(factor, at=True) for factor in places))]
    full = "##" in word.text
    factors = tuple(_factor(piece, word, operators) for piece in word.text.replace("##", "#").split("#"))
    if not full:
        return [factors]
    sizes = range(1, len(factors) + 1)
    return [subset for size in sizes for subset in combinations(factors, size) if not subset[0].continuous or size > 1]


def _factor(piece: str, word: Word, operators: bool) -> Factor:
    match = _PIECE.fullmatch(piece)
    if match is None:
        raise StataError(f"{word.text} invalid", 198, word.span)
    operator, number, variable = match[1] or "", match[2], match[3]
    if operator == "i" and not number:
        operator = ""
    if operator in ("", "c"):
        return Factor(variable, operator)
    if not operators:
        raise StataError(f"operator {operator}. not allowed", 198, word.span)
    if operator == "rb" and number:
        return Factor(variable, "r", int(number))
    if operator not in OPERATORS or number:
        raise NotBuilt(f"the contrast operator {operator}{number}.", word.span)
    return Factor(variable, operator)
