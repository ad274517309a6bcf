"""stset: a real output, the variables it makes, worked by hand, and messages."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
from sessions import failed, run, shown

from mixedcli.data.columns import new_numeric, numeric
from mixedcli.data.dataset import Dataset
from mixedcli.session import Session
from mixedcli.verify.compare import compare

MISSING = 2.0**1023


def made(columns: dict[str, list[float]]) -> Session:
    session = Session()
    n = len(next(iter(columns.values())))
    session.context.data = Dataset(
        {name: new_numeric(name, np.array(values, dtype=float), "double") for name, values in columns.items()}, n
    )
    run(session, "version 17")
    return session


def column(session: Session, name: str) -> list[float | None]:
    values = numeric(session.context.data.columns[name])
    return [None if value >= MISSING else float(value) for value in values]


def test_as_stata_17_prints_it(shared: pathlib.Path) -> None:
    text = (shared / "reference" / "outputs" / "671.txt").read_text("utf-8").partition("#---\n")[2].rstrip("\n")
    session = Session()
    run(session, f"version 17\nuse {shared}/data/transplants.dta")
    command = "stset end_date, origin(transplant_date) failure(died)"
    assert compare(text, shown(session, command)) == []
    assert compare(text, shown(session, "stset")) == []


def test_a_record_per_subject() -> None:
    session = made({"time": [5, 3, MISSING, 8], "died": [1, 0, 1, MISSING]})
    text = shown(session, "stset time, failure(died)")
    assert column(session, "_st") == [1, 1, 0, 1]
    assert column(session, "_d") == [1, 0, None, 0]
    assert column(session, "_t") == [5, 3, None, 8]
    assert column(session, "_t0") == [0, 0, None, 0]
    assert "          1  event time missing (time>=.)                   PROBABLE ERROR" in text
    assert "          3  observations remaining, representing\n          1  failure in single-record" in text
    assert "         16  total analysis time at risk and under observation" in text


def test_values_that_are_failures_scale_and_entry() -> None:
    session = made({"time": [10, 20, 30, 40], "status": [1, 2, 3, 0], "entry": [0, 5, 35, 10], "from": [0, 0, 0, 4]})
    text = shown(session, "stset time, failure(status==2 3) enter(time entry) origin(time from) scale(10)")
    assert column(session, "_st") == [1, 1, 0, 1]
    assert column(session, "_d") == [0, 1, None, 0]
    assert column(session, "_t") == [1, 2, None, pytest.approx(3.6)]
    assert column(session, "_t0") == [0, 0.5, None, pytest.approx(0.6)]
    assert "Failure event: status==2 3" in text
    assert "     Enter on or after: time entry\n     Exit on or before: failure\n" in text
    assert "     Time for analysis: (time-origin)/10\n                Origin: time from\n" in text
    assert "          1  observation ends on or before enter()" in text


def test_subjects_with_several_records() -> None:
    """Each record begins where the one before it ended, in whatever order they stand; none counts after a failure."""
    session = made({
        "id": [2, 1, 1, 2, 1, 3, 3], "time": [7, 4, 9, 3, 12, 5, 5], "d": [0, 0, 1, 0, 1, 0, 1],
    })  # fmt: skip
    text = shown(session, "stset time, id(id) failure(d)")
    assert column(session, "_st") == [1, 1, 1, 1, 0, 1, 0]
    assert column(session, "_t0") == [3, 0, 4, 0, None, 0, None]
    assert column(session, "_d") == [0, 0, 1, 0, None, 0, None]
    assert "           ID variable: id\n" in text
    assert "Observed time interval: (time[_n-1], time]" in text
    assert "          1  multiple records at same instant               PROBABLE ERROR" in text
    assert "          1  observation begins on or after (first) failure" in text
    assert "          3  subjects\n          1  failure in single-failure-per-subject data" in text


def test_all_fail_without_failure_and_rows_left_out() -> None:
    session = made({"time": [5, 3, 2]})
    text = shown(session, "version 14: stset time if time > 2, exit(time 4)")
    assert column(session, "_st") == [1, 1, 0]
    assert column(session, "_t") == [4, 3, None]
    assert column(session, "_d") == [0, 1, None]
    assert "     failure event:  (assumed to fail at time=time)" in text


def test_the_declaration_travels_with_the_data(tmp_path: pathlib.Path) -> None:
    session = made({"time": [5, 3], "died": [1, 0]})
    run(session, f"stset time, failure(died)\nsave {tmp_path}/times.dta\nclear\nuse {tmp_path}/times.dta")
    assert "Failure event: died!=0 & died<." in shown(session, "stset")
    run(session, "stset, clear")
    assert failed(session, "stset") == ("data not st", 119)
    assert "_t" not in session.context.data.columns


@pytest.mark.parametrize(
    ("command", "message", "rc"),
    [
        ("stset", "data not st", 119),
        ("stset nothing", "variable nothing not found", 111),
        ("stset time died", "too many variables specified", 103),
        ("stset time, failure(nothing)", "variable nothing not found", 111),
        ("stset time, failure(died>2)", "option failure() incorrectly specified", 198),
        ("stset time, scale(0)", "scale() must be greater than zero", 198),
        ("stset time, origin(died==1)", "origin() by an event is not built yet", 199),
        ("stset time, exit(time .)", "exit(time .) is not built yet", 199),
    ],
)
def test_messages(command: str, message: str, rc: int) -> None:
    assert failed(made({"time": [5, 3], "died": [1, 0]}), command) == (message, rc)
