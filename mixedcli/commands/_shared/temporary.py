"""Names that nothing else has: ``__000000`` and so on, and files in the system's folder for temporary ones."""

from __future__ import annotations

import os

from ..context import Context


def temporary_name(context: Context) -> str:
    """A name no temporary variable, scalar or matrix of this session has had."""
    context.temporaries += 1
    return f"__{context.temporaries - 1:06X}"


def temporary_file(context: Context) -> str:
    """The path of a file that does not exist yet; nobody else can have made it."""
    import tempfile

    handle, path = tempfile.mkstemp(prefix="St", suffix=f".{context.temporaries:06d}")
    os.close(handle)
    os.unlink(path)
    context.temporaries += 1
    return path
