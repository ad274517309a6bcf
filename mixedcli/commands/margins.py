"""margins: predictions and effects averaged over the sample, with covariates as observed or fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import NotBuilt, StataError
from ..results.base import Result
from ..results.margins import MarginsEstimation, MarginsResult
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from . import contrast as _contrast  # noqa: F401 - registers the layout of contrasts
from . import pwcompare as _pwcompare  # noqa: F401 - registers the layout of comparisons
from ._margins.at import Covariates
from ._margins.common import margins_of, response_of, sample_rows
from ._margins.comparisons import compared_margins
from ._margins.contrasts import contrasted_margins, read_marginlist
from ._shared.comparisons import MCOMPARE
from ._shared.display_options import BUILT_FORMAT_OPTIONS
from ._shared.posted import PostedModel
from ._shared.tables import refuse
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style

OPTIONS = (
    Option("predict", "pr", Kind.RAW, "what is predicted: the options of predict after the model"),
    Option("dydx", "dydx", Kind.RAW, "effects of covariates; * for all"),
    Option("eyex", "eyex", Kind.RAW, "elasticities"),
    Option("dyex", "dyex", Kind.RAW, "semielasticities d(y)/d(ln x)"),
    Option("eydx", "eydx", Kind.RAW, "semielasticities d(ln y)/d(x)"),
    Option("at", "at", Kind.RAW, "fix covariates: at((mean) _all x=(1 2))", repeatable=True),
    Option("atmeans", "atm", help="fix covariates at their means"),
    Option("asbalanced", "asb", help="treat all factors as balanced"),
    Option("over", "over", Kind.RAW, "margins in groups of observations"),
    Option("grand", "g", help="add the overall margin"),
    Option("noesample", "noe", help="do not keep to the estimation sample"),
    Option("noweights", "now", help="leave out the weights of the estimation"),
    Option("noestimcheck", "noestimcheck", help="do not check that margins are estimable"),
    Option("force", "force", help="accepted"),
    Option("level", "l", Kind.REAL, "confidence level", low=10, high=99.99),
    Option("post", "post", help="make the margins estimation results"),
    Option("noatlegend", "noatl", help="leave out the legend of at()"),
    Option("vsquish", "vsq", help="leave out blank lines"),
    Option("nofvlabel", "nofvlabel", help="show levels as numbers"),
    Option("df", "df", Kind.REAL, "use t with this many degrees of freedom", low=0),
    Option("vce", "vce", Kind.RAW, "delta"),
    Option("continuous", "cont", help="treat factors as continuous", planned=True),
    Option("expression", "exp", Kind.RAW, "a function of predictions: exp(predict(xb))"),
    Option("subpop", "subpop", Kind.RAW, planned=True),
    Option("within", "within", Kind.RAW, planned=True),
    Option("contrast", "contrast", Kind.RAW, "tests of the factors; effects, cieffects, pveffects", optional_args=True),
    Option("pwcompare", "pw", Kind.RAW, "compare margins in pairs: effects, cieffects, pveffects", optional_args=True),
    MCOMPARE,
    Option("nose", "nose", help="no standard errors", planned=True),
    Option("noci", "noci", help="no confidence intervals"),
    Option("nopvalues", "nopv", help="no test statistics and p-values"),
    Option("saving", "saving", Kind.RAW, planned=True),
    *BUILT_FORMAT_OPTIONS,
)


@command("margins", start="raw", options=OPTIONS)
def margins(context: Context, statement: Statement) -> Result:
    """margins [factors] [if] [in] [, dydx(varlist) eyex() dyex() eydx() at() atmeans asbalanced over() predict()
    expression() pwcompare contrast() post]

    Average the predictions of the last model over the sample, with factors set to each of their levels in turn and
    covariates fixed by at(); dydx() averages derivatives, or changes from the base level of a factor. Standard errors
    are by the delta method. post makes the margins estimation results, for test and lincom. Operators before a factor
    (r.a, ar.a, p.a and the others of `contrast`) give contrasts of its margins.
    """
    statement, factors = read_marginlist(statement)
    refuse(statement, using=True, weight=False)
    options = context.options(statement, OPTIONS)
    if options["vce"] is not None and options["vce"].strip() not in ("delta", "delt", "del"):
        raise NotBuilt(f"margins, vce({options['vce']})")
    asked = [kind for kind in ("dydx", "eyex", "dyex", "eydx") if options[kind] is not None]
    if len(asked) > 1:
        raise StataError(f"options {asked[0]}() and {asked[1]}() may not be combined", 198)
    touse = sample_rows(context, statement, options)
    result = margins_of(context, statement, options, touse)
    comparing = "pwcompare" if options["pwcompare"] is not None else ""
    comparing = "contrast" if factors or options["contrast"] is not None else comparing
    if comparing:
        if options["post"]:
            raise NotBuilt(f"margins, {comparing} post")
        if comparing == "pwcompare":
            return compared_margins(result, options)
        bases = Covariates.of(response_of(context, options).terms).bases
        return contrasted_margins(result, factors, bases, options)
    if options["mcompare"] is not None:
        raise StataError("option mcompare() requires pwcompare or contrast", 198)
    if options["post"]:
        context.post(MarginsEstimation(result), PostedModel(), touse)
    return result


@layout(MarginsResult)
def lay_out(result: MarginsResult, style: Style) -> Document:
    """Header, legend and table."""
    from ..report.margins import margins_document

    return margins_document(result, style)
