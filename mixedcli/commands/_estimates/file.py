"""Estimation results in a file: JSON of our own, in which every record says its class.

Reading makes nothing but records of this package, tuples, mappings, numbers, texts and arrays of numbers; no code that
a file holds is ever run.  Design matrices as long as the data are left out of large files, and so are the workings of an
optimiser: results can be shown, tested, combined and used for linear predictions without them.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import json
import math
import re
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import StataError
from ...records import is_record, record
from ...results.base import Result, Stored
from ...syntax.spec import OptionValues

if TYPE_CHECKING:
    from ..context import Context, Estimates

FORMAT, VERSION = "mixedcli estimates", 1
PACKAGE = __name__.partition(".")[0]
SMALL = 200                          # rows of data up to which nothing is left out
_MODULE = re.compile(rf"{PACKAGE}\.(?:results|design|engine|syntax|data|commands)(?:\.[a-z_]\w*){{1,2}}")
_WORKINGS = (f"{PACKAGE}.engine.marginal.", f"{PACKAGE}.engine.response.")      # of the search for a maximum
_TAG = "$"


@record
class SavedEstimates:
    """What a file holds."""

    result: Result
    model: Any
    added: Stored | None = None


class Absent:
    """What a file does not hold: whoever needs it gets r(321)."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise StataError("not possible after estimates use: it needs what the estimation command had in memory", 321)


# ---- writing -------------------------------------------------------------------------------------------------


def to_text(estimates: Estimates, rows: int) -> str:
    """The text of a file; ``rows`` is the number of rows of the estimation sample."""
    long = rows if rows > SMALL else -1
    content: dict[str, Any] = {"format": FORMAT, "version": VERSION, "result": _plain(estimates.result, long)}
    content["added"] = _plain(estimates.added, long)
    content["model"] = _plain(estimates.model, long)
    return json.dumps(content, ensure_ascii=False, allow_nan=False)


def _plain(value: Any, long: int) -> Any:
    """``value`` in what JSON has; anything else is an object whose ``$`` says what it is.

    What is neither data nor a record (the workings of an optimiser) is `Absent` when it is read again.
    """
    if value is None or (isinstance(value, (bool, int, str)) and not isinstance(value, np.generic)):
        return value
    if isinstance(value, (float, np.generic)):
        return _number(value.item() if isinstance(value, np.generic) else value)
    if isinstance(value, np.ndarray):
        return _array(value[:0] if value.dtype.kind == "f" and value.ndim and len(value) == long else value)
    if isinstance(value, (tuple, list)):
        return {_TAG: type(value).__name__, "items": [_plain(each, long) for each in value]}
    if isinstance(value, (set, frozenset)):
        return {_TAG: "frozenset", "items": [_plain(each, long) for each in sorted(value)]}
    if isinstance(value, OptionValues):
        return {_TAG: "options", "values": _plain(dict(value), long), "spans": _plain(value.spans, long)}
    if isinstance(value, Mapping):
        return {_TAG: "mapping", "items": [[_plain(k, long), _plain(v, long)] for k, v in value.items()]}
    module = type(value).__module__
    if is_record(value) and module.startswith(f"{PACKAGE}.") and not module.startswith(_WORKINGS):
        fields = {name: _plain(getattr(value, name), long) for name in value.__record_fields__}
        return {_TAG: "record", "class": f"{module}:{type(value).__qualname__}", "fields": fields}
    return {_TAG: "absent"}


def _number(value: Any) -> Any:
    """A float keeps all its digits; those that JSON does not know are written by name."""
    if isinstance(value, float) and not math.isfinite(value):
        return {_TAG: "number", "text": str(value)}
    return value


def _array(value: np.ndarray) -> Any:
    if value.dtype.kind not in "fiub":
        return {_TAG: "texts", "items": _plain(value.tolist(), -1)}
    raw = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<")).tobytes()
    data = base64.b64encode(zlib.compress(raw))
    dtype = value.dtype.newbyteorder("<").str
    return {_TAG: "array", "type": dtype, "shape": list(value.shape), "data": data.decode("ascii")}


# ---- reading -------------------------------------------------------------------------------------------------


def from_text(text: str, path: str) -> SavedEstimates:
    """What the text of a file holds.  Raises r(610) for a file that is not one of ours, or of another version."""
    wrong = StataError(f"file {path} not in the format of saved estimates", 610)
    try:
        content = json.loads(text)
        if not isinstance(content, dict) or content.get("format") != FORMAT or content.get("version") != VERSION:
            raise wrong
        made = SavedEstimates(*(_made(content[name]) for name in ("result", "model", "added")))
        if not isinstance(made.result, Result) or not (made.added is None or isinstance(made.added, Stored)):
            raise wrong
        made.result.stored()
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, ImportError):
        raise wrong from None
    return made


def _made(value: Any) -> Any:
    if isinstance(value, list):
        raise ValueError("a bare list")
    if not isinstance(value, dict):
        return value
    return _MAKERS[value[_TAG]](value)


def _items(value: dict[str, Any]) -> list[Any]:
    return [_made(each) for each in value["items"]]


def _made_array(value: dict[str, Any]) -> np.ndarray:
    dtype = np.dtype(value["type"])
    if dtype.kind not in "fiub":
        raise ValueError("not an array of numbers")
    try:
        data = zlib.decompress(base64.b64decode(value["data"], validate=True))
    except (binascii.Error, zlib.error):
        raise ValueError("damaged") from None
    return np.frombuffer(data, dtype).reshape(tuple(int(n) for n in value["shape"])).copy()


def _made_record(value: dict[str, Any]) -> Any:
    module, _, name = value["class"].partition(":")
    if not _MODULE.fullmatch(module) or not name.isidentifier():
        raise ValueError("not a record of this package")
    cls = getattr(importlib.import_module(module), name)
    if not isinstance(cls, type) or "__record_fields__" not in vars(cls) or cls.__module__ != module:
        raise ValueError("not a record of this package")
    return cls(**{key: _made(each) for key, each in value["fields"].items()})


_MAKERS: dict[str, Any] = {
    "number": lambda value: float(value["text"]),
    "tuple": lambda value: tuple(_items(value)),
    "list": _items,
    "frozenset": lambda value: frozenset(_items(value)),
    "mapping": lambda value: {_made(k): _made(v) for k, v in value["items"]},
    "options": lambda value: OptionValues(_made(value["values"]), _made(value["spans"])),
    "texts": lambda value: np.array(_made(value["items"]), dtype=object),
    "absent": lambda value: Absent(),
    "array": _made_array,
    "record": _made_record,
}


def make_active(context: Context, saved: SavedEstimates) -> None:
    """Make them the active results; e(sample) is nowhere, since the data in memory may be others."""
    from ...records import replace
    from .._shared.posted import PostedModel

    model = PostedModel() if isinstance(saved.model, Absent) else saved.model
    context.post(saved.result, model, np.zeros(context.data.n, dtype=bool))
    if saved.added is not None:
        context.change(estimates=replace(context.estimates, added=saved.added))
