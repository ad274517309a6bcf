"""The options of regress."""

from __future__ import annotations

from ...syntax.spec import Kind, Option
from .._shared.display_options import BUILT_FORMAT_OPTIONS, TABLE_OPTIONS

# What may also be given when the command is repeated without a model, to print the last results in another way.
DISPLAY_OPTIONS = (
    *TABLE_OPTIONS,
    Option("beta", "b", help="standardized coefficients in place of confidence intervals", planned=True),
    Option("eform", "ef", Kind.RAW, "exponentiated coefficients", planned=True),
    Option("depname", "dep", Kind.RAW, "another name for the dependent variable", planned=True),
    Option("plus", "plus", help="make the table extendable", planned=True),
    *BUILT_FORMAT_OPTIONS,
)

MODEL_OPTIONS = (
    Option("noconstant", "nocons", help="no constant"),
    Option("vce", "vce", Kind.RAW, "standard errors: ols, robust, cluster v, hc2, hc3, bootstrap, jackknife"),
    Option("robust", "r", help="the same as vce(robust)"),
    Option("cluster", "cl", Kind.VARLIST, "the same as vce(cluster v)"),
    Option("hc2", "hc2", help="the same as vce(hc2)"),
    Option("hc3", "hc3", help="the same as vce(hc3)"),
    Option("hascons", "h", help="the covariates hold a constant", planned=True),
    Option("tsscons", "tsscons", help="total sum of squares about the mean without a constant", planned=True),
    Option("mse1", "mse1", help="mean squared error of one", planned=True),
)

OPTIONS = (*MODEL_OPTIONS, *DISPLAY_OPTIONS)
