"""The options that the single-level maximum-likelihood commands share."""

from __future__ import annotations

from ...syntax.spec import Choice, Kind, Option
from .._shared.display_options import BUILT_FORMAT_OPTIONS, TABLE_OPTIONS

DISPLAY_OPTIONS = (
    *TABLE_OPTIONS,
    *BUILT_FORMAT_OPTIONS,
)

MODEL_OPTIONS = (
    Option("offset", "off", Kind.NAME, "variable with a coefficient of one"),
    Option("vce", "vce", Kind.RAW, "standard errors: oim, robust, cluster v, bootstrap, jackknife"),
    Option("robust", "r", help="the same as vce(robust)"),
    Option("cluster", "cl", Kind.NAME, "the same as vce(cluster clustvar)"),
    Option("nolog", "nolo", help="suppress the iteration log", negated="log"),
    Option("iterate", "iter", Kind.INTEGER, "most iterations", low=0),
    Option("constraints", "const", Kind.RAW, "linear constraints", planned=True),
    Option("collinear", "col", help="keep collinear covariates", planned=True),
    Option("difficult", "dif", help="another step where not concave", planned=True),
    Option("technique", "tech", Kind.RAW, "another optimizer", planned=True),
    Option("from", "from", Kind.RAW, "starting values", planned=True),
    Option("trace", "tr", help="show coefficients at each iteration", planned=True),
    Option("tolerance", "tol", Kind.REAL, "tolerance of coefficients", planned=True),
    Option("ltolerance", "ltol", Kind.REAL, "tolerance of the log likelihood", planned=True),
    Option("nrtolerance", "nrtol", Kind.REAL, "tolerance of the scaled gradient", planned=True),
)

NO_CONSTANT = Option("noconstant", "nocons", help="no constant")
EXPOSURE = Option("exposure", "exp", Kind.NAME, "variable whose logarithm has a coefficient of one")
ASIS = Option("asis", "asis", help="keep covariates that predict the outcome perfectly")
ODDS = Option("or", "or", help="show odds ratios")
INCIDENCE = Option("irr", "ir", help="show incidence-rate ratios")
EFORM = Option("eform", "ef", help="show exponentiated coefficients")
DISPERSION = Option(
    "dispersion", "d", Kind.CHOICE, "how the variance depends on the mean",
    choices=(Choice("mean", "m"), Choice("constant", "c")),
)
NO_LR_TEST = Option("nolrtest", "nolr", help="no comparison with the Poisson model")
LIMITS = (
    Option("ll", "ll", Kind.RAW, "lower limit; without a value the smallest observed", optional_args=True),
    Option("ul", "ul", Kind.RAW, "upper limit; without a value the largest observed", optional_args=True),
)
RATIOS = ("or", "irr", "eform")
