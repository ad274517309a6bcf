"""The options that say how a table of coefficients is shown; every estimation command has them."""

from __future__ import annotations

from typing import Any

from ...errors import StataError
from ...formats import parse_format
from ...records import replace
from ...syntax.spec import Kind, Option, OptionValues

LEVEL = Option("level", "l", Kind.REAL, "confidence level", low=10, high=99.99)

# Rows of the table.
ROW_OPTIONS = (
    Option("noomitted", "noomit", help="do not show omitted terms"),
    Option("noemptycells", "noempty", help="do not show empty cells"),
    Option("baselevels", "base", help="show base levels"),
    Option("allbaselevels", "allbase", help="show base levels of interactions too"),
    Option("vsquish", "vsquish", help="no blank lines around factors"),
)

# Parts of the output, and rows of the table.
TABLE_OPTIONS = (
    LEVEL,
    Option("noheader", "nohe", help="suppress the header"),
    Option("notable", "notab", help="suppress the table of coefficients"),
    *ROW_OPTIONS,
)

# Formats and legends: as they are declared where a command does not have them yet, and where it does.
FORMAT_OPTIONS = (
    Option("coeflegend", "coefl", help="show how to refer to the coefficients", planned=True),
    Option("cformat", "cformat", Kind.FORMAT, "format of coefficients", planned=True),
    Option("pformat", "pformat", Kind.FORMAT, "format of p-values", planned=True),
    Option("sformat", "sformat", Kind.FORMAT, "format of test statistics", planned=True),
    Option("nolstretch", "nolstretch", help="do not widen the table for long names", planned=True),
)
BUILT_FORMAT_OPTIONS = tuple(replace(option, planned=False) for option in FORMAT_OPTIONS)
# The three formats alone, for tables without a legend.
NUMBER_FORMATS = tuple(option for option in BUILT_FORMAT_OPTIONS if option.kind is Kind.FORMAT)

# The columns of the table are no wider than this.
_WIDEST = {"cformat": 9, "pformat": 5, "sformat": 8}


def shown_formats(options: OptionValues) -> dict[str, Any]:
    """The values of `BUILT_FORMAT_OPTIONS` by name, "" for a format not given.

    Raises r(120) for a format that is not numeric, r(198) for one wider than its column.
    """
    out: dict[str, Any] = {name: options[name] for name in ("coeflegend", "nolstretch") if name in options}
    for name, widest in _WIDEST.items():
        fmt = options[name] or ""
        parts = parse_format(fmt) if fmt else None
        if fmt and (parts is None or parts.kind not in "gfe"):
            raise StataError("invalid %format", 120, options.spans.get(name))
        if parts is not None and parts.width > widest:
            raise StataError(f"{name}() must not be wider than {widest}", 198, options.spans.get(name))
        out[name] = fmt
    return out
