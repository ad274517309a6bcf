"""What every command returns: a frozen record with the numbers, which can also name them as Stata's e() and r()."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..errors import StataError
from ..records import field, fields, is_record, record
from .stripe import StripeName


@record
class Matrix:
    """A named-rows, named-columns matrix: ``values`` has shape (len(rows), len(columns))."""

    values: np.ndarray
    rows: tuple[StripeName, ...]
    columns: tuple[StripeName, ...]


@record
class Stored:
    """Results under Stata's names: numbers, texts and matrices of e() or r().

    Missing numbers are ``math.nan``.  ``matrices`` maps a name to `Matrix`; ``sample`` says that e(sample) exists.
    """

    kind: str                                             # "e" or "r" ("" stores nothing)
    scalars: Mapping[str, float] = field(default_factory=dict)
    macros: Mapping[str, str] = field(default_factory=dict)
    matrices: Mapping[str, Matrix] = field(default_factory=dict)
    sample: bool = False


class Result:
    """Base class of all typed results.  Subclasses are records."""

    __slots__ = ()
    schema: ClassVar[str] = ""

    def stored(self) -> Stored | None:
        """The e() or r() this result leaves behind; None leaves what was there."""
        return None

    def failure(self) -> StataError | None:
        """An error that stops the run after the result has been printed and kept (convergence not achieved)."""
        return None


@record
class Messages(Result):
    """A command that only says something: each line is printed as it stands (``(3 missing values generated)``)."""

    lines: tuple[str, ...] = ()


def json_ready(value: Any) -> Any:
    """``value`` as JSON can hold it: records become objects, arrays lists, missing numbers null."""
    import math

    if isinstance(value, np.ndarray):
        return json_ready(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if is_record(value):
        return {f.name: json_ready(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): json_ready(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [json_ready(v) for v in value]
    return value
