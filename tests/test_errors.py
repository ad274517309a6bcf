"""What a user meets when something is wrong: message, r() code, exit status, place in the text, and data as before."""

from __future__ import annotations

import builtins
import pathlib
import struct
from typing import Any, NamedTuple

import pytest

from mixedcli.cli import run
from mixedcli.session import Outcome, Session

# A numpy warning would reach the user's screen.
pytestmark = pytest.mark.filterwarnings("error")

FIT = "quietly xtmixed measure age || idnr:"


class Case(NamedTuple):
    """The last of ``lines`` fails; ``blamed`` is the piece of it under the caret ("" where none can be blamed)."""

    name: str
    lines: tuple[str, ...]
    message: str
    rc: int
    blamed: str = ""


def case(name: str, *lines: str, message: str, rc: int, blamed: str = "") -> Case:
    return Case(name, lines, message, rc, blamed)


def not_found(name: str) -> str:
    return f"variable {name} not found"


def no_string(name: str) -> str:
    return f"string variables not allowed in varlist;\n{name} is a string variable"


COMMANDS = (
    case("unknown", "foo measure", message="command foo is unrecognized", rc=199, blamed="foo"),
    case("too short", "s age", message="command s is unrecognized", rc=199, blamed="s"),
    case("behind a prefix", "quietly foo", message="command foo is unrecognized", rc=199, blamed="foo"),
    case("in capitals", "XTMIXED measure age", message="command XTMIXED is unrecognized", rc=199, blamed="XTMIXED"),
    case("planned", "xtabond measure age", message="xtabond is not built yet", rc=199, blamed="xtabond"),
    case("planned, short", "an measure age", message="anova is not built yet", rc=199, blamed="an"),
    case("planned prefix", "permute: count", message="the permute prefix is not built yet", rc=199,
         blamed="permute:"),
    case("behind by", "sort sex", "by sex: foo", message="command foo is unrecognized", rc=199, blamed="foo"),
    case("unsuited to by", "sort sex", "by sex: describe", message="describe may not be combined with by", rc=190,
         blamed="describe"),
    case("planned estat", FIT, "estat vif", message="estat vif is not built yet", rc=199, blamed="estat"),
    case("planned option", "xtmixed measure age || idnr:, small",
         message="option small is not built yet", rc=199, blamed="small"),
    case("planned weights", "xtmixed measure [pw=age] || idnr:",
         message="weights in mixed models is not built yet", rc=199,
         blamed="[pw=age]"),
)  # fmt: skip

OPTIONS = (
    case("of the model", "xtmixed measure age || idnr:, foo", message="option foo not allowed", rc=198, blamed="foo"),
    case("in the fixed part", "xtmixed measure age, foo || idnr:",
         message="option foo not allowed", rc=198, blamed="foo"),
    case("with arguments", "xtmixed measure || idnr:, foo(1)",
         message="option foo() not allowed", rc=198, blamed="foo(1)"),
    case("abbreviated too far", "xtmixed measure || idnr:, mlE",
         message="option mlE not allowed", rc=198, blamed="mlE"),
    case("of summarize", "summarize age, nope", message="option nope not allowed", rc=198, blamed="nope"),
    case("of estat", FIT, "estat icc, nope", message="option nope not allowed", rc=198, blamed="nope"),
    case("of predict", FIT, "predict f, nope", message="option nope not allowed", rc=198, blamed="nope"),
    case("flag with arguments", "xtmixed measure || idnr:, mle(1)",
         message="option mle() not allowed", rc=198, blamed="mle(1)"),
    case("without its arguments", "xtmixed measure || idnr:, level",
         message="option level() incorrectly specified", rc=198,
         blamed="level"),
    case("unknown structure", "xtmixed measure || idnr: age, cov(foo)",
         message="option covariance() incorrectly specified",
         rc=198, blamed="cov(foo)"),
    case("out of range", "xtmixed measure || idnr:, level(5)",
         message="level() must be between 10 and 99.99 inclusive", rc=198,
         blamed="5"),
    case("contradiction", "xtmixed measure || idnr:, mle reml",
         message="options mle and reml may not be combined", rc=198,
         blamed="reml"),
)  # fmt: skip

