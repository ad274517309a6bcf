"""``testparm``: test that all coefficients of a varlist are zero, or equal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..data.dataset import Dataset
from ..design.terms import Atom, Spec, read_specs
from ..errors import StataError
from ..results.postest import TestResult
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement, Varlist
from . import test as _test
from ._linear.common import Affine, Coefficients, stack, wald_test
from .context import Context
from .registry import command

OPTIONS = (
    Option("equal", "equal", help="test that the coefficients are equal, not that they are zero"),
    Option("equation", "eq", Kind.RAW, "the equation to look in"),
    Option("df", "df", Kind.REAL, "use F with this many denominator degrees of freedom", low=0),
    Option("mtest", "m", Kind.NAME, "test each coefficient by itself too", optional_args=True),
    Option("nosvyadjust", "nosvy", help="no adjustment for the survey design", planned=True),
)


@command("testparm", start="standard", options=OPTIONS)
def testparm(context: Context, statement: Statement) -> TestResult:
    """testparm varlist [, equal equation(name) df(#) mtest[(bonferroni|holm|sidak|noadjust)]]

    Wald test that all coefficients of the varlist are zero, or with `equal` that they are equal. The varlist may hold
    factor variables (`i.schgend#c.lrt`) and wildcards; base levels and omitted terms are left out.
    """
    options = context.options(statement, OPTIONS)
    if not statement.varlist:
        raise StataError("varlist required", 100)
    coefficients = Coefficients.of(context.estimates)
    equation = coefficients.equation(options["equation"].strip()) if options["equation"] else None
    positions = [
        i for i in matching(statement.varlist, context.data, coefficients)
        if equation is None or coefficients.names[i].equation == equation
    ]
    rows = _equal(positions, coefficients) if options["equal"] else _zero(positions, coefficients)
    if not rows:
        raise StataError(
            "no such variables;\nthe specified varlist does not identify any testable coefficients", 111
        )
    constraints = stack(rows, len(coefficients.names))
    result = wald_test(context, constraints, coefficients, options["df"])
    return _test.separately(result, constraints, coefficients, options)


def matching(varlist: Varlist, dataset: Dataset, coefficients: Coefficients) -> list[int]:
    """The estimated coefficients that belong to the terms of ``varlist``: term by term, each in the order of e(b)."""
    factors = [_factors(name.name) for name in coefficients.names]
    found: dict[int, None] = {}
    for spec in read_specs(varlist, dataset):
        for i, parts in enumerate(factors):
            if coefficients.estimated(i) and _belongs(parts, spec):
                found[i] = None
    return list(found)


def _factors(name: str) -> list[tuple[str, int | None]]:
    """The (variable, level) pairs of a coefficient's name; level None means continuous."""
    parts = []
    for piece in name.split("#"):
        operator, _, variable = piece.rpartition(".")
        digits = operator.rstrip("bno")
        parts.append((variable, int(digits) if digits.isdigit() else None))
    return parts


def _belongs(parts: list[tuple[str, int | None]], spec: Spec) -> bool:
    """Whether a coefficient is one of the cells of an interaction (or of a single variable)."""
    left = list(parts)
    for atom in spec:
        match = next((part for part in left if _fits(part, atom)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _fits(part: tuple[str, int | None], atom: Atom) -> bool:
    variable, level = part
    if variable != atom.variable or atom.factor != (level is not None):
        return False
    return not atom.levels or level in atom.levels


def _zero(positions: Iterable[int], coefficients: Coefficients) -> list[Affine]:
    unit = np.eye(len(coefficients.names))
    return [Affine(unit[i], 0.0) for i in positions]


def _equal(positions: Sequence[int], coefficients: Coefficients) -> list[Affine]:
    """In each equation every coefficient after the first less the first."""
    unit = np.eye(len(coefficients.names))
    rows: list[Affine] = []
    for equation in coefficients.equations:
        mine = [i for i in positions if coefficients.names[i].equation == equation]
        rows += [Affine(unit[i] - unit[mine[0]], 0.0) for i in mine[1:]]
    return rows
