"""The table of functions: how many arguments each takes, of what type, and what it does with missing values.

A function's ``kinds`` string has one letter per argument: ``n`` numeric, ``s`` string, ``a`` either; its last letter
serves all further arguments.  ``strict`` functions give ``.`` as soon as an argument is missing, so their code sees
ordinary numbers only; the others get missing values as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from ..data.storage import MISSING
from ..errors import NotBuilt, StataError, type_mismatch
from ..records import record
from ..syntax import tree
from .environment import Value
from .evaluate import Evaluator, is_string, tidy, working

MANY = 1000
_ROOMS = (
    "numeric", "rows", "random", "special", "distributions", "discrete", "families", "noncentral", "string", "regex",
    "dates", "calendar",
)
# Functions of Stata that this program does not have.
NOT_BUILT = (
    "_caller age_frac bofd clockdiff clockdiff_frac clockpart collatorlocale collatorversion datediff_frac datepart "
    "dgammapda dgammapdada dgammapdadx dgammapdx dgammapdxdx dofb dunnettprob fileread filereaderror filewrite "
    "firstdowofmonth frval frvalname invdunnettprob invtukeyprob isleapsecond lastdowofmonth lniwishartden "
    "lnmvnormalden lnwishartden nextbirthday nextdow nextleapyear previousbirthday previousdow previousleapyear "
    "tukeyprob ustrcompare ustrcompareex ustrfrom ustrsortkey ustrsortkeyex ustrto ustrtohex ustrunescape"
)


@record
class Function:
    """One function: ``code`` takes the values of the arguments, with the evaluator in front if ``needs_rows``."""

    code: Callable[..., Any]
    kinds: str = "n"
    least: int = 1
    most: int = 1
    strict: bool = True
    needs_rows: bool = False


@cache
def table() -> Mapping[str, Function]:
    """All functions by name."""
    from importlib import import_module

    return {
        name: function
        for room in _ROOMS
        for name, function in import_module(f"{__package__}.functions_{room}").FUNCTIONS.items()
    }


def call_function(evaluator: Evaluator, node: tree.Call) -> Value:
    """The value of a function call.

    Raises r(133) for an unknown function, r(198) for a wrong number of arguments, r(109) for a wrong type.
    """
    if node.function == "scalar":
        return _scalar(evaluator, node)
    function = table().get(node.function)
    if function is None:
        from .functions_matrix import MATRIX_FUNCTIONS

        if node.function in MATRIX_FUNCTIONS:
            return MATRIX_FUNCTIONS[node.function](evaluator, node)
        if node.function in NOT_BUILT.split():
            raise NotBuilt(f"{node.function}()", node.span)
        raise StataError(f"unknown function {node.function}()", 133, node.span)
    if not function.least <= len(node.args) <= function.most:
        raise StataError("invalid syntax", 198, node.span)
    values = [evaluator.value(arg) for arg in node.args]
    _check_kinds(function.kinds, values, node)
    try:
        return _apply(function, evaluator, values)
    except StataError as error:
        raise error.at(node.span) from None


def _apply(function: Function, evaluator: Evaluator, values: list[Value]) -> Value:
    """Run the code of a function and bring its result into the working representation."""
    with np.errstate(all="ignore"):
        if function.needs_rows:
            return function.code(evaluator, *values)
        if not function.strict:
            return function.code(*values)
        numbers = [value for value in values if not is_string(value)]
        safe = [value if is_string(value) else _without_missing(value) for value in values]
        result = function.code(*safe)
        return result if is_string(result) else tidy(result, *numbers)


def _without_missing(value: Any) -> Any:
    """Missing numbers become NaN, so that they cannot overflow or look like data inside a function."""
    return np.where(np.asarray(value) < MISSING, value, np.nan)


def _check_kinds(kinds: str, values: list[Value], node: tree.Call) -> None:
    for k, value in enumerate(values):
        kind = kinds[min(k, len(kinds) - 1)]
        if kind != "a" and is_string(value) != (kind == "s"):
            raise type_mismatch(node.args[k].span)


def _scalar(evaluator: Evaluator, node: tree.Call) -> Value:
    """``scalar(x)``: the scalar x even if a variable has that name."""
    if len(node.args) != 1 or not isinstance(node.args[0], tree.Name):
        raise StataError("invalid syntax", 198, node.span)
    name = node.args[0].name
    if name not in evaluator.env.scalars:
        raise StataError(f"{name} not found", 111, node.args[0].span)
    return working(evaluator.env.scalars[name])
