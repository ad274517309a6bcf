"""``lrtest``: likelihood-ratio test of two fits, one nested in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.tails import chi2_tail
from ..errors import NotBuilt, StataError
from ..records import record, replace
from ..results.postest import IcResult, LrtestResult
from ..results.stripe import plain_name
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement, Word
from ._estimates import ACTIVE, find_estimates, information, parameters
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


@record
class Model:
    """One of the two models: the name it is called by in the output, and its results."""

    name: str
    estimates: Estimates


@record
class DetailedLrtest(LrtestResult):
    """A test with what ``dir`` and ``stats`` add."""

    models: EstimatesDirectory | None = None
    criteria: IcResult | None = None


@command("lrtest", start="names", options=OPTIONS)
def lrtest(context: Context, statement: Statement) -> LrtestResult:
    """lrtest name [name] [, stats dir force df(#)]

    Likelihood-ratio test of two fits stored by `estimates store`; `.` or no second name means the active one. Which is
    nested in the other follows from their numbers of parameters, so the order does not matter.
    """
    options = context.options(statement, OPTIONS)
    first, second = _models(context, statement)
    if not options["force"]:
        check_comparable(first.estimates, second.estimates)
    result = compare(*_ordered(first, second), options["df"])
    if not (options["dir"] or options["stats"]):
        return result
    return _detailed(result, (first, second), options["dir"], options["stats"])


def _models(context: Context, statement: Statement) -> tuple[Model, Model]:
    words = [_plain(word) for word in statement.arguments]
    if not words:
        raise StataError("name required", 100)
    if len(words) > 2:
        raise StataError("too many names specified", 103, words[2].span)
    if len(words) == 1:
        words.append(Word(ACTIVE))
    first, second = (Model(word.text, find_estimates(context, word)) for word in words)
    return first, second


def _plain(word: Word) -> Word:
    """``(name)`` without its parentheses."""
    if not word.text.startswith("("):
        return word
    inside = word.text.strip("()").split()
    if len(inside) != 1:
        raise NotBuilt("a composite model in lrtest", word.span)
    return replace(word, text=inside[0])


def _ordered(first: Model, second: Model) -> tuple[Model, Model]:
    """The restricted and the unrestricted model: by parameters, then by log likelihood."""

    def size(model: Model) -> tuple[int, float]:
        return parameters(model.estimates), _loglik(model.estimates, model.name)

    return (first, second) if size(first) <= size(second) else (second, first)


def _loglik(estimates: Estimates, name: str) -> float:
    scalars = estimates.stored().scalars
    if "ll" not in scalars:
        raise StataError(f"{name} does not contain scalar e(ll)", 498)
    return scalars["ll"]


def compare(restricted: Model, unrestricted: Model, df: int | None = None) -> LrtestResult:
    """The test itself: 2 (ll_u - ll_r) on ``df``, or as many degrees of freedom as the models differ in parameters.

    Raises r(498) if they have equally many.
    """
    counts = parameters(restricted.estimates), parameters(unrestricted.estimates)
    if df is None:
        df = counts[1] - counts[0]
        if df == 0:
            raise StataError(f"df(unrestricted) = df(restricted) = {counts[0]}", 498)
    chi2 = 2 * (
        _loglik(unrestricted.estimates, unrestricted.name) - _loglik(restricted.estimates, restricted.name)
    )
    return LrtestResult(
        restricted=restricted.name,
        unrestricted=unrestricted.name,
        chi2=chi2,
        df=df,
        p=chi2_tail(chi2, df),
        boundary=_random_parameters(restricted.estimates) != _random_parameters(unrestricted.estimates),
        reml=_is_reml(restricted.estimates) and _is_reml(unrestricted.estimates),
    )


def _random_parameters(estimates: Estimates) -> float:
    """How many variance parameters the model has; 0 for a model that counts none."""
    return estimates.stored().scalars.get("k_r", 0)


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
    if any(stored.macros.get("vce", "oim") not in ("oim", "") for stored in (one, two)):
        raise StataError("LR test likely invalid for models with robust vce", 498)
    rows = one.scalars.get("N", 0), two.scalars.get("N", 0)
    if rows[0] != rows[1]:
        raise StataError(f"observations differ: {rows[0]:.0f} vs. {rows[1]:.0f}", 498)
    if _is_reml(first) != _is_reml(second):
        methods = one.macros.get("method"), two.macros.get("method")
        raise StataError(f"estimation methods differ: {methods[0]} vs. {methods[1]}", 498)
    if _is_reml(first) and _fixed_part(first) != _fixed_part(second):
        raise StataError("LR test based on REML is not valid: the models have different fixed effects", 498)


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
    rows = tuple(information(model.name, model.estimates) for model in models)
    return DetailedLrtest(
        result.restricted,
        result.unrestricted,
        result.chi2,
        result.df,
        result.p,
        result.boundary,
        result.reml,
        models=directory((model.name, model.estimates) for model in models) if listed else None,
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
