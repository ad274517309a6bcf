"""The options of regress."""

from __future__ import annotations

from ..syntax.spec import Kind, Option

# What may also be given when the command is repeated without a model, to print the last results in another way.
DISPLAY_OPTIONS = (
    Option("level", "l", Kind.REAL, "confidence level", low=10, high=99.99),
    Option("noheader", "nohe", help="suppress the header"),
    Option("notable", "notab", help="suppress the table of coefficients"),
    Option("noomitted", "noomit", help="do not show omitted terms"),
    Option("noemptycells", "noempty", help="do not show empty cells"),
    Option("baselevels", "base", help="show base levels"),
    Option("allbaselevels", "allbase", help="show base levels of interactions too"),
    Option("vsquish", "vsquish", help="no blank lines around factors"),
    Option("beta", "b", help="standardized coefficients in place of confidence intervals", planned=True),
    Option("eform", "ef", Kind.RAW, "exponentiated coefficients", planned=True),
    Option("depname", "dep", Kind.RAW, "another name for the dependent variable", planned=True),
    Option("plus", "plus", help="make the table extendable", planned=True),
    Option("coeflegend", "coefl", help="show how to refer to the coefficients", planned=True),
    Option("cformat", "cformat", Kind.FORMAT, "format of coefficients", planned=True),
    Option("pformat", "pformat", Kind.FORMAT, "format of p-values", planned=True),
    Option("sformat", "sformat", Kind.FORMAT, "format of test statistics", planned=True),
    Option("nolstretch", "nolstretch", help="do not widen the table for long names", planned=True),
)

MODEL_OPTIONS = (
    Option("noconstant", "nocons", help="no constant"),
    Option("vce", "vce", Kind.RAW, "type of standard errors: ols (robust and cluster are not built yet)"),
    Option("robust", "r", help="robust standard errors", planned=True),
    Option("cluster", "cl", Kind.RAW, "standard errors that allow for clusters", planned=True),
    Option("hascons", "h", help="the covariates hold a constant", planned=True),
    Option("tsscons", "tsscons", help="total sum of squares about the mean without a constant", planned=True),
    Option("mse1", "mse1", help="mean squared error of one", planned=True),
)

OPTIONS = (*MODEL_OPTIONS, *DISPLAY_OPTIONS)
