"""The options of the generalized mixed models (melogit, mepoisson, meglm, mestreg ... and their forerunners)."""

from __future__ import annotations

from ...syntax.spec import Choice, Kind, Option
from .._mixed.options import STRUCTURES
from .._ml.options import ASIS, DISPERSION, EFORM, EXPOSURE, INCIDENCE, LIMITS, ODDS
from .._shared.display_options import BUILT_FORMAT_OPTIONS, TABLE_OPTIONS

METHODS = (
    Choice("mvaghermite", "mv"),
    Choice("mcaghermite", "mc"),
    Choice("ghermite", "gh"),
    Choice("laplace", "lap"),
)

# ---- the fixed part, and each random part ------------------------------------------------------------------------

NO_CONSTANT = Option("noconstant", "nocons", help="no constant")
OFFSET = Option("offset", "off", Kind.NAME, "variable with a coefficient of one")

LEVEL_OPTIONS = (
    Option("covariance", "cov", Kind.CHOICE, "structure of the random effects' covariance", choices=STRUCTURES),
    Option("noconstant", "nocons", help="no random intercept"),
    Option("collinear", "col", help="keep collinear variables with random coefficients"),
    Option("fweight", "fw", Kind.NAME, "frequency weights at this level"),
    Option("iweight", "iw", Kind.NAME, "importance weights at this level"),
    Option("pweight", "pw", Kind.NAME, "sampling weights at this level"),
)

# ---- the model ---------------------------------------------------------------------------------------------------

INTEGRATION = (
    Option("intmethod", "intm", Kind.CHOICE, "how the random effects are integrated out", choices=METHODS),
    Option("holdnodes", "holdnodes", help="take derivatives with the quadrature nodes held, as Stata does: its last digits"),
    Option("intpoints", "intp", Kind.INTEGER, "quadrature points per random effect (7)", low=1, high=195),
)

MAXIMIZE = (
    Option("nolog", "nolo", help="suppress the iteration log", negated="log"),
    Option("iterate", "iter", Kind.INTEGER, "most iterations", low=0),
    Option("from", "from", Kind.RAW, "starting values: an e(b), or coefficients, further ones, ln sds, atanh corrs"),
    Option("difficult", "dif", help="accepted; the search here is always safeguarded"),
    Option("technique", "tech", Kind.RAW, "accepted; the search here is quasi-Newton, with last steps of Newton's"),
    Option("tolerance", "tol", Kind.REAL, "accepted", low=0),
    Option("ltolerance", "ltol", Kind.REAL, "accepted", low=0),
    Option("nrtolerance", "nrtol", Kind.REAL, "accepted", low=0),
    Option("nonrtolerance", "nonrtol", help="accepted"),
    Option("dnumerical", "dnum", help="accepted; derivatives here are analytical"),
    Option("evaltype", "evaltype", Kind.RAW, "accepted"),
    Option("startvalues", "startv", Kind.RAW, "accepted; starting values here are found by the search"),
    Option("startgrid", "startg", Kind.RAW, "accepted", optional_args=True),
    Option("noestimate", "noest", help="show the starting values only", planned=True),
    Option("trace", "trace", help="show coefficients at each iteration", planned=True),
    Option("gradient", "grad", help="show the gradient at each iteration", planned=True),
    Option("hessian", "hess", help="show the Hessian at each iteration", planned=True),
    Option("showstep", "showstep", help="show steps", planned=True),
    Option("showtolerance", "showtol", help="show tolerances", planned=True),
)

MODEL_OPTIONS = (
    Option("vce", "vce", Kind.RAW, "type of standard errors: oim, robust or cluster clustvar"),
    Option("robust", "r", help="the same as vce(robust)"),
    Option("cluster", "cl", Kind.NAME, "the same as vce(cluster clustvar)"),
    Option("constraints", "const", Kind.RAW, "linear constraints on coefficients: the numbers they are defined under"),
    *INTEGRATION,
    *MAXIMIZE,
)

# What may also be given when the command is repeated without a model.
DISPLAY_OPTIONS = (
    *TABLE_OPTIONS,
    Option("nogroup", "nogr", help="suppress the table of groups"),
    Option("nolrtest", "nolr", help="suppress the test against the model without random effects"),
    Option("nocnsreport", "nocnsr", help="do not show constraints"),
    *BUILT_FORMAT_OPTIONS,
)

BINOMIAL = Option("binomial", "bin", Kind.RAW, "variable or number: how many trials there were")
FAMILY = Option("family", "f", Kind.RAW, "distribution of the outcome")
LINK = Option("link", "l", Kind.RAW, "link function")
DISTRIBUTION = Option("distribution", "dist", Kind.RAW, "distribution of the survival time", required=True)
TIME = Option("time", "time", help="accelerated failure-time form")
NO_HAZARD = Option("nohr", "nohr", help="show coefficients, not hazard ratios")
TIME_RATIO = Option("tratio", "tr", help="show time ratios")
NO_SHOW = Option("noshow", "nosh", help="do not show how the data are set")

__all__ = [
    "ASIS", "BINOMIAL", "DISPERSION", "DISPLAY_OPTIONS", "DISTRIBUTION", "EFORM", "EXPOSURE", "FAMILY", "INCIDENCE",
    "LEVEL_OPTIONS", "LIMITS", "LINK", "MODEL_OPTIONS", "NO_CONSTANT", "NO_HAZARD", "NO_SHOW", "ODDS", "OFFSET", "TIME",
    "TIME_RATIO",
]
