"""constraint: defining, listing, dropping, and what programs ask of it.

The listing's form and r() are those of Stata's manual entry [R] constraint.
"""

from __future__ import annotations

import pytest
from sessions import failed, last, run, shown

from mixedcli.session import Session


@pytest.fixture
def session() -> Session:
    made = Session()
    text = "constraint 11 x1 =  x2\ncons de 2 [indemnity]2.site = 0\nconstraint define 3 a b"
    for outcome in run(made, text):
        assert outcome.error is None, outcome.error
    return made


def test_listing(session: Session) -> None:
    everything = "     2:  [indemnity]2.site = 0\n     3:  a b\n    11:  x1 = x2"
    assert shown(session, "constraint list") == everything
    assert shown(session, "constraint dir") == everything
    assert shown(session, "cons d _all") == everything
    assert shown(session, "cons l 11 1-2") == "     2:  [indemnity]2.site = 0\n    11:  x1 = x2"
    assert shown(session, "constraint list 5/9") == ""


def test_redefined_and_dropped(session: Session) -> None:
    run(session, "constraint 3 a = 1")
    assert shown(session, "constraint list 3") == "     3:  a = 1"
    run(session, "constraint drop 1-3, 9")
    assert session.context.state.constraints == {11: "x1 = x2"}
    run(session, "constraint drop _all")
    assert session.context.state.constraints == {}


def test_a_number_without_anything_is_free_again(session: Session) -> None:
    run(session, "constraint 3")
    assert 3 not in session.context.state.constraints


def test_clear(session: Session) -> None:
    run(session, "clear")
    assert len(session.context.state.constraints) == 3
    run(session, "clear all")
    assert not session.context.state.constraints


def test_for_programs(session: Session) -> None:
    assert last(session, "constraint get 11").result.stored().macros == {"contents": "x1 = x2"}
    assert last(session, "constraint get 11").result.stored().scalars == {"defined": 1.0}
    missing = last(session, "constraint get 5").result.stored()
    assert (missing.scalars, missing.macros) == ({"defined": 0.0}, {})
    assert shown(session, "constraint free\ndisplay r(free)") == "1"
    assert shown(session, "constraint 1 z = 1\nconstraint free\ndisplay r(free)") == "4"


@pytest.mark.parametrize(("command", "message", "rc"), [
    ("constraint", "invalid syntax", 198),
    ("constraint x = 1", "invalid syntax", 198),
    ("constraint define x = 1", "invalid syntax", 198),
    ("constraint 0 x = 1", "constraint number must be between 1 and 1999", 198),
    ("constraint 2000 x = 1", "constraint number must be between 1 and 1999", 198),
    ("constraint drop", "invalid syntax", 198),
    ("constraint drop x", "invalid numlist", 121),
    ("constraint list 1.5", "invalid numlist", 121),
    ("constraint get 1 2", "invalid syntax", 198),
    ("constraint free 1", "invalid syntax", 198),
])  # fmt: skip
def test_wrong_lines(session: Session, command: str, message: str, rc: int) -> None:
    before = session.context.state.constraints
    assert failed(session, command) == (message, rc)
    assert session.context.state.constraints is before


def test_a_failure_takes_nothing_back(session: Session) -> None:
    assert last(session, "constraint 7 b = 1\ncapture nonsense\nconstraint list 7").error is None
    assert session.context.state.constraints[7] == "b = 1"
