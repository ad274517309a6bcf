"""What the command line of a generalized mixed model asks for, read against the data without looking at a row."""

from __future__ import annotations

from collections.abc import Callable

from ...data.dataset import Dataset
from ...design.terms import term_variables
from ...design.varlist import expand_names
from ...errors import StataError
from ...records import record, replace
from ...syntax import tree
from ...syntax.spec import Option, OptionValues, read_options
from .._mixed.plan import depvar_name
from .._shared.st import read_setting
from .._shared.vce import Vce, read_vce
from .families import Family, is_number
from .options import DISPLAY_OPTIONS, LEVEL_OPTIONS, MODEL_OPTIONS
from .steering import check_steering

WEIGHTS = ("fweight", "iweight", "pweight")


@record
class Grammar:
    """How one command is written.

    ``fixed``: options of the fixed part.  ``model``: those of the whole model, which stand after the last part, but
    for what all commands have.  ``level``: options of a random part.  ``depvars``: how many there are; none means the
    survival time that stset has declared.  ``weights``: the kinds allowed.  ``family`` reads the outcome's family from
    the options (fixed part, whole model).
    """

    command: str
    family: Callable[[OptionValues, OptionValues], Family]
    fixed: tuple[Option, ...]
    model: tuple[Option, ...]
    common: tuple[Option, ...] = (*MODEL_OPTIONS, *DISPLAY_OPTIONS)
    level: tuple[Option, ...] = LEVEL_OPTIONS
    depvars: int = 1
    weights: tuple[str, ...] = ("fweight", "pweight", "iweight")

    @property
    def options(self) -> tuple[Option, ...]:
        """All options, as help lists them: each name once."""
        every = (*self.fixed, *self.level, *self.model, *self.common)
        return tuple({option.name: option for option in reversed(every)}.values())[::-1]


@record
class RandomPlan:
    """One ``|| level:`` part.

    ``varlist``: covariates with random coefficients.  ``factor``: the variable of ``R.varname``.  ``weight``: kind and
    variable of the weights of this level's groups.
    """

    level: str
    varlist: tree.Varlist
    constant: bool
    structure: str
    collinear: bool
    factor: str = ""
    weight: tuple[str, str] = ("", "")


@record
class MePlan:
    """A whole model: names are full, varlists are still trees; ``fixed`` and ``options`` are as typed.

    ``offset``: how it is written and the variable it comes from.  ``points``: one number for all levels, or one per
    level.
    """

    command: str
    family: Family
    depvars: tuple[str, ...]
    varlist: tree.Varlist
    constant: bool
    equations: tuple[RandomPlan, ...]
    condition: tree.Expr | None
    in_range: tree.InRange | None
    offset: tuple[str, str]
    vce: Vce
    method: str
    points: tuple[int, ...]
    fixed: OptionValues
    options: OptionValues
    remarks: tuple[str, ...] = ()

    @property
    def depvar(self) -> str:
        return self.depvars[0]

    @property
    def levels(self) -> tuple[str, ...]:
        """The grouping variables from the top down, each once."""
        return tuple(dict.fromkeys(equation.level for equation in self.equations))

    @property
    def crossed(self) -> bool:
        return any(equation.factor for equation in self.equations)

    def variables(self, dataset: Dataset) -> tuple[str, ...]:
        """Every variable whose missing values take a row out of the sample; with two depvars one may be missing."""
        used = [*(self.depvars if len(self.depvars) == 1 else ()), *term_variables(self.varlist, dataset)]
        trials = self.family.trials
        used += [self.offset[1], self.vce.cluster, "" if is_number(trials) else trials]
        for equation in self.equations:
            used += [*term_variables(equation.varlist, dataset), equation.level, equation.factor, equation.weight[1]]
        return tuple(name for name in dict.fromkeys(used) if name not in ("", "_all"))


def read_plan(grammar: Grammar, statement: tree.Statement, dataset: Dataset) -> MePlan:
    """The plan of a statement parsed with the ``equations`` rule.

    Raises r(102) without a depvar, r(111) for unknown variables, r(109) for a string depvar, r(119) where survival
    times are not declared, r(198) for options that do not fit.
    """
    if len(statement.varlist) < grammar.depvars:
        raise StataError("too few variables specified", 102)
    depvars = tuple(depvar_name(term, dataset) for term in statement.varlist[: grammar.depvars]) or ("_t",)
    parts = read_parts(grammar, statement)
    fixed, options = parts[0], parts[-1]
    if not grammar.depvars:
        read_setting(dataset)
    equations = tuple(
        random_plan(equation, values, dataset) for equation, values in zip(statement.equations, parts[1:], strict=True)
    )
    check_order(equations)
    check_steering(options)
    family = with_trials(grammar.family(fixed, options), dataset)
    vce = read_vce(statement, options, dataset, "oim", ("robust", "cluster"))
    if vce.kind == "oim" and any(each.weight[0] == "pweight" for each in equations):
        vce = Vce("robust")
    method, points, remarks = integration(options, any(each.factor for each in equations))
    return MePlan(
        command=grammar.command, family=family, depvars=depvars, varlist=statement.varlist[grammar.depvars :],
        constant=not fixed.get("noconstant") and family.name != "ordinal", equations=equations,
        condition=statement.condition, in_range=statement.in_range, offset=read_offset(fixed, dataset),
        vce=vce, method=method, points=points, fixed=fixed,
        options=options, remarks=remarks,
    )


