"""``lrtest``: likelihood-ratio test of two fits, one nested in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.tails import chi2_tail
from ..errors import StataError
from ..records import record, replace
from ..results.postest import IcResult, LrtestResult
from ..results.stripe import plain_name
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement, Word
from ._estimates.common import ACTIVE, find_estimates, information, parameters
from .context import Context, Estimates
from .estimates_dir import EstimatesDirectory, directory
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("stats", "st", help="also show log likelihoods, AIC and BIC of both models"),
    Option("dir", "dir", help="also list both models"),
    Option("df", "df", Kind.INTEGER, "degrees of freedom, in place of the difference of parameters", low=1),
    Option("force", "force", help="test even if the models do not look comparable"),
)


# Standard errors that go with a likelihood; regress calls its own ols, xtreg conventional.
_LIKELIHOOD_VCES = ("oim", "ols", "conventional", "")


@record
class Model:
    """One of the two models, of one or (a composite model) several fits: their names in the output, their results."""

    names: tuple[str, ...]
    fits: tuple[Estimates, ...]

    @property
    def name(self) -> str:
        """``m1``, or ``(m1, m2)``."""
        return self.names[0] if len(self.names) == 1 else f"({', '.join(self.names)})"

    @property
    def composite(self) -> bool:
        return len(self.fits) > 1

    @property
    def parameters(self) -> int:
        return sum(parameters(fit) for fit in self.fits)

    @property
    def loglik(self) -> float:
        """The log likelihood, the sum of those of its fits; r(498) if one of them has none."""
        return sum(_loglik(fit, name) for name, fit in zip(self.names, self.fits, strict=True))

    @property
    def random_parameters(self) -> float:
        """How many variance parameters the model has; 0 for a model that counts none."""
        return sum(fit.stored().scalars.get("k_r", 0) for fit in self.fits)

    @property
    def reml(self) -> bool:
        return any(_is_reml(fit) for fit in self.fits)


@record
class DetailedLrtest(LrtestResult):
    """A test with what ``dir`` and ``stats`` add."""

    models: EstimatesDirectory | None = None
    criteria: IcResult | None = None


@command("lrtest", start="names", options=OPTIONS)
def lrtest(context: Context, statement: Statement) -> LrtestResult:
    """lrtest name [name] | (names) [(names)] [, stats dir force df(#)]

    Likelihood-ratio test of two fits stored by `estimates store`; `.` or no second name means the active one. Several
    names in parentheses are one model, with the sum of their log likelihoods and of their parameters. Which is nested in
    the other follows from the numbers of parameters, so the order does not matter.
    """
    options = context.options(statement, OPTIONS)
    first, second = _models(context, statement)
    if not options["force"]:
        _check(first, second)
    result = compare(*_ordered(first, second), options["df"])
    if not (options["dir"] or options["stats"]):
        return result
    return _detailed(result, (first, second), options["dir"], options["stats"])


def _models(context: Context, statement: Statement) -> tuple[Model, Model]:
    words = list(statement.arguments)
    if not words:
        raise StataError("name required", 100)
    if len(words) > 2:
        raise StataError("too many names specified", 103, words[2].span)
    if len(words) == 1:
        words.append(Word(ACTIVE))
    first, second = (_model(context, word) for word in words)
    return first, second


def _model(context: Context, word: Word) -> Model:
    """The model that ``name``, ``(name)`` or ``(name name ...)`` stands for."""
    inside = word.text.strip("()").split() if word.text.startswith("(") else [word.text]
    if not inside:
        raise StataError("name required", 100, word.span)
    return Model(tuple(inside), tuple(find_estimates(context, replace(word, text=name)) for name in inside))


def _check(first: Model, second: Model) -> None:
    """Refuse what cannot be compared.

    The fits of a composite model may be of any commands and rows; only that they are likelihoods can be checked.
    """
    if not (first.composite or second.composite):
        check_comparable(first.fits[0], second.fits[0])
        return
    for fit in (*first.fits, *second.fits):
        _check_likelihood(fit)


def _ordered(first: Model, second: Model) -> tuple[Model, Model]:
    """The restricted and the unrestricted model: by parameters, then by log likelihood."""
    sizes = [(model.parameters, model.loglik) for model in (first, second)]
    return (first, second) if sizes[0] <= sizes[1] else (second, first)


def _loglik(estimates: Estimates, name: str) -> float:
    scalars = estimates.stored().scalars
    if "ll" not in scalars:
        raise StataError(f"{name} does not contain scalar e(ll)", 498)
    return scalars["ll"]


def compare(restricted: Model, unrestricted: Model, df: int | None = None) -> LrtestResult:
    """The test itself: 2 (ll_u - ll_r) on ``df``, or as many degrees of freedom as the models differ in parameters.

    Raises r(498) if they have equally many.
    """
    counts = restricted.parameters, unrestricted.parameters
    if df is None:
        df = counts[1] - counts[0]
        if df == 0:
            raise StataError(f"df(unrestricted) = df(restricted) = {counts[0]}", 498)
    chi2 = 2 * (unrestricted.loglik - restricted.loglik)
    return LrtestResult(
        restricted=restricted.name,
        unrestricted=unrestricted.name,
        chi2=chi2,
        df=df,
        p=chi2_tail(chi2, df),
        boundary=restricted.random_parameters != unrestricted.random_parameters,
        reml=restricted.reml and unrestricted.reml,
    )


def _is_reml(estimates: Estimates) -> bool:
    return estimates.stored().macros.get("method") == "REML"


# ---- whether the two can be compared ---------------------------------------------------------------------------


def check_comparable(first: Estimates, second: Estimates) -> None:
    """Raise r(498) unless both fits are likelihoods of the same observations by the same command.

    REML likelihoods can be compared only between models with the same fixed part, because each is that of its own
    error contrasts.
    """
    one, two = first.stored(), second.stored()
    commands = one.macros.get("cmd", ""), two.macros.get("cmd", "")
    if commands[0] != commands[1]:
        raise StataError(f"test involves different estimators: {commands[0]} vs. {commands[1]}", 498)
    for each in (first, second):
        _check_likelihood(each)
    rows = one.scalars.get("N", 0), two.scalars.get("N", 0)
    if rows[0] != rows[1]:
        raise StataError(f"observations differ: {rows[0]:.0f} vs. {rows[1]:.0f}", 498)
    if _is_reml(first) != _is_reml(second):
        methods = one.macros.get("method"), two.macros.get("method")
        raise StataError(f"estimation methods differ: {methods[0]} vs. {methods[1]}", 498)
    if _is_reml(first) and _fixed_part(first) != _fixed_part(second):
        raise StataError("LR test based on REML is not valid: the models have different fixed effects", 498)


def _check_likelihood(estimates: Estimates) -> None:
    if estimates.stored().macros.get("vce", "oim") not in _LIKELIHOOD_VCES:
        raise StataError("LR test likely invalid for models with robust vce", 498)


def _fixed_part(estimates: Estimates) -> set[str]:
    """The names of the estimated coefficients of the first equation."""
    matrices = estimates.stored().matrices
    columns, V = matrices["b"].columns, matrices["V"].values
    first = columns[0].equation
    return {
        plain_name(name.name) for i, name in enumerate(columns) if name.equation == first and V[i, i] > 0
    }


# ---- what is added ---------------------------------------------------------------------------------------------


def _detailed(result: LrtestResult, models: tuple[Model, Model], listed: bool, stats: bool) -> DetailedLrtest:
    named = [pair for model in models for pair in zip(model.names, model.fits, strict=True)]
    rows = tuple(information(name, fit) for name, fit in named)
    return DetailedLrtest(
        result.restricted,
        result.unrestricted,
        result.chi2,
        result.df,
        result.p,
        result.boundary,
        result.reml,
        models=directory(named) if listed else None,
        criteria=IcResult(rows) if stats else None,
    )


@layout(LrtestResult)
def lay_out(result: LrtestResult, style: Style) -> Document:
    """Statistic, assumption and notes."""
    from ..report.postest import lrtest_document

    return lrtest_document(result, style)


@layout(DetailedLrtest)
def lay_out_detailed(result: DetailedLrtest, style: Style) -> Document:
    """The test, then the list of models, then their information criteria."""
    from ..report.postest import ic_document, lrtest_document
    from .estimates_dir import lay_out as lay_out_directory

    document = lrtest_document(result, style)
    if result.models is not None:
        document += lay_out_directory(result.models, style)
    if result.criteria is not None:
        document += ic_document(result.criteria, style)
    return document
