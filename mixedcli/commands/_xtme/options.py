"""The options of the older generation of generalized mixed models: xtmelogit, xtmepoisson, meqrlogit, meqrpoisson."""

from __future__ import annotations

from ...syntax.spec import Kind, Option
from .._me.options import BINOMIAL, MAXIMIZE, OFFSET
from .._mixed.options import DISPLAY_OPTIONS as TABLES
from .._mixed.options import STRUCTURES
from .._ml.options import EXPOSURE, INCIDENCE, ODDS

_NO_CONSTANT = Option("noconstant", "noc", help="no constant")

LEVEL_OPTIONS = (
    Option("covariance", "cov", Kind.CHOICE, "structure of the random effects' covariance", choices=STRUCTURES),
    Option("noconstant", "noc", help="no random intercept"),
    Option("collinear", "col", help="keep collinear variables with random coefficients"),
)

MODEL_OPTIONS = (
    Option("laplace", "lap", help="Laplace's approximation: one quadrature point"),
    Option("intpoints", "int", Kind.NUMLIST, "quadrature points per random effect: one number, or one per level (7)"),
    Option("collinear", "col", help="keep collinear variables with random coefficients"),
    *MAXIMIZE,
    Option("retolerance", "retol", Kind.REAL, "accepted; modes of the random effects are found to full precision", low=0),
    Option("reiterate", "reiter", Kind.INTEGER, "accepted", low=0),
    Option("matsqrt", "matsqrt", help="accepted; results do not depend on it"),
    Option("matlog", "matlog", help="accepted; results do not depend on it"),
    Option("refineopts", "refineopts", Kind.RAW, "accepted; iterate(#) says how many lines of the log are its part"),
)

# What may also be given when the command is repeated without a model.
DISPLAY_OPTIONS = TABLES

LOGIT_FIXED, POISSON_FIXED = (_NO_CONSTANT, OFFSET), (_NO_CONSTANT, OFFSET, EXPOSURE)
LOGIT_MODEL, POISSON_MODEL = (BINOMIAL, ODDS), (INCIDENCE,)
RATIOS = ("or", "irr")
