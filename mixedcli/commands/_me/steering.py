"""Options that steer Stata's search for the maximum.

The search here goes to the exact maximum whatever they say; what they hold is checked, so that a mistyped one does not
pass in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ...errors import StataError
from ...syntax.numlist import read_numlist
from ...syntax.spec import OptionValues, abbreviates, incorrectly_specified

_TECHNIQUES = ("nr", "bhhh", "dfp", "bfgs")
_START = ("zero", "constantonly", "fixedonly", "iv", "iterate")
# The maximize options with their least abbreviations, as refineopts() takes them.
_MAXIMIZE = {
    "iterate": "iter", "difficult": "dif", "technique": "tech", "tolerance": "tol", "ltolerance": "ltol",
    "nrtolerance": "nrtol", "nonrtolerance": "nonrtol", "log": "log", "nolog": "nolo", "trace": "trace",
    "gradient": "grad", "hessian": "hess", "showstep": "showstep", "showtolerance": "showtol",
}
_OPTION = re.compile(r"([a-z]+)(?:\([^()]*\))?\s*")


def check_steering(options: OptionValues) -> None:
    """r(198) for arguments that Stata's own option would not take."""
    for name, fits in _CHECKS.items():
        typed = options.get(name)
        if isinstance(typed, str) and not fits(typed.strip()):
            raise incorrectly_specified(name, options.spans.get(name))
    if options.get("matsqrt") and options.get("matlog"):
        raise StataError("options matsqrt and matlog may not be combined", 198, options.spans.get("matlog"))


def _technique(text: str) -> bool:
    """``nr``, or several with how many iterations each has: ``bhhh 5 nr``."""
    words = text.split()
    return bool(words) and words[0] in _TECHNIQUES and all(word in _TECHNIQUES or word.isdigit() for word in words)


def _start_values(text: str) -> bool:
    match = _OPTION.match(text)
    return match is not None and match[1] in _START


def _grid(text: str) -> bool:
    """A list of numbers, after which names of parameters may stand."""
    try:
        return all(value >= 0 for value in read_numlist(text))
    except StataError:
        return re.search(r"[\[=]", text) is not None


def _maximize(text: str) -> bool:
    words = [match[1] for match in _OPTION.finditer(text)]
    known = all(any(abbreviates(word, name, least) for name, least in _MAXIMIZE.items()) for word in words)
    return known and not _OPTION.sub("", text).strip()


_CHECKS: dict[str, Callable[[str], bool]] = {
    "technique": _technique, "startvalues": _start_values, "startgrid": _grid, "refineopts": _maximize,
    "evaltype": lambda text: re.fullmatch(r"(gf|mv)\d", text) is not None,
}
