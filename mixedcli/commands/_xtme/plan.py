"""What a command line of xtmelogit and its relatives asks for, as a plan like that of the newer commands."""

from __future__ import annotations

import re

from ...data.dataset import Dataset
from ...errors import StataError
from ...syntax.spec import OptionValues
from ...syntax.tree import Statement
from .._me.families import Family, binomial_or_bernoulli
from .._me.plan import Grammar, MePlan, random_plan, read_offset, read_parts, with_trials
from .._me.steering import check_steering
from .._mixed.plan import depvar_name
from .._shared.vce import Vce
from .options import (
    DISPLAY_OPTIONS,
    LEVEL_OPTIONS,
    LOGIT_FIXED,
    LOGIT_MODEL,
    MODEL_OPTIONS,
    POISSON_FIXED,
    POISSON_MODEL,
    RATIOS,
)

DEFAULT_POINTS = 7
MOST_POINTS = 195                     # Gauss-Hermite weights are zero beyond in double precision
_IMPLIED = "Note: factor variables specified; option laplace assumed"
REFINEMENTS = 2                       # iterations that the log calls a refinement of the starting values


def _logit(fixed: OptionValues, options: OptionValues) -> Family:
    return binomial_or_bernoulli(options, "logit")


def _poisson(fixed: OptionValues, options: OptionValues) -> Family:
    return Family("poisson", "log")


def grammar(command: str) -> Grammar:
    """How xtmelogit, meqrlogit, xtmepoisson or meqrpoisson is written."""
    common = (*MODEL_OPTIONS, *DISPLAY_OPTIONS)
    if command.endswith("logit"):
        return Grammar(command, _logit, LOGIT_FIXED, LOGIT_MODEL, common, LEVEL_OPTIONS, weights=())
    return Grammar(command, _poisson, POISSON_FIXED, POISSON_MODEL, common, LEVEL_OPTIONS, weights=())


def read_plan(command: str, statement: Statement, dataset: Dataset) -> MePlan:
    """The plan of a statement parsed with the ``equations`` rule.

    Raises r(101) for weights, which these commands do not have, r(102) without a depvar, r(111) for unknown variables,
    r(198) for options that do not fit.
    """
    if statement.weight is not None:
        raise StataError("weights not allowed", 101, statement.weight.span)
    if not statement.varlist:
        raise StataError("too few variables specified", 102)
    depvar = depvar_name(statement.varlist[0], dataset)
    rules = grammar(command)
    parts = read_parts(rules, statement)
    fixed, options = parts[0], parts[-1]
    equations = tuple(
        random_plan(equation, values, dataset) for equation, values in zip(statement.equations, parts[1:], strict=True)
    )
    if options["variance"] and options["stddeviations"]:
        span = options.spans.get("variance")
        raise StataError("options variance and stddeviations may not be combined", 198, span)
    check_steering(options)
    levels = tuple(dict.fromkeys(each.level for each in equations))
    crossed = any(each.factor for each in equations)
    method, points = integration(options, len(levels), crossed)
    return MePlan(
        command=command, family=with_trials(rules.family(fixed, options), dataset), depvars=(depvar,),
        varlist=statement.varlist[1:], constant=not fixed["noconstant"], equations=equations,
        condition=statement.condition, in_range=statement.in_range, offset=read_offset(fixed, dataset),
        vce=Vce("oim"), method=method, points=points, fixed=fixed, options=options,
        remarks=(_IMPLIED,) if crossed and options["intpoints"] is None and not options["laplace"] else (),
    )


def integration(options: OptionValues, levels: int, crossed: bool) -> tuple[str, tuple[int, ...]]:
    """Method and number of points of each level: nodes about the mode, scaled by the curvature there.

    One point is Laplace's approximation, which crossed effects get unless ``intpoints()`` says otherwise.
    """
    given, span = options["intpoints"], options.spans.get("intpoints")
    if options["laplace"] and given is not None:
        raise StataError("options laplace and intpoints() may not be combined", 198, span)
    if options["laplace"] or (crossed and given is None):
        return "laplace", (1,)
    points = given or (DEFAULT_POINTS,)
    if any(each != int(each) or not 1 <= each <= MOST_POINTS for each in points) or len(points) not in (1, levels):
        raise StataError("option intpoints() incorrectly specified", 198, span)
    whole = tuple(int(each) for each in points)
    return ("laplace", (1,)) if set(whole) == {1} else ("mcaghermite", whole)


def refinements(options: OptionValues) -> int:
    """How many iterations the log shows as refinements of the starting values."""
    found = re.search(r"\biter(?:a|at|ate)?\((\d+)\)", options.get("refineopts") or "")
    return int(found[1]) if found else REFINEMENTS


def ratio(options: OptionValues) -> str:
    """``or`` or ``irr`` if coefficients are to be shown exponentiated."""
    return next((name for name in RATIOS if options.get(name)), "")