NAMES = (
    case("outcome", "xtmixed nope age || idnr:", message=not_found("nope"), rc=111, blamed="nope"),
    case("covariate", "xtmixed measure nope || idnr:", message=not_found("nope"), rc=111, blamed="nope"),
    case("factor", "xtmixed measure i.nope || idnr:", message=not_found("nope"), rc=111, blamed="nope"),
    case("random slope", "xtmixed measure age || idnr: nope", message=not_found("nope"), rc=111, blamed="nope"),
    case("group", "xtmixed measure age || nope:", message=not_found("nope"), rc=111, blamed="nope"),
    case("condition", "xtmixed measure if nope == 1 || idnr:", message=not_found("nope"), rc=111, blamed="nope"),
    case("wildcard", "summarize zz*", message=not_found("zz*"), rc=111, blamed="zz*"),
    case("ambiguous", "generate mx = 1", "xtmixed m age || idnr:",
         message="m ambiguous abbreviation", rc=111, blamed="m"),
    case("ambiguous in an expression", "generate mx = 1", "count if m > 2", message="m ambiguous abbreviation", rc=111,
         blamed="m"),
    case("in display", "display nope", message="nope not found", rc=111, blamed="nope"),
    case("function", "display nope(1)", message="unknown function nope()", rc=133, blamed="nope(1)"),
    case("already there", "generate age = 1", message="variable age already defined", rc=110, blamed="age = 1"),
    case("not a name", "generate 3k = 1", message="3k invalid name", rc=198, blamed="3k"),
    case("after rename", FIT, "rename measure m", "predict r, residuals", message=not_found("measure"), rc=111),
)  # fmt: skip

TYPES = (
    case("text for a number", 'count if age == "a"', message="type mismatch", rc=109, blamed='age == "a"'),
    case("sum of text and number", 'display "a" + 1', message="type mismatch", rc=109, blamed='"a" + 1'),
    case("text into a number", 'replace age = "a"', message="type mismatch", rc=109, blamed='"a"'),
    case("covariate", 'generate str3 s = "a"', "xtmixed measure s || idnr:",
         message=no_string("s"), rc=109, blamed="s"),
    case("outcome", 'generate str3 s = "a"', "xtmixed s age || idnr:", message=no_string("s"), rc=109, blamed="s"),
    case("random slope", 'generate str3 s = "a"', "xtmixed measure || idnr: s",
         message=no_string("s"), rc=109, blamed="s"),
    case("factor", 'generate str3 s = "a"', "xtmixed measure i.s || idnr:",
         message="s:  string variables may not be used as factor variables", rc=109,
         blamed="s"),
    case("a variable replaced by text", FIT, "drop age", 'generate str1 age = "a"', "predict f",
         message="type mismatch",
         rc=109),
    case("noninteger factor", "xtmixed measure i.measure || idnr:",
         message="measure:  factor variables may not contain noninteger values", rc=452, blamed="measure"),
)  # fmt: skip

SAMPLES = (
    case("condition", "xtmixed measure age if age > 100 || idnr:", message="no observations", rc=2000),
    case("outcome missing", "generate x = .", "xtmixed x age || idnr:", message="no observations", rc=2000),
    case("covariate missing", "generate x = .", "xtmixed measure x || idnr:", message="no observations", rc=2000),
    case("random slope missing", "generate x = .a", "xtmixed measure || idnr: x", message="no observations", rc=2000),
    case("group missing", "generate x = .", "xtmixed measure age || x:", message="no observations", rc=2000),
    case("too large for Stata", "generate double x = 1e308", "xtmixed measure x || idnr:",
         message="no observations", rc=2000),
    case("overflow is missing", "generate double x = 1e308 * 10", "xtmixed x age || idnr:",
         message="no observations", rc=2000),
    case("too few", "xtmixed measure age in 1/2 || idnr:", message="insufficient observations", rc=2001),
    case("constant outcome", "generate byte k = 7", "xtmixed k age || idnr:", message="outcome does not vary", rc=2000),
    case("constant in the sample", "xtmixed age sex if age == 8 || idnr:", message="outcome does not vary", rc=2000),
    case("rows that are not there", "list in 1/1000",
         message="observation numbers out of range", rc=198, blamed="in 1/1000"),
)  # fmt: skip

