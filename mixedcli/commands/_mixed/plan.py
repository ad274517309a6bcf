"""What an xtmixed or mixed command line asks for, read against the data but without looking at a row."""

from __future__ import annotations

from ...data.dataset import Dataset
from ...design.terms import term_variables
from ...design.varlist import expand_names, expand_series
from ...errors import NotBuilt, StataError
from ...expr.timeseries import base_name
from ...records import record
from ...syntax import tree
from ...syntax.spec import OptionValues, read_options
from .._shared.vce import RESAMPLED, Vce, read_vce
from .options import DISPLAY_OPTIONS, EQUATION_OPTIONS, MAXIMIZE_OPTIONS, MODEL_OPTIONS

_GLOBAL = (*MODEL_OPTIONS, *DISPLAY_OPTIONS, *MAXIMIZE_OPTIONS)
_FIXED = tuple(option for option in EQUATION_OPTIONS if option.name not in ("covariance", "collinear"))


@record
class RandomPlan:
    """One ``|| level:`` part: the grouping variable, its covariates as typed, and the covariance structure."""

    level: str
    varlist: tree.Varlist
    constant: bool
    structure: str
    collinear: bool


@record
class MixedPlan:
    """A whole model: names are full, varlists are still trees; ``options`` are those of the model and its display.

    ``vce``: oim, robust or cluster.
    """

    command: str
    depvar: str
    varlist: tree.Varlist
    constant: bool
    equations: tuple[RandomPlan, ...]
    condition: tree.Expr | None
    in_range: tree.InRange | None
    options: OptionValues
    vce: Vce

    @property
    def levels(self) -> tuple[str, ...]:
        """The grouping variables from the top down, each once."""
        return tuple(dict.fromkeys(equation.level for equation in self.equations))

    def variables(self, dataset: Dataset) -> tuple[str, ...]:
        """Every variable whose missing values take a row out of the sample."""
        used = [self.depvar, *term_variables(self.varlist, dataset)]
        for equation in self.equations:
            used += [*term_variables(equation.varlist, dataset), equation.level]
        if self.vce.cluster:
            used.append(self.vce.cluster)
        return tuple(name for name in dict.fromkeys(used) if name != "_all")


def read_plan(command: str, statement: tree.Statement, dataset: Dataset) -> MixedPlan:
    """The plan of a statement parsed with the ``equations`` rule.

    Raises r(100) without a depvar, r(111) for unknown variables, r(109) for a string depvar, r(198) for options that do
    not fit.
    """
    if statement.weight is not None:
        raise NotBuilt("weights in mixed models", statement.weight.span)
    if not statement.varlist:
        raise StataError("varlist required", 100)
    depvar = depvar_name(statement.varlist[0], dataset)
    own, options = _options(statement)
    equations = tuple(
        _random_plan(equation, values, dataset) for equation, values in zip(statement.equations, own[1:], strict=True)
    )
    return MixedPlan(
        command=command,
        depvar=depvar,
        varlist=statement.varlist[1:],
        constant=not own[0]["noconstant"],
        equations=equations,
        condition=statement.condition,
        in_range=statement.in_range,
        options=options,
        vce=_vce(statement, options, dataset),
    )


def depvar_name(term: tree.VarTerm, dataset: Dataset) -> str:
    """The full name of the dependent variable.  Raises r(198) for a factor or a list, r(109) for a string variable."""
    if not isinstance(term, (tree.NamePattern, tree.TimeOperated)):
        raise StataError("depvar may not be a factor variable", 198, term.span)
    names = expand_series((term,), dataset)
    if len(names) != 1:
        raise StataError("depvar may not be a list of variables", 198, term.span)
    if dataset.columns[base_name(names[0])].storage.startswith("str"):
        text = f"string variables not allowed in varlist;\n{names[0]} is a string variable"
        raise StataError(text, 109, term.span)
    return names[0]


def _options(statement: tree.Statement) -> tuple[list[OptionValues], OptionValues]:
    """The options of each part (fixed part first) and those of the whole model.

    Options of the whole model stand after the last part.  There ``noconstant`` belongs to that part.
    """
    parts = [statement.options, *(equation.options for equation in statement.equations)]
    specs = [(*_FIXED,), *(EQUATION_OPTIONS for _ in statement.equations)]
    specs[-1] = (*specs[-1], *_GLOBAL)
    values = [read_options(given, spec, statement.text) for given, spec in zip(parts, specs, strict=True)]
    if values[-1]["mle"] and values[-1]["reml"]:
        raise StataError("options mle and reml may not be combined", 198, values[-1].spans.get("reml"))
    if values[-1]["variance"] and values[-1]["stddeviations"]:
        span = values[-1].spans.get("variance")
        raise StataError("options variance and stddeviations may not be combined", 198, span)
    return values, values[-1]


def _vce(statement: tree.Statement, options: OptionValues, dataset: Dataset) -> Vce:
    """Which standard errors: mixed models have those of the model, and robust ones.  Raises r(198) for others."""
    if options["vce"] is None:
        return Vce("oim")
    found = read_vce(statement, options, dataset, "oim", ("conventional", "robust", "cluster", *RESAMPLED))
    span = options.spans.get("vce")
    if found.resampled:
        raise StataError(f"vcetype '{found.kind}' not allowed", 198, span)
    if found.robust and options["reml"]:
        raise StataError(f"vce({found.kind}) is not allowed with reml", 198, span)
    return Vce("oim") if found.kind == "conventional" else found


def _random_plan(equation: tree.Equation, options: OptionValues, dataset: Dataset) -> RandomPlan:
    if equation.random_factor is not None:
        raise NotBuilt("crossed random effects (R.varname)", equation.span)
    structure = options["covariance"] or "independent"
    level = "_all"
    if equation.level != "_all":
        level = expand_names((tree.NamePattern(equation.level, equation.span),), dataset)[0]
    return RandomPlan(level, equation.terms, not options["noconstant"], structure, options["collinear"])