def check_order(equations: tuple[RandomPlan, ...]) -> None:
    """r(198) for a level that comes again after another one: levels go from the top down."""
    names = [each.level for each in equations]
    runs = [name for i, name in enumerate(names) if not i or names[i - 1] != name]
    again = next((name for i, name in enumerate(runs) if name in runs[:i]), "")
    if again:
        raise StataError(f"level {again} may not be repeated after another level", 198)


def read_parts(grammar: Grammar, statement: tree.Statement) -> list[OptionValues]:
    """The options of each part, the fixed part first; those of the whole model are among the last part's.

    There ``noconstant`` belongs to that part.
    """
    given = [statement.options, *(equation.options for equation in statement.equations)]
    specs = [grammar.fixed, *(grammar.level for _ in statement.equations)]
    specs[-1] = tuple(dict.fromkeys((*specs[-1], *grammar.model, *grammar.common)))
    return [read_options(typed, spec, statement.text) for typed, spec in zip(given, specs, strict=True)]


def integration(options: OptionValues, crossed: bool) -> tuple[str, tuple[int, ...], tuple[str, ...]]:
    """Method, number of points, and what is to be said; crossed effects and one point imply Laplace's approximation."""
    method, points = options["intmethod"], options["intpoints"]
    if crossed and method is None and points is None:
        note = "note: crossed random-effects model specified; option intmethod(laplace) implied"
        return "laplace", (1,), (note,)
    method = method or "mvaghermite"
    if method == "laplace":
        if points is not None and points != 1:
            raise StataError("options intmethod(laplace) and intpoints() may not be combined", 198)
        return "laplace", (1,), ()
    if points == 1 and method != "ghermite":
        return "laplace", (1,), ("note: one adaptive quadrature point specified; option intmethod(laplace) implied",)
    if points == 2 and method == "mvaghermite":
        # two nodes have the same variance wherever they are put
        return "mcaghermite", (2,), ("note: two quadrature points specified; option intmethod(mcaghermite) implied",)
    return method, (points or 7,), ()


def read_offset(options: OptionValues, data: Dataset) -> tuple[str, str]:
    """How the offset is written (``x`` or ``ln(x)``) and the variable it comes from; empty without one."""
    exposure, offset = options.get("exposure"), options.get("offset")
    if exposure and offset:
        raise StataError("only one of offset() or exposure() can be specified", 198)
    typed = exposure or offset
    if not typed:
        return "", ""
    name = expand_names((tree.NamePattern(typed),), data)[0]
    return (f"ln({name})" if exposure else name), name


def with_trials(family: Family, dataset: Dataset) -> Family:
    """``family`` with the full name of the variable in binomial()."""
    if not family.trials or is_number(family.trials):
        return family
    return replace(family, trials=expand_names((tree.NamePattern(family.trials),), dataset)[0])


def random_plan(equation: tree.Equation, options: OptionValues, dataset: Dataset) -> RandomPlan:
    """One random part.  Raises r(111) for unknown variables, r(198) for R.varname with another structure."""
    level = "_all"
    if equation.level != "_all":
        level = expand_names((tree.NamePattern(equation.level, equation.span),), dataset)[0]
    structure = options["covariance"] or "independent"
    weight = _weight(options, dataset)
    if equation.random_factor is None:
        return RandomPlan(
            level, equation.terms, not options["noconstant"], structure, bool(options["collinear"]), weight=weight
        )
    if options["covariance"] not in (None, "identity"):
        raise StataError("only covariance(identity) is allowed with R.varname", 198, options.spans.get("covariance"))
    factor = expand_names((tree.NamePattern(equation.random_factor, equation.span),), dataset)[0]
    return RandomPlan(level, (), False, "identity", True, factor, weight)


def _weight(options: OptionValues, dataset: Dataset) -> tuple[str, str]:
    """Kind and variable of the weights of a level.  Raises r(198) for more than one kind."""
    given = [kind for kind in WEIGHTS if options.get(kind)]
    if len(given) > 1:
        raise StataError(f"options {given[0]}() and {given[1]}() may not be combined", 198)
    if not given:
        return "", ""
    return given[0], expand_names((tree.NamePattern(options[given[0]]),), dataset)[0]
