"""What mvdecode and mvencode share: their mv() option, the variables they act on, the lines they print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...data.dataset import Dataset
from ...data.storage import MISSING_BY_NAME, is_numeric
from ...design.varlist import expand_names
from ...errors import StataError
from ...formats import abbreviate
from ...records import record
from ...results.base import Result
from ...syntax.tree import Statement, Varlist
from ..registry import layout
from .data import counted
from .tables import page

if TYPE_CHECKING:
    from ...report.document import Document, Style

_CODE = re.compile(r"\.[a-z]?")


@record
class MissingRecoded(Result):
    """For each variable that changed how many values did; ``strings``: the variables left out.

    ``verb``: ``generated`` or ``recoded``.
    """

    changes: tuple[tuple[str, int], ...]
    strings: tuple[str, ...]
    verb: str


def chosen(varlist: Varlist, data: Dataset) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The numeric and the string variables of a varlist, which is required."""
    if not varlist:
        raise StataError("varlist required", 100)
    names = tuple(dict.fromkeys(expand_names(varlist, data)))
    numeric = tuple(name for name in names if is_numeric(data.columns[name].storage))
    return numeric, tuple(name for name in names if name not in numeric)


def parts(text: str) -> list[tuple[str, str]]:
    """The pairs of mv(): ``a=b \\ c=d`` is (a, b), (c, d); a part without an equal sign has an empty second."""
    pairs = [each.partition("=") for each in text.split("\\")]
    return [(left.strip(), right.strip()) for left, _, right in pairs]


def missing_code(text: str, statement: Statement) -> float:
    """The double that encodes ``.``, ``.a`` ...; r(198) for anything else."""
    if not _CODE.fullmatch(text):
        raise StataError("option mv() incorrectly specified", 198, statement.span)
    return MISSING_BY_NAME[text]


def changed(before: Sequence[float] | np.ndarray, after: np.ndarray) -> int:
    return int(np.count_nonzero(np.asarray(before) != after))


@layout(MissingRecoded)
def lay_out(result: MissingRecoded, style: Style) -> Document:
    lines = [f"{abbreviate(name, 12):>12}: string variable ignored" for name in result.strings]
    for name, count in result.changes:
        what = counted(count, "missing value", "missing values", style.version)
        lines.append(f"{abbreviate(name, 12):>12}: {what} {result.verb}")
    return page(lines)
