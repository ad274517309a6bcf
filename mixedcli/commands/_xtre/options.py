"""The options of xtlogit, xtprobit and xtpoisson."""

from __future__ import annotations

from ...syntax.spec import Choice, Kind, Option
from .._me.options import MAXIMIZE, NO_CONSTANT, OFFSET
from .._ml.options import ASIS, EXPOSURE, INCIDENCE, ODDS
from .._shared.display_options import BUILT_FORMAT_OPTIONS, TABLE_OPTIONS

METHODS = (Choice("mvaghermite", "mv"), Choice("aghermite", "agh"), Choice("ghermite", "gh"))

# What may also be given when the command is repeated without a model.
DISPLAY_OPTIONS = (
    *TABLE_OPTIONS,
    Option("nolrtest", "nolr", help="suppress the test against the model without the panel effect"),
    Option("nocnsreport", "nocnsr", help="do not show constraints"),
    *BUILT_FORMAT_OPTIONS,
)

_MODEL_OPTIONS = (
    Option("re", "re", help="random effects; the default"),
    Option("pa", "pa", help="population-averaged model", planned=True),
    Option("i", "i", Kind.VARLIST, "the panel variable, in place of the one that xtset declared"),
    NO_CONSTANT,
    OFFSET,
    Option("vce", "vce", Kind.RAW, "standard errors: oim, robust, cluster v, bootstrap, jackknife"),
    Option("robust", "r", help="the same as vce(robust)"),
    Option("cluster", "cl", Kind.NAME, "the same as vce(cluster clustvar)"),
    Option("intmethod", "intm", Kind.CHOICE, "how the random effects are integrated out", choices=METHODS),
    Option("intpoints", "intp", Kind.INTEGER, "quadrature points (12)", low=2, high=195),
    Option("quad", "quad", Kind.INTEGER, "the same as intpoints()", low=2, high=195),
    Option("collinear", "col", help="keep collinear variables", planned=True),
    Option("constraints", "const", Kind.RAW, "linear constraints", planned=True),
    Option("lrmodel", "lrmodel", help="test the model by its likelihood ratio", planned=True),
    Option("noskip", "noskip", help="the same as lrmodel", planned=True),
    *(option for option in MAXIMIZE if option.name != "from"),
    Option("from", "from", Kind.RAW, "matrix of starting values: coefficients, then ln sigma_u^2 or ln alpha"),
    *DISPLAY_OPTIONS,
)

_FIXED = Option("fe", "fe", help="conditional fixed effects", planned=True)      # there is no such probit

LOGIT_OPTIONS = (*_MODEL_OPTIONS, _FIXED, ASIS, ODDS)
PROBIT_OPTIONS = (*_MODEL_OPTIONS, ASIS)
POISSON_OPTIONS = (
    *_MODEL_OPTIONS, _FIXED, EXPOSURE, INCIDENCE,
    Option("normal", "normal", help="normal random effects, in place of gamma ones"),
)