SYNTAX = (
    case("parenthesis", "xtmixed measure age || idnr: (", message="too few ')' or ']'", rc=132, blamed="("),
    case("no colon", "xtmixed measure age || idnr", message="invalid syntax", rc=198, blamed=""),
    case("no level", "xtmixed measure age ||", message="invalid syntax", rc=198),
    case("no outcome", "xtmixed || idnr:", message="varlist required", rc=100),
    case("half a comparison", "count if age ==", message="invalid syntax", rc=198),
    case("open quote", 'display "abc', message="too few quotes", rc=132, blamed='"'),
    case("two values", 'count if age "b"', message="invalid syntax", rc=198, blamed='"b'),
    case("no expression", "generate x =", message="invalid syntax", rc=198),
    case("a keyword for a name", "generate if = 3", message="invalid syntax", rc=198, blamed="if"),
)  # fmt: skip

ESTIMATES = (
    case("estat", "estat icc", message="last estimates not found", rc=301),
    case("replay", "xtmixed", message="last estimates not found", rc=301),
    case("predict", "predict u, reffects", message="last estimates not found", rc=301),
    case("test", "test age", message="last estimates not found", rc=301),
    case("lincom", "lincom age", message="last estimates not found", rc=301),
    case("coefficient", "display _b[age]", message="last estimates not found", rc=301),
    case("store", "estimates store a", message="last estimates not found", rc=301),
    case("estat after no random effects", "quietly xtmixed measure age", "estat icc",
         message="requested action not valid after most recent estimation command", rc=321),
    case("estat subcommand", FIT, "estat foo", message="estat subcommand foo is unrecognized", rc=199, blamed="estat"),
    case("no such coefficient", FIT, "test nope", message="nope not found", rc=111, blamed="nope"),
    case("no such set", "estimates restore nope", message="estimation result nope not found", rc=111, blamed="nope"),
)  # fmt: skip

GROUPS = {
    "command": COMMANDS, "option": OPTIONS, "name": NAMES, "type": TYPES, "sample": SAMPLES, "syntax": SYNTAX,
    "estimates": ESTIMATES,
}  # fmt: skip
CASES = [pytest.param(c, id=f"{group}: {c.name}") for group, cases in GROUPS.items() for c in cases]


def ready(*lines: str) -> Session:
    """A session with the growth data in which ``lines`` have run without an error."""
    session = Session()
    for line in ("use growth", *lines):
        for outcome in session.run(line):
            assert outcome.error is None, (line, outcome.error)
    return session


def fail(session: Session, line: str) -> Outcome:
    """The outcome of a line that must fail and leave data, estimates and settings as they were."""
    before = session.context.state
    (outcome,) = session.run(line)
    after = session.context.state
    assert outcome.stops
    assert outcome.error is not None
    assert outcome.document is None
    assert after.data is before.data
    assert after.estimates is before.estimates
    assert after.saved is before.saved
    assert after.returned is before.returned
    assert after.settings == before.settings
    assert after.rc == outcome.rc
    return outcome


@pytest.mark.parametrize("wrong", CASES)
def test_message_code_and_nothing_changed(wrong: Case) -> None:
    outcome = fail(ready(*wrong.lines[:-1]), wrong.lines[-1])
    assert outcome.error is not None
    assert (outcome.error.message, outcome.rc) == (wrong.message, wrong.rc)


