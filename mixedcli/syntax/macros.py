"""The place where macros are substituted: in the text, when a statement is about to run, before the parser."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import NotBuilt

# A local reference is `name' and may nest; `"..."' is a string.  A global one is $name or ${name}.
_LOCAL = re.compile(r"(?<!\\)`(?!\")[^'`\"]*['`]")
_GLOBAL = re.compile(r"(?<!\\)\$(?:\w|\{)")


def expand(text: str, macros: Mapping[str, str]) -> str:
    """``text`` with the references to ``macros`` replaced by their contents.

    Raises `NotBuilt` at the first reference; text without references passes unchanged.
    """
    if "`" not in text and "$" not in text:
        return text
    match = _LOCAL.search(text) or _GLOBAL.search(text)
    if match:
        raise NotBuilt("macro expansion", match.span())
    return text
