"""What tests of commands share: running text in a session, and estimation results known from a print."""

from __future__ import annotations

import numpy as np

from mixedcli.records import record
from mixedcli.report.text import to_text
from mixedcli.results.base import Matrix, Result, Stored
from mixedcli.results.stripe import StripeName
from mixedcli.session import Outcome, Session


def run(session: Session, text: str) -> list[Outcome]:
    """All outcomes of ``text``."""
    return list(session.run(text))


def last(session: Session, text: str) -> Outcome:
    """The outcome of the last statement of ``text``."""
    return run(session, text)[-1]


def shown(session: Session, text: str) -> str:
    """What the last statement of ``text`` prints; it must succeed."""
    outcome = last(session, text)
    assert outcome.error is None, outcome.error
    return to_text(outcome.document) if outcome.document is not None else ""


def fails(session: Session, text: str) -> tuple[int, str]:
    """r() code and message; the data must be the very same object as before."""
    before = session.context.data
    outcome = last(session, text)
    assert outcome.error is not None, f"{text}: no error"
    assert session.context.data is before
    return outcome.error.rc, outcome.error.message


def failed(session: Session, text: str) -> tuple[str, int]:
    """Message and r() code, as `fails`."""
    rc, message = fails(session, text)
    return message, rc


@record(eq=False)
class PrintedFit(Result):
    """Estimation results with nothing but what e() holds; ``names`` may carry an equation (``y:x``)."""

    names: tuple[str, ...]
    b: np.ndarray
    V: np.ndarray
    scalars: dict[str, float]
    macros: dict[str, str]

    def stored(self) -> Stored:
        columns = tuple(StripeName(*name.rpartition(":")[::2]) for name in self.names)
        matrices = {
            "b": Matrix(self.b.reshape(1, -1), (StripeName("", "y1"),), columns),
            "V": Matrix(self.V, columns, columns),
        }
        return Stored("e", self.scalars, self.macros, matrices)
