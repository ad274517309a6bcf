"""constraints() of the generalized mixed models: linear constraints on the coefficients of the fixed part."""

from __future__ import annotations

import re

import numpy as np

from ...engine.constrained import Substitution, substitution
from ...errors import NotBuilt, StataError
from ...records import record
from ...results.stripe import StripeName
from ...syntax.parser import parse
from .._linear.common import Coefficients, Constraints, Reader, read_constraints
from .._linear.equations import without_equations
from .._ml.model import MlData
from .._shared.constraints import constraint_numbers
from ..context import Context
from .model import RandomPart
from .plan import MePlan
from .random import names_in, shown_pairs

_SLASH = re.compile(r"(^|[=(+*-])\s*/(?=[^\W\d])")        # /lnalpha is short for [/]lnalpha


@record(eq=False)
class Imposed:
    """Constraints that a model is fitted under.

    ``listed``: those that hold, over all terms of the fixed part.  ``by``: the coefficients of the estimated terms that
    satisfy them.  ``notes``: on constraints left out.
    """

    listed: Constraints
    by: Substitution
    notes: tuple[str, ...]


def impose(
    context: Context, plan: MePlan, data: MlData, random: tuple[RandomPart, ...], extra: tuple[str, ...]
) -> Imposed:
    """The constraints whose numbers constraints() lists.

    One that is not defined, not written as it should be, or not about this model is left out with a note, and so is
    one that follows from those before it.  Raises r(412) for constraints that contradict each other or what is
    omitted, `NotBuilt` for those on parameters that are no coefficients.
    """
    span = plan.options.spans.get("constraints")
    typed = plan.options["constraints"].strip()
    if re.fullmatch(r"[^\W\d]\w*", typed):
        raise NotBuilt("option constraints() with a matrix")
    names = parameter_names(plan, data, random, extra)
    terms = len(data.design.terms)
    held, failed = _held(context, constraint_numbers(typed, span), names, terms)
    R = np.vstack([np.zeros((0, terms)), *(each.R for each in held.values())])
    r = np.concatenate([np.zeros(0), *(each.r for each in held.values())])
    try:
        by, new = substitution(R[:, data.design.columns], r)
    except ValueError:
        raise StataError("redundant or inconsistent constraints", 412, span) from None
    owners = np.repeat(np.array(list(held), dtype=int), [len(each.r) for each in held.values()])
    failed |= {number: 412 for number in held if not new[owners == number].any()}
    notes = tuple(f"(note: constraint number {number} caused error r({rc}))" for number, rc in failed.items())
    return Imposed(Constraints(R[new], r[new]), by, notes)


def _held(
    context: Context, numbers: tuple[int, ...], names: tuple[StripeName, ...], terms: int
) -> tuple[dict[int, Constraints], dict[int, int]]:
    """The constraints that can be read, over the terms, and the r() codes of the others; both by number.

    A name without an equation is that of a coefficient, also where further parameters have a name like it.
    """
    coefficients, everything = _unknown(names[:terms]), _unknown(names)
    read: dict[int, Constraints] = {}
    failed: dict[int, int] = {}
    for number in numbers:
        try:
            read[number] = _read(context, number, coefficients)
        except StataError as error:
            if _readable(context, number, everything):
                raise NotBuilt("a constraint on the random part or on further parameters") from None
            failed[number] = error.rc
    return read, failed


def _unknown(names: tuple[StripeName, ...]) -> Coefficients:
    """Coefficients of which nothing is known but their names."""
    return Coefficients(names, np.zeros(len(names)), np.eye(len(names)))


def _readable(context: Context, number: int, coefficients: Coefficients) -> bool:
    try:
        _read(context, number, coefficients)
    except StataError:
        return False
    return True


def _read(context: Context, number: int, coefficients: Coefficients) -> Constraints:
    text = context.state.constraints.get(number)
    if text is None:
        raise StataError(f"constraint {number} not defined", 111)
    statement = parse(_SLASH.sub(r"\1[/]", text), "coefficients")
    if statement.options or not statement.arguments:
        raise StataError("invalid syntax", 198)
    hypotheses = without_equations(statement.arguments, coefficients, False, False)
    return read_constraints(hypotheses, Reader(coefficients, context.lookup))


def parameter_names(
    plan: MePlan, data: MlData, random: tuple[RandomPart, ...], extra: tuple[str, ...]
) -> tuple[StripeName, ...]:
    """The terms of the fixed part as e(b) names them, then the other parameters in both their forms, old and new."""
    others = list(extra[:-1] if plan.family.scaled else extra)
    others += [name for part in random for name in names_in(part, shown_pairs(part))]
    others += [f"var(e.{plan.depvar})"] if plan.family.scaled else []
    free = [form for name in others for form in (StripeName("/", name), StripeName(name, "_cons"))]
    return (*(StripeName(plan.depvar, term.name) for term in data.design.terms), *free)