@pytest.mark.parametrize("wrong", CASES)
def test_standard_error_and_exit_status(wrong: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-u", "growth", *wrong.lines]) == 1
    shown = capsys.readouterr()
    head = f"{wrong.message}\nr({wrong.rc});\n"
    assert shown.err.startswith(head)
    assert wrong.message not in shown.out
    caret = shown.err.removeprefix(head)
    if wrong.blamed:
        text, marks = caret.splitlines()
        assert text == f"  {wrong.lines[-1]}"
        assert text[marks.index("^") :].startswith(wrong.blamed)
        assert marks.strip() == "^" + "~" * (len(wrong.blamed) - 1)


@pytest.mark.parametrize("wrong", CASES)
def test_captured(wrong: Case) -> None:
    """Under ``capture`` the run goes on, ``_rc`` holds the code, and nothing else has changed."""
    session = ready(*wrong.lines[:-1])
    before = session.context.state
    (outcome,) = session.run(f"capture {wrong.lines[-1]}")
    assert not outcome.stops
    assert outcome.document is None
    after = session.context.state
    assert after.rc == wrong.rc
    assert after.data is before.data
    assert after.estimates is before.estimates


def test_a_failed_fit_keeps_the_last_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-u", "growth", FIT, "capture xtmixed nope || idnr:", "display _rc", "display %8.6f _b[age]"]) == 0
    # nlme's fixef(lme(distance ~ age, Orthodont)) is .6601852.
    assert capsys.readouterr().out == "111\n0.660185\n"


def test_a_failure_in_the_middle_of_the_work_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from mixedcli.commands._mixed import common as _mixed

    for failure, rc in ((KeyboardInterrupt, 1), (MemoryError, 909), (RecursionError, 909)):
        session = ready(FIT)

        def broken(*args: Any, failure: type[BaseException] = failure) -> None:
            raise failure

        monkeypatch.setattr(_mixed, "fit_model", broken)
        outcome = fail(session, "xtmixed measure || idnr:")
        monkeypatch.undo()
        assert outcome.rc == rc


def test_memory_can_be_captured_and_ctrl_c_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    from mixedcli.commands._mixed import common as _mixed

    session = ready()

    def broken(failure: type[BaseException]) -> Outcome:
        def raising(*args: Any) -> None:
            raise failure

        monkeypatch.setattr(_mixed, "fit_model", raising)
        (outcome,) = session.run("capture xtmixed measure || idnr:")
        return outcome

    assert not broken(MemoryError).stops
    assert session.context.state.rc == 909
    assert broken(KeyboardInterrupt).stops


# ---- numbers at the edge of what a double holds ----


@pytest.mark.parametrize("scale", ["1e306", "1e200", "1e-200"])
def test_a_fit_does_not_depend_on_the_unit(scale: str) -> None:
    """Nothing overflows: the z statistic and the random part's share are those of the data in millimetres."""
    session = ready(FIT)
    assert session.context.state.estimates is not None
    plain = session.context.state.estimates.result
    session = ready(f"generate double big = {scale} * measure", "quietly xtmixed big age || idnr:")
    assert session.context.state.estimates is not None
    scaled = session.context.state.estimates.result
    assert scaled.stored().scalars["chi2_c"] == pytest.approx(plain.stored().scalars["chi2_c"], rel=1e-6)


def test_an_outcome_without_residuals_is_refused() -> None:
    outcome = fail(ready("generate double h = 2 * age + 1"), "xtmixed h age || idnr:")
    assert outcome.rc == 1400
    assert "initial values not feasible" in outcome.error.message  # type: ignore[union-attr]


# ---- files ----


def test_unsaved_data_are_not_replaced() -> None:
    for line in ("use gcse", "sysuse gcse"):
        outcome = fail(ready("generate x = 1"), line)
        assert outcome.error is not None
        assert (outcome.error.message, outcome.rc) == ("no; data in memory would be lost", 4)


def dta_with(value: float) -> bytes:
    """A Stata file (format 114, little-endian) of 4 rows: doubles x, whose third value is ``value``, and g."""
    header = struct.pack("<bbbbhi", 114, 2, 1, 0, 2, 4) + bytes(81) + bytes(18)
    types = bytes([255, 255])
    names = b"x".ljust(33, b"\0") + b"g".ljust(33, b"\0")
    sorting = bytes(2 * 3)
    formats = b"%9.0g".ljust(49, b"\0") * 2
    rest = bytes(33 * 2) + bytes(81 * 2) + bytes(5)
    rows = b"".join(struct.pack("<dd", x, g) for x, g in ((1.0, 1.0), (2.5, 2.0), (value, 1.0), (3.0, 2.0)))
    return header + types + names + sorting + formats + rest + rows


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 8.99e307])
def test_infinite_values_in_a_file_are_missing(tmp_path: pathlib.Path, value: float, capsys: Any) -> None:
    path = tmp_path / "inf.dta"
    path.write_bytes(dta_with(value))
    assert run(["-u", str(path), "count if missing(x)", "quietly summarize x", "display r(mean) \" \" r(max)"]) == 0
    # The other three are 1, 2.5 and 3.
    assert capsys.readouterr().out.split() == ["1", "2.1666667", "3"]
    assert run(["-u", str(path), "replace x = . if x != .", "xtmixed x || g:"]) == 1
    assert capsys.readouterr().err == "no observations\nr(2000);\n"


