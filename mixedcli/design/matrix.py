"""The design matrix: one column per estimated term, and where each stands among all the terms."""

from __future__ import annotations

import numpy as np

from ..data.dataset import Dataset
from ..errors import StataError
from ..expr.evaluate import working_values
from ..records import record
from ..results.stripe import CONSTANT, Part, Term, TermNote
from .collinear import independent_columns


@record(eq=False)
class Design:
    """``X``: float64, C order, shape (n_used, p), one column per term with status ``shown``.

    ``terms``: all terms in Stata's order, base, omitted and empty ones included, the constant last.
    ``columns``: int64, shape (p,): ``terms[columns[j]]`` is the term of column j.
    ``notes``: what was left out and why, in the order of the terms.
    """

    X: np.ndarray
    terms: tuple[Term, ...]
    columns: np.ndarray
    notes: tuple[TermNote, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all terms: the column names of e(b)."""
        return tuple(term.name for term in self.terms)

    @property
    def constant(self) -> bool:
        """True if the last term is ``_cons``."""
        return bool(self.terms) and self.terms[-1] == CONSTANT

    def full_vector(self, b: np.ndarray) -> np.ndarray:
        """``b`` (shape (p,)) with zeros for the terms that have no column: shape (len(terms),)."""
        out = np.zeros(len(self.terms))
        out[self.columns] = b
        return out

    def full_matrix(self, V: np.ndarray) -> np.ndarray:
        """``V`` (shape (p, p)) with zero rows and columns for the terms that have no column."""
        out = np.zeros((len(self.terms), len(self.terms)))
        out[np.ix_(self.columns, self.columns)] = V
        return out


def build_design(
    terms: tuple[Term, ...],
    dataset: Dataset,
    mask: np.ndarray,
    constant: bool = True,
    keep_collinear: bool = False,
) -> Design:
    """The design matrix of ``terms`` on the rows of ``mask`` (bool, shape (n,)), without redundant columns.

    Cells without observations get status ``empty``; a column that the constant and the columns before it determine
    gets status ``omitted``; each leaves a note.  ``keep_collinear`` skips the second check.
    Raises r(504) if a product of variables is too large for a double, r(909) if there is no memory for the matrix.
    """
    source = Columns(dataset, mask)
    checked = [_emptied(term, source) for term in terms]
    shown = [k for k, term in enumerate(checked) if term.status == "shown"]
    X = _room(source.n, len(shown) + constant)
    for j, k in enumerate(shown):
        X[:, j] = source.column(checked[k])
    X[:, len(shown) :] = 1.0
    if not keep_collinear:
        keep = independent_columns(X[:, : len(shown)], constant)
        checked = _collinear_dropped(checked, shown, keep)
        if not keep.all():
            X = np.ascontiguousarray(X[:, np.append(keep, np.ones(int(constant), dtype=bool))])
    everything = (*checked, CONSTANT) if constant else tuple(checked)
    columns = np.array([k for k, term in enumerate(everything) if term.status == "shown"], dtype=np.int64)
    return Design(X, everything, columns, _notes(terms, checked))


def _room(rows: int, columns: int) -> np.ndarray:
    try:
        return np.empty((rows, columns))
    except MemoryError:
        raise StataError("op. sys. refuses to provide memory", 909) from None


def _emptied(term: Term, source: Columns) -> Term:
    """``term``, marked empty if its factor levels never occur together in the sample."""
    if term.status == "shown" and source.n and not source.occurs(term):
        return term.dropped("empty")
    return term


def _collinear_dropped(terms: list[Term], shown: list[int], keep: np.ndarray) -> list[Term]:
    out = list(terms)
    for k, stays in zip(shown, keep, strict=True):
        if not stays:
            out[k] = terms[k].dropped("omitted")
    return out


def _notes(before: tuple[Term, ...], after: list[Term]) -> tuple[TermNote, ...]:
    """A note for each term that was to be estimated and is not, under the name it had."""
    reasons = {"empty": "empty", "omitted": "collinear"}
    return tuple(
        TermNote(old.name, reasons[new.status])
        for old, new in zip(before, after, strict=True)
        if old.status == "shown" and new.status != "shown"
    )


class Columns:
    """Makes the columns of terms over the used rows of a dataset; each variable is read once."""

    def __init__(self, dataset: Dataset, mask: np.ndarray) -> None:
        self.dataset = dataset
        self.mask = mask
        self.n = int(np.count_nonzero(mask))
        self._values: dict[str, np.ndarray] = {}

    def values(self, variable: str) -> np.ndarray:
        """A variable on the used rows: float64, shape (n_used,)."""
        if variable not in self._values:
            self._values[variable] = working_values(self.dataset, variable)[self.mask]
        return self._values[variable]

    def part(self, part: Part) -> np.ndarray:
        """A continuous variable, or the indicator of a level (bool)."""
        values = self.values(part.variable)
        return values if part.level is None else values == part.level

    def occurs(self, term: Term) -> bool:
        """True if some used row has the factor levels of ``term``."""
        cell = np.ones(self.n, dtype=bool)
        for part in term.parts:
            if part.level is not None:
                cell &= self.part(part)
        return bool(cell.any())

    def column(self, term: Term) -> np.ndarray:
        """The values of a term: the product of its parts; shape (n_used,).  ``_cons`` is a column of ones."""
        out = np.ones(self.n)
        if term == CONSTANT:
            return out
        with np.errstate(over="ignore", invalid="ignore"):
            for part in term.parts:
                out = out * self.part(part)
        if not np.isfinite(out).all():
            raise StataError(f"{term.name}:  values too large", 504)
        return out
