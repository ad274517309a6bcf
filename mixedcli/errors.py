"""Every failure a user can cause: Stata's message, its r() code, and where in the text it arose."""

from __future__ import annotations

from typing import Any

LONGEST_MESSAGE = 2000


class StataError(Exception):
    """A user's mistake, printed as Stata prints it: ``message`` then ``r(rc);``.

    ``message`` may hold several lines.  ``span`` is a half-open pair of character offsets into the text of the
    statement that was running (None when no place in the text is to blame).
    """

    def __init__(self, message: str, rc: int, span: tuple[int, int] | None = None) -> None:
        if len(message) > LONGEST_MESSAGE:
            # Messages quote what was typed, and a macro can hold megabytes.
            message = f"{message[: LONGEST_MESSAGE // 2]} ... {message[-LONGEST_MESSAGE // 2 :]}"
        super().__init__(message)
        self.message = message
        self.rc = rc
        self.span = span
        self.source: Any = None      # the statement in which it arose, once the session knows
        self.files = 0               # how many do-files, each run by the one before, it has ended
        self.command = ""            # the command that raised it, by its full name

    def at(self, span: tuple[int, int] | None) -> StataError:
        """The same error, placed at ``span`` unless it already has a place."""
        if self.span is None:
            self.span = span
        return self


class SyntaxFailure(StataError):
    """The text does not follow the grammar; always has a span, so that a caret can be shown."""

    def __init__(self, message: str, span: tuple[int, int], rc: int = 198) -> None:
        super().__init__(message, rc, span)


class NotBuilt(StataError):
    """Stata has it and this program does not, yet."""

    def __init__(self, what: str, span: tuple[int, int] | None = None) -> None:
        super().__init__(f"{what} is not built yet", 199, span)


class Break(StataError):
    """The user pressed ctrl-C."""

    def __init__(self) -> None:
        super().__init__("--Break--", 1)


class Leave(Exception):
    """A signal from ``exit``: end the program, the do-file or the run with ``status``.

    ``everything``: leave do-files that called this one too (``exit, STATA``).
    """

    def __init__(self, status: int, everything: bool = False) -> None:
        super().__init__(status)
        self.status = status
        self.everything = everything


class LoopSignal(Exception):
    """A signal from ``continue``: go on with the next turn of the loop, or (``ends``) leave it."""

    def __init__(self, ends: bool) -> None:
        super().__init__(ends)
        self.ends = ends


def variable_not_found(name: str, span: tuple[int, int] | None = None) -> StataError:
    return StataError(f"variable {name} not found", 111, span)


def no_observations() -> StataError:
    return StataError("no observations", 2000)


def type_mismatch(span: tuple[int, int] | None = None) -> StataError:
    return StataError("type mismatch", 109, span)
