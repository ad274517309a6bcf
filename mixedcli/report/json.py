"""Results as JSON: one envelope per command, schema version 1.

    {"schema": 1, "command": "xtmixed", "line": "...", "rc": 0, "text": "...", "result": {...} or null,
     "e": {"scalars": {...}, "macros": {...}, "matrices": {...}, "sample": true} or null, "r": {... the same ...} or null}

Numbers are at full precision; missing values, NaN and infinities are null.  A matrix is
``{"rows": ["eq:name", ...], "columns": [...], "values": [[...], ...]}``.  Keys keep the order they are given in.
"""

from __future__ import annotations

from typing import Any

from ..results.base import Matrix, Result, Stored, json_ready

SCHEMA = 1


def envelope(
    line: str, rc: int, text: str, result: Result | None = None, e: Stored | None = None, r: Stored | None = None,
    command: str = "",
) -> dict[str, Any]:
    """One command's envelope.  ``command`` is its full name; when not given, the first word of ``line``."""
    return {
        "schema": SCHEMA,
        "command": command or (line.split() or [""])[0].rstrip(",:"),
        "line": line,
        "rc": rc,
        "text": text,
        "result": result_object(result),
        "e": stored_object(e),
        "r": stored_object(r),
    }


def result_object(result: Result | None) -> dict[str, Any] | None:
    """A typed result as an object; ``type`` names it (``mixed``, ``estat icc``, or the class)."""
    if result is None:
        return None
    return {"type": result.schema or type(result).__name__.lower(), **json_ready(result)}


def stored_object(stored: Stored | None) -> dict[str, Any] | None:
    """e() or r() as an object; None for a command that stores nothing."""
    if stored is None or not stored.kind:
        return None
    out = {
        "scalars": json_ready(_without_missing(stored.scalars)),
        "macros": dict(stored.macros),
        "matrices": {name: _matrix(matrix) for name, matrix in stored.matrices.items()},
    }
    return out | ({"sample": True} if stored.sample else {})


def to_json(envelopes: list[dict[str, Any]] | dict[str, Any], indent: int | None = 2) -> str:
    """The envelopes as JSON text, keys in order, without a newline at the end."""
    import json

    return json.dumps(envelopes, indent=indent, ensure_ascii=False, allow_nan=False)


def _without_missing(scalars: Any) -> dict[str, float | None]:
    """Stata's own missing doubles (2**1023 and up) are missing here too."""
    return {name: None if value >= 2.0**1023 else value for name, value in scalars.items()}


def _matrix(matrix: Matrix) -> dict[str, Any]:
    return {
        "rows": [str(name) for name in matrix.rows],
        "columns": [str(name) for name in matrix.columns],
        "values": json_ready(matrix.values),
    }
