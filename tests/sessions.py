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


def succeeded(session: Session, text: str) -> list[Outcome]:
    """All outcomes of ``text``, of which none may be an error that stops it."""
    outcomes = run(session, text)
    error = next((o.error for o in outcomes if o.stops and o.error), None)
    assert error is None, f"{text}: {error}"
    return outcomes


def fails_with(session: Session, text: str, message: str, rc: int) -> None:
    """``text`` must end in this message and r() code, and leave the data alone."""
    assert failed(session, text) == (message, rc)


def ran(session: Session, *lines: str) -> str:
    """What all statements of the lines print; they must succeed."""
    out = []
    for text in lines:
        for outcome in session.run(text):
            assert outcome.error is None, f"{text}: {outcome.error}"
            if outcome.document is not None and outcome.document.blocks:
                out.append(to_text(outcome.document))
    return "\n".join(out)


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
