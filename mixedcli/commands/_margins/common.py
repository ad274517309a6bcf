"""The margins that a command line asks for: which rows, which cells, which effects, and the table of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ...data.dataset import Dataset
from ...data.storage import is_missing
from ...design.matrix import Columns
from ...design.sample import mark_sample
from ...design.terms import Atom, Spec, read_specs, sample_levels
from ...design.varlist import expand_names
from ...errors import NotBuilt, StataError, no_observations
from ...expr.evaluate import evaluate
from ...expr.sample import sample_mask
from ...records import record
from ...results.coefficients import CoefficientRow
from ...results.margins import AtGroup, AtValue, MarginsOptions, MarginsResult
from ...results.posted import EquationRows
from ...results.stripe import CONSTANT, Part, StripeName, Term
from ...syntax.parser import parse_expression, parse_varlist
from ...syntax.spec import OptionValues
from ...syntax.tree import Statement
from .._mixed.model import factor_labels
from .._shared.display_options import shown_formats
from .._shared.inference import tested_row
from .._shared.predict import present_variables
from .at import Covariates, Point, Setting, not_found, read_points
from .compute import KINDS, Effect, Estimability, effects, margin
from .design import Rows, Scenario, at_level
from .response import Response, find_response

if TYPE_CHECKING:
    from ..context import Context

_HEADINGS = {"dydx": "dy/dx", "eyex": "ey/ex", "dyex": "dy/ex", "eydx": "ey/dx"}
_NOT_ESTIMABLE = "(not estimable)"


@record
class Group:
    """The rows of one group of ``over()`` (the whole sample without it), and the parts that name it."""

    parts: tuple[Part, ...]
    rows: Rows
    count: int


@record
class Place:
    """One margin of each effect: its name, the rows it averages over, and what is fixed for it."""

    parts: tuple[Part, ...]
    group: Group
    scenario: Scenario
    response: Response


# ---- rows ----------------------------------------------------------------------------------------------------


def sample_rows(context: Context, statement: Statement, options: OptionValues) -> np.ndarray:
    """The rows margins averages over, bool of shape (n,): the estimation sample, if and in, no missing covariates.

    Raises r(322) if the data in memory are not those of the estimation, r(2000) if no row is left.
    """
    touse = sample_mask(context.data, statement.condition, statement.in_range, context.environment())
    if not options["noesample"]:
        sample = context.sample()
        if not sample.any():
            raise StataError("e(sample) does not identify the estimation sample", 322)
        touse &= sample
    names = Covariates.of(response_of(context, options).terms).names
    touse = mark_sample(context.data, touse, present_variables(context, names))
    if options["over"]:
        touse = mark_sample(context.data, touse, _over(context, options))
    if not touse.any():
        raise no_observations()
    return touse


def response_of(context: Context, options: OptionValues) -> Response:
    """What is averaged: the prediction of predict(), or the function of predictions of expression()."""
    predict, expression = options["predict"], options["expression"]
    if expression is None:
        return find_response(context, (predict or "").strip())
    if predict is not None:
        raise StataError("options predict() and expression() may not be combined", 198)
    from .expression import expression_response

    return expression_response(context, expression)


def _responses(context: Context, options: OptionValues) -> tuple[tuple[Response, ...], tuple[str, ...]]:
    """What is predicted, all of the same coefficients, and how the legend calls each if they are several."""
    from .ml import all_outcomes

    each = all_outcomes(context, (options["predict"] or "").strip()) if options["expression"] is None else ()
    if not each:
        return (response_of(context, options),), ()
    found = tuple(find_response(context, arguments) for arguments in each)
    return found, tuple(f"{r.expression}, predict({arguments})" for r, arguments in zip(found, each, strict=True))


def _over(context: Context, options: OptionValues) -> tuple[str, ...]:
    if options["over"] is None:
        return ()
    found = tuple(dict.fromkeys(expand_names(parse_varlist(options["over"].replace("i.", "")), context.data)))
    return present_variables(context, found)


def _weights(context: Context, statement: Statement, options: OptionValues, response: Response) -> np.ndarray | None:
    """The weights of all rows, those typed or those of the estimation; None without."""
    exp = statement.weight.exp if statement.weight is not None else None
    if exp is None and response.wexp and not options["noweights"]:
        exp = parse_expression(response.wexp.removeprefix("=").strip())
    if exp is None:
        return None
    values = np.broadcast_to(np.asarray(evaluate(exp, context.data, context.environment()), float), (context.data.n,))
    return np.where(is_missing(values), 0.0, values)


def _offset(response: Response, source: Columns) -> np.ndarray | float:
    if not response.offset:
        return 0.0
    values = source.values(response.offset)
    return np.log(values) if response.exposure else values


def _groups(
    data: Dataset, touse: np.ndarray, over: tuple[str, ...], weights: np.ndarray | None, response: Response, kind: str
) -> list[Group]:
    """The groups of over(), in the order of their values; one without it."""

    def group(mask: np.ndarray, parts: tuple[Part, ...]) -> Group:
        source = Columns(data, mask)
        own = weights[mask] if weights is not None else None
        count = own.sum() if own is not None and kind == "fweight" else source.n
        return Group(parts, Rows(source, own, _offset(response, source)), int(count))

    if not over:
        return [group(touse, ())]
    levels = [sample_levels(name, data, touse)[0] for name in over]
    source = Columns(data, np.ones(data.n, dtype=bool))
    out = []
    for cell in product(*levels):
        mask = touse.copy()
        for name, level in zip(over, cell, strict=True):
            mask &= source.values(name) == level
        if mask.any():
            parts = zip(over, cell, levels, strict=True)
            out.append(group(mask, tuple(Part(n, v, no_base=v == all_[0]) for n, v, all_ in parts)))
    return out


# ---- cells ---------------------------------------------------------------------------------------------------


def _specs(context: Context, statement: Statement, covariates: Covariates) -> tuple[Spec, ...]:
    """The factors and interactions of the marginlist; r(322) for one that is no factor of the model."""
    specs = read_specs(statement.varlist, context.data)
    for spec in specs:
        for atom in spec:
            if atom.variable not in covariates.levels or not (atom.factor or atom.plain):
                raise not_found(atom.variable, context.version, "factor ")
            unknown = [level for level in atom.levels if level not in covariates.levels[atom.variable]]
            if unknown:
                raise StataError(f"level {unknown[0]} of factor {atom.variable} not found in list of covariates", 322)
    return specs


def _cells(spec: Spec, covariates: Covariates) -> Iterator[tuple[Part, ...]]:
    """All combinations of the levels of the factors of a spec."""

    def parts(atom: Atom) -> list[Part]:
        levels = atom.levels or covariates.levels[atom.variable]
        return [Part(atom.variable, level, no_base=k == 0) for k, level in enumerate(levels)]

    yield from product(*(parts(atom) for atom in spec))


def _places(
    specs: tuple[Spec, ...], grand: bool, groups: list[Group], scenarios: list[list[Scenario]], covariates: Covariates,
    responses: tuple[Response, ...],
) -> list[Place]:
    """The margins of each effect in the order of the table: terms, predictions, then points, groups, levels."""
    out = []
    everything = Group((), groups[0].rows, 0)
    terms = ((), *specs) if grand or not specs else specs
    for spec, (p, response), (k, point) in product(terms, enumerate(responses), enumerate(scenarios)):
        which = (Part("_predict", p + 1, no_base=p == 0),) if len(responses) > 1 else ()
        at = (Part("_at", k + 1, no_base=k == 0),) if len(scenarios) > 1 else ()
        for group, scenario in zip(groups or [everything], point, strict=True):
            for cell in _cells(spec, covariates):
                fixed = {part.variable: at_level(part.level) for part in cell if part.level is not None}
                out.append(Place((*which, *at, *group.parts, *cell), group, {**scenario, **fixed}, response))
    return out


def _effects(options: OptionValues, covariates: Covariates, version: float) -> tuple[Effect, ...]:
    kind = next((kind for kind in KINDS if options[kind] is not None), None)
    if kind is None:
        return ()
    names: list[str] = []
    for word in options[kind].split():
        if "." in word and not word.startswith(("i.", "c.")):
            raise NotBuilt(f"{kind}({word})")
        names += covariates.matching(word.removeprefix("i.").removeprefix("c."), version)
    if not names:
        raise StataError(f"option {kind}() incorrectly specified", 198)
    return effects(kind, list(dict.fromkeys(names)), covariates)


# ---- the result ----------------------------------------------------------------------------------------------


def margins_of(context: Context, statement: Statement, options: OptionValues, touse: np.ndarray) -> MarginsResult:
    """The margins over the rows ``touse`` (bool, shape (n,)).

    Raises r(322) for names that are not in the model or not factors, r(198) for options that do not fit.
    """
    responses, predictions = _responses(context, options)
    response = responses[0]
    predict = (options["predict"] or "").strip()
    covariates = Covariates.of(response.terms)
    specs = _specs(context, statement, covariates)
    asked = _effects(options, covariates, context.version)
    points = read_points(options, covariates, context.version)
    over = _over(context, options)
    weights = _weights(context, statement, options, response)
    kind = statement.weight.kind if statement.weight is not None else response.wtype
    whole = _groups(context.data, touse, (), weights, response, kind)[0]
    groups = _groups(context.data, touse, over, weights, response, kind) if over else [whole]
    scenarios = [[g.rows.settled(p, covariates, whole.rows) for g in groups] for p in points or ({},)]
    places = _places(specs, options["grand"], groups, scenarios, covariates, responses)
    check = None if options["noestimcheck"] else Estimability(response.terms, whole.rows)
    df = options["df"] if options["df"] is not None else response.df
    if context.version < 13 and options["df"] is None:
        df = None                                 # margins used the normal distribution before version 13
    found = _Table(response, places, asked, check, df, options["level"] or context.settings.level)
    stored = context.estimates.stored().macros
    return MarginsResult(
        title=_title(covariates, specs, points, asked),
        n=whole.count,
        vce=response.vce,
        expression=response.expression if options["expression"] else f"{response.expression}, predict({predict})",
        equations=found.equations,
        names=found.names,
        b=found.b,
        V=found.J @ response.V @ found.J.T,
        jacobian=found.J,
        counts=np.array(found.counts, dtype=float),
        coefficients=(*(StripeName("", term.name) for term in response.terms), *response.extra),
        derivatives=_HEADINGS[asked[0].kind] if asked else "",
        wrt=tuple(each.term.name for each in asked if not each.is_base),
        over=over,
        points=_legends(groups, scenarios, points, covariates),
        factors=any(each.level is not None for each in asked),
        constant=not covariates.names and not asked,
        df=df,
        level=options["level"] or context.settings.level,
        value_labels={} if options["nofvlabel"] else _labels(context.data, response, over),
        options=MarginsOptions(
            **{name: options[name] for name in ("noatlegend", "vsquish", "noci", "nopvalues")}, **shown_formats(options)
        ),
        cmdline=statement.text.strip(),
        model_command=stored.get("cmd", ""),
        model_cmdline=stored.get("cmdline", ""),
        label=response.label or response.expression,
        predictions=predictions,
    )


def _title(
    covariates: Covariates, specs: tuple[Spec, ...], points: tuple[Point, ...], asked: tuple[Effect, ...]
) -> str:
    """Adjusted or conditional if every covariate is fixed in every margin, else predictive or average."""
    fixed = {effect.name for effect in asked if effect.level is not None}
    if specs:
        fixed |= set.intersection(*({atom.variable for atom in spec} for spec in specs))
    every = bool(covariates.names) and all(
        all(name in fixed or name in point for name in covariates.names) for point in points or ({},)
    )
    if asked:
        return "Conditional marginal effects" if every else "Average marginal effects"
    return "Adjusted predictions" if every else "Predictive margins"


def _labels(data: Dataset, response: Response, over: tuple[str, ...]) -> dict[str, dict[int, str]]:
    return {**factor_labels(tuple(Term((Part(name, 0),)) for name in over), data), **response.value_labels}


def _legends(
    groups: list[Group], scenarios: list[list[Scenario]], points: tuple[Point, ...], covariates: Covariates
) -> tuple[tuple[AtGroup, ...], ...]:
    """The legends of all points of ``at()``, group by group; none without ``at()``."""
    return tuple(
        tuple(_legend(g, s, p, covariates) for g, s in zip(groups, each, strict=True))
        for p, each in zip(points, scenarios, strict=bool(points))
    )


def _legend(group: Group, scenario: Scenario, point: Point, covariates: Covariates) -> AtGroup:
    """The legend of one point: a number as it was typed on one line, a statistic of a factor level by level."""
    values: list[AtValue] = []
    for name, fixed in scenario.items():
        setting = point[name]
        if setting.value is not None or name not in covariates.levels:
            values.append(AtValue(name, fixed.number, _statistic(setting)))
            continue
        values += [AtValue(f"{level}.{name}", share, _statistic(setting)) for level, share in fixed.levels.items()]
        if name in covariates.continuous:
            values.append(AtValue(name, fixed.number, _statistic(setting)))
    return AtGroup(tuple(f"{part.level}.{part.variable}" for part in group.parts), tuple(values))


def _statistic(setting: Setting) -> str:
    return f"o{setting.statistic}" if setting.overall else setting.statistic


class _Table:
    """The margins of all effects at all places: numbers (shape (m,), (m, k)), names, and rows for the table."""

    def __init__(
        self,
        response: Response,
        places: list[Place],
        asked: tuple[Effect, ...],
        check: Estimability | None,
        df: float | None,
        level: float,
    ) -> None:
        self.response, self.check, self.df, self.level = response, check, df, level
        self.names: tuple[StripeName, ...] = ()
        self.counts: list[int] = []
        self.b = np.zeros(0)
        self._J: list[np.ndarray] = []
        several = any(place.parts for place in places)
        if not asked:
            self.equations: tuple[EquationRows, ...] = (
                EquationRows("", tuple(self._row("", place, None) for place in places)),
            )
        elif not several:
            self.equations = (EquationRows("", tuple(self._row("", places[0], effect) for effect in asked)),)
        else:
            self.equations = tuple(self._equation(effect, places) for effect in asked)

    @property
    def J(self) -> np.ndarray:
        return np.array(self._J).reshape(len(self._J), len(self.response.b))

    def _equation(self, effect: Effect, places: list[Place]) -> EquationRows:
        rows = tuple(self._row(effect.term.name, place, effect) for place in places)
        name = effect.name if effect.level is None else f"{effect.level}.{effect.name}"
        return EquationRows(name, () if effect.is_base else rows)

    def _row(self, equation: str, place: Place, effect: Effect | None) -> CoefficientRow:
        """Compute one margin and keep its numbers; the row that shows it."""
        term = Term(place.parts) if place.parts else CONSTANT
        if effect is not None and not equation:
            term = effect.term
        base = effect is not None and effect.is_base
        value, J = 0.0, np.zeros(len(self.response.b))
        estimable = True
        if not base:
            value, J = margin(place.response, place.group.rows, place.scenario, effect)
            estimable = self.check is None or self.check.holds(J)
        if not estimable:
            value, J = 0.0, np.zeros_like(J)
        self.names = (*self.names, StripeName(equation, term.name))
        self.counts.append(place.group.count)
        self.b = np.append(self.b, value)
        self._J.append(J)
        if not estimable:
            return CoefficientRow(term, note=_NOT_ESTIMABLE)
        variance = float(J @ self.response.V @ J)
        if base:
            return CoefficientRow(term, 0.0)
        if not variance > 0:
            return CoefficientRow(term, value, note="(omitted)" if value == 0 else "")
        return tested_row(term, value, variance, self.df, self.level)
