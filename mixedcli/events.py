"""What a session tells of as it runs: statements about to run, and what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import StataError
from .records import record
from .syntax.source import SourceStatement

if TYPE_CHECKING:
    from .report.document import Document
    from .results.base import Result, Stored


@record
class Outcome:
    """What one statement did.

    ``text`` is the statement as it ran, macros replaced; ``command`` its full name; ``document`` what it prints (None:
    nothing).  ``error`` is what stopped it; under ``capture`` the error is kept but ``stops`` is False.
    """

    source: SourceStatement
    text: str = ""
    command: str = ""
    result: Result | None = None
    document: Document | None = None
    error: StataError | None = None
    stops: bool = False
    exits: int | None = None
    estimation: Stored | None = None
    returned: Stored | None = None

    @property
    def rc(self) -> int:
        return self.error.rc if self.error else 0


@record
class Echo:
    """The lines of a statement that is about to run, for those who show commands.

    ``level``: 0 for what the user gave, 1 and more for do-files that it runs.  ``first`` is None for plain lines; for a
    block the number that its second statement gets in a log (programs count from 1, loops from 2).  ``continued``: which
    lines of a block go on with the statement of the line before.
    """

    lines: tuple[str, ...]
    level: int
    first: int | None = None
    comment: bool = False
    continued: frozenset[int] = frozenset()


@record
class EndOfFile(Echo):
    """A do-file that another one ran, or a command line, has come to its end; ``left``: by ``exit``."""

    left: bool = False
