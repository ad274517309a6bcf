"""``error``: fail with a given code."""

from __future__ import annotations

from ..data.storage import MISSING
from ..errors import StataError
from ..expr.evaluate import evaluate_scalar
from ..syntax.parser import parse_expression
from ..syntax.tree import Statement
from .context import Context
from .registry import command

_MESSAGES = {
    1: "--Break--", 3: "no dataset in use", 4: "no; data in memory would be lost", 5: "not sorted", 6: "",
    9: "assertion is false", 100: "varlist required", 101: "varlist not allowed", 102: "too few variables specified",
    103: "too many variables specified", 106: "variable not found", 107: "not possible with numeric variable",
    108: "not possible with string variable", 109: "type mismatch", 110: "already defined", 111: "not found",
    119: "statement out of context", 120: "invalid %format", 121: "invalid numlist", 122: "invalid numlist has too few "
    "elements", 123: "invalid numlist has too many elements",
    125: "invalid numlist has elements outside of allowed range",
    130: "expression too long", 131: "not possible with test", 132: "too few quotes", 133: "unknown function",
    134: "too many values", 141: "repeated constraints not allowed", 180: "invalid attempt to modify label",
    190: "request may not be combined with by", 191: "request may not be combined with by",
    196: "could not restore sort order because variables were dropped", 197: "invalid syntax", 198: "invalid syntax",
    199: "unrecognized command", 301: "last estimates not found", 303: "equation not found",
    304: "ml model not found", 321: "requested action not valid after most recent estimation command",
    409: "no variance", 412: "redundant or inconsistent constraints", 416: "missing values encountered",
    430: "convergence not achieved", 451: "invalid values for time variable", 459: "something that should be true of "
    "your data is not", 498: "", 503: "conformability error", 504: "matrix has missing values",
    505: "matrix not symmetric", 506: "matrix not positive definite", 507: "name conflict",
    508: "matrix has zero values",
    601: "file not found", 602: "file already exists", 603: "file could not be opened", 604: "log file already open",
    606: "no log file open", 610: "file not Stata format", 621: "already preserved", 622: "nothing to restore",
    900: "no room to add more variables", 901: "no room to add more observations", 908: "matsize too small",
    909: "op. sys. refuses to provide memory", 1000: "system limit exceeded - see manual", 2000: "no observations",
    2001: "insufficient observations",
}  # fmt: skip


@command("error", shortest="err", start="raw", control=True)
def error(context: Context, statement: Statement) -> None:
    """error exp

    Stop with the return code exp and its message; nothing happens if exp is 0.
    """
    text = statement.rest.strip()
    if not text:
        raise StataError("invalid syntax", 198)
    value = evaluate_scalar(parse_expression(text), context.data, context.environment())
    if isinstance(value, str) or abs(value) >= MISSING or value != int(value) or value < 0:
        raise StataError("invalid syntax", 198)
    if value:
        raise StataError(_MESSAGES.get(int(value), ""), int(value))
