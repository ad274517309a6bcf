"""Results as JSON: one envelope for a run, schema version 1, with a record for each command.

    {"schema": 1, "program": "mixedcli 0.1.0", "status": 0, "error": null, "commands": [
        {"command": "xtmixed", "line": "...", "rc": 0, "message": "", "text": "...", "result": {...} or null,
         "e": {"scalars": {...}, "macros": {...}, "matrices": {...}, "sample": true} or null, "r": {...} or null}]}

Numbers are at full precision; missing values, NaN and infinities are null.  A matrix is
``{"rows": ["eq:name", ...], "columns": [...], "values": [[...], ...]}``.  Keys keep the order they are given in.
"""

from __future__ import annotations

from typing import Any

from ..results.base import Matrix, Result, Stored, json_ready

SCHEMA = 1


def envelope(
    version: str, commands: list[dict[str, Any]], status: int, failure: tuple[int, str] | None = None
) -> dict[str, Any]:
    """The whole run.  ``failure``: (rc, message) of an error outside any command, such as data not found."""
    return {
        "schema": SCHEMA,
        "program": f"mixedcli {version}",
        "status": status,
        "error": None if failure is None else {"rc": failure[0], "message": failure[1]},
        "commands": commands,
    }


def command_record(
    line: str,
    rc: int,
    text: str,
    result: Result | None = None,
    e: Stored | None = None,
    r: Stored | None = None,
    command: str = "",
    message: str = "",
) -> dict[str, Any]:
    """One command's record.  ``command`` is its full name; when not given, the first word of ``line``."""
    return {
        "command": command or (line.split() or [""])[0].rstrip(",:"),
        "line": line,
        "rc": rc,
        "message": message,
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