def test_infinite_values_in_csv_are_text(capsys: Any, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "inf.csv"
    path.write_text("y,x,g\n1,inf,1\n2,3,1\n4,-inf,2\n", encoding="utf-8")
    assert run(["-u", str(path), "xtmixed y x || g:"]) == 1
    assert capsys.readouterr().err.startswith(f"{no_string('x')}\nr(109);\n")


def files(folder: pathlib.Path, growth: bytes) -> dict[str, tuple[str, int]]:
    """Bad files written to ``folder``: name -> (message with FILE for its path, r() code)."""
    (folder / "text.dta").write_text("not a data set\n", encoding="utf-8")
    (folder / "empty.dta").write_bytes(b"")
    (folder / "half.dta").write_bytes(growth[: len(growth) // 2])
    (folder / "folder.dta").mkdir()
    ended = ".dta file corrupt\n    The file unexpectedly ended before it should have."
    return {
        "absent.dta": ("file FILE not found", 601),
        "text.dta": ("file FILE not Stata format", 610),
        "empty.dta": ("file FILE not Stata format", 610),
        "half.dta": (ended, 612),
        "folder.dta": ("file FILE could not be opened", 603),
    }


@pytest.mark.parametrize("name", ["absent.dta", "text.dta", "empty.dta", "half.dta", "folder.dta"])
def test_files_that_are_no_data_sets(name: str, tmp_path: pathlib.Path, root: pathlib.Path, capsys: Any) -> None:
    message, rc = files(tmp_path, (root / "datasets" / "growth.dta").read_bytes())[name]
    path = tmp_path / name
    message = message.replace("FILE", str(path))
    outcome = fail(ready(), f'use "{path}", clear')
    assert outcome.error is not None
    assert (outcome.error.message, outcome.rc) == (message, rc)
    assert run(["-u", str(path), "count"]) == 1
    shown = capsys.readouterr()
    assert shown.err == f"{message}\nr({rc});\n"
    assert shown.out == ""


def test_a_file_cut_anywhere_is_refused(tmp_path: pathlib.Path, root: pathlib.Path) -> None:
    growth = (root / "datasets" / "growth.dta").read_bytes()
    session = ready()
    path = tmp_path / "cut.dta"
    for length in range(0, len(growth) - 1, 97):
        path.write_bytes(growth[:length])
        assert fail(session, f'use "{path}", clear').rc in (610, 612, 688)


def test_a_file_that_may_not_be_read(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """(The tests may run as root, who may read everything, so the refusal is the file system's in name only.)"""
    for name in ("locked.dta", "locked.do", "locked.csv"):
        (tmp_path / name).write_bytes(b"x")
    opened = builtins.open

    def refusing(file: Any, *args: Any, **kwargs: Any) -> Any:
        if "locked" in str(file):
            raise PermissionError(13, "Permission denied", str(file))
        return opened(file, *args, **kwargs)

    monkeypatch.setattr(builtins, "open", refusing)
    for arguments in (["-u", "locked.dta", "count"], ["-u", "locked.csv", "count"], ["do", "locked.do"]):
        path = str(tmp_path / arguments[1])
        assert run([arguments[0], path, *arguments[2:]]) == 1
        assert capsys.readouterr().err == f"file {path} could not be opened\nr(603);\n"


def test_unknown_bundled_names(capsys: Any) -> None:
    assert run(["-u", "nosuch", "count"]) == 1
    assert capsys.readouterr().err == "file nosuch.dta not found\nr(601);\n"
    outcome = fail(ready(), 'sysuse "nosuch"')
    assert outcome.rc == 601
