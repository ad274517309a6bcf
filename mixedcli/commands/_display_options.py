"""The options that say how a table of coefficients is shown; every estimation command has them."""

from __future__ import annotations

from ..syntax.spec import Kind, Option

LEVEL = Option("level", "l", Kind.REAL, "confidence level", low=10, high=99.99)

# Parts of the output, and rows of the table.
TABLE_OPTIONS = (
    LEVEL,
    Option("noheader", "nohe", help="suppress the header"),
    Option("notable", "notab", help="suppress the table of coefficients"),
    Option("noomitted", "noomit", help="do not show omitted terms"),
    Option("noemptycells", "noempty", help="do not show empty cells"),
    Option("baselevels", "base", help="show base levels"),
    Option("allbaselevels", "allbase", help="show base levels of interactions too"),
    Option("vsquish", "vsquish", help="no blank lines around factors"),
)

# Formats and legends, which no command has yet.
FORMAT_OPTIONS = (
    Option("coeflegend", "coefl", help="show how to refer to the coefficients", planned=True),
    Option("cformat", "cformat", Kind.FORMAT, "format of coefficients", planned=True),
    Option("pformat", "pformat", Kind.FORMAT, "format of p-values", planned=True),
    Option("sformat", "sformat", Kind.FORMAT, "format of test statistics", planned=True),
    Option("nolstretch", "nolstretch", help="do not widen the table for long names", planned=True),
)
