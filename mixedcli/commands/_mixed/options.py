"""The options of xtmixed and mixed."""

from __future__ import annotations

from ...syntax.spec import Choice, Kind, Option
from .._shared.display_options import BUILT_FORMAT_OPTIONS as FORMAT_OPTIONS
from .._shared.display_options import LEVEL, ROW_OPTIONS

STRUCTURES = (
    Choice("independent", "ind"),
    Choice("exchangeable", "ex"),
    Choice("identity", "id"),
    Choice("unstructured", "un"),
)

EQUATION_OPTIONS = (
    Option("covariance", "cov", Kind.CHOICE, "structure of the random effects' covariance", choices=STRUCTURES),
    Option("noconstant", "noc", help="no random intercept"),
    Option("collinear", "col", help="keep collinear variables"),
    Option("fweight", "fw", Kind.RAW, "frequency weights at this level", planned=True),
    Option("pweight", "pw", Kind.RAW, "sampling weights at this level", planned=True),
)

# What may also be given when the command is repeated without a model, to print the last results in another way.
DISPLAY_OPTIONS = (
    LEVEL,
    Option("variance", "var", help="show variances and covariances"),
    Option("stddeviations", "stddev", help="show standard deviations and correlations"),
    Option("noretable", "noret", help="suppress the random-effects table"),
    Option("nofetable", "nofet", help="suppress the fixed-effects table"),
    Option("estmetric", "estm", help="show parameters as they are estimated: ln sd and atanh corr"),
    Option("noheader", "nohead", help="suppress the header"),
    Option("nogroup", "nogr", help="suppress the table of groups"),
    Option("nolrtest", "nolr", help="suppress the test against the linear model"),
    *ROW_OPTIONS,
    *FORMAT_OPTIONS,
)

# Accepted because they steer Stata's search for the maximum; this program goes to the exact one whatever they say.
MAXIMIZE_OPTIONS = (
    Option("emiterate", "emiter", Kind.INTEGER, "EM iterations (accepted; no EM steps are needed here)"),
    Option("emtolerance", "emtol", Kind.REAL, "EM tolerance (accepted)"),
    Option("emonly", "emonly", help="EM estimates only", planned=True),
    Option("emlog", "emlog", help="EM log (accepted)"),
    Option("emdots", "emdot", help="EM dots (accepted)"),
    Option("difficult", "dif", help="accepted; the search here is always safeguarded"),
    Option("technique", "tech", Kind.RAW, "accepted; the search here is Newton's"),
    Option("iterate", "iter", Kind.INTEGER, "maximum number of iterations", low=0),
    Option("tolerance", "tol", Kind.REAL, "accepted"),
    Option("ltolerance", "ltol", Kind.REAL, "accepted"),
    Option("nrtolerance", "nrtol", Kind.REAL, "accepted"),
    Option("nonrtolerance", "nonrtol", help="accepted"),
    Option("matsqrt", "matsqrt", help="accepted; results do not depend on it"),
    Option("matlog", "matlog", help="accepted; results do not depend on it"),
    Option("trace", "trace", help="show parameters at each iteration", planned=True),
    Option("gradient", "grad", help="show the gradient at each iteration", planned=True),
    Option("hessian", "hess", help="show the Hessian at each iteration", planned=True),
    Option("showstep", "showstep", help="show steps", planned=True),
    Option("showtolerance", "showtol", help="show tolerances", planned=True),
    Option("from", "from", Kind.RAW, "starting values", planned=True),
)

MODEL_OPTIONS = (
    Option("mle", "ml", help="fit by maximum likelihood"),
    Option("reml", "reml", help="fit by restricted maximum likelihood"),
    Option("nostderr", "nostd", help="do not compute standard errors of the random-effects parameters"),
    Option("nolog", "nolog", help="suppress the iteration log"),
    Option("log", "log", help="show the iteration log"),
    Option("vce", "vce", Kind.RAW, "type of standard errors: oim, robust or cluster varname (ML only)"),
    Option("residuals", "res", Kind.RAW, "structure of the residuals", planned=True),
    Option("pwscale", "pwscale", Kind.RAW, "scaling of sampling weights", planned=True),
    Option("dfmethod", "dfm", Kind.RAW, "degrees of freedom", planned=True),
    Option("dftable", "dftab", Kind.RAW, "table with degrees of freedom", planned=True),
    Option("small", "small", help="small-sample inference", planned=True),
)

# The options of the last equation: its own, and those of the whole model.
OPTIONS = (*EQUATION_OPTIONS, *MODEL_OPTIONS, *DISPLAY_OPTIONS, *MAXIMIZE_OPTIONS)
