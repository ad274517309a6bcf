"""The program as a shell sees it: arguments, streams, exit status, do-files, terminals, interruptions."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping

import pytest

from mixedcli import __version__
from mixedcli.cli import run

PROGRAM = (sys.executable, "-m", "mixedcli")
ANSI = re.compile(rb"\x1b\[[0-9;]*m")
FIT = "xtmixed measure age || idnr:, nolog"


def environment(**changes: str) -> dict[str, str]:
    """The environment of the tests, without what would ask for colours or for none."""
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONIOENCODING")}
    return kept | changes


def shell(*arguments: str | bytes, stdin: bytes = b"", **changes: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a process of its own."""
    command = [*PROGRAM, *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=60, env=environment(**changes))
    assert b"Traceback" not in done.stderr
    return done


def here(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the program in this process: (exit status, standard output, standard error)."""
    status = run(list(arguments))
    shown = capsys.readouterr()
    return status, shown.out, shown.err


# ---- arguments ----


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing to run"),
        (("--foo", "count"), "No such option"),
        (("-f", "xml", "count"), "'xml' is not one of"),
        (("-f",), "requires an argument"),
        (("--linesize", "5", "count"), "5 is not in the range"),
        (("--linesize", "wide", "count"), "'wide' is not a valid"),
        (("--stata-version", "99", "count"), "99"),
        (("--stata-version", "new", "count"), "'new' is not a valid"),
        (("--color", "perhaps", "count"), "'perhaps' is not one of"),
        (("-u",), "requires an argument"),
        (("-u", "-", "-"), "standard input"),
        (("-f", "latex", "-u", "growth", "count"), "not built yet"),
        (("-f", "html", "count"), "not built yet"),
        (("-f", "markdown", "count"), "not built yet"),
        (("-f", "tidy", "count"), "not built yet"),
    ],
)
def test_wrong_usage_is_status_2(arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = here(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert said in err


@pytest.mark.parametrize("arguments", [("check", "x.do"), ("verify", "x.log")])
def test_what_is_planned_says_so(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = here(capsys, *arguments)
    assert status != 0
    assert out == ""
    assert "not built yet" in err


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    for flag in ("--help", "-h"):
        status, out, err = here(capsys, flag)
        assert (status, err) == (0, "")
        for word in ("--use", "--format", "--stata-version", "--linesize", "--color", "do FILE"):
            assert word in " ".join(out.split())
    for flag in ("--version", "-V"):
        status, out, err = here(capsys, flag)
        assert (status, err) == (0, "")
        assert __version__ in out


def test_options_may_stand_anywhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert here(capsys, "count", "-u", "growth") == (0, "  108\n", "")
    assert here(capsys, "--use=growth", "--", "count") == (0, "  108\n", "")
    assert here(capsys, "-u", "growth", "count", "-q") == (0, "", "")


def test_the_version_selects_the_printed_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert "|      Coef.   Std. Err." in here(capsys, "-u", "growth", FIT)[1]
    assert "| Coefficient  Std. err." in here(capsys, "-u", "growth", "--stata-version", "17", FIT)[1]
    assert "| Coefficient  Std. err." in here(capsys, "-u", "growth", "version 17", FIT)[1]
    # The prefix is for one command.
    status, out, _ = here(capsys, "-u", "growth", f"version 17: {FIT}", "xtmixed")
    assert status == 0
    assert out.index("Coefficient  Std. err.") < out.index("Coef.   Std. Err.")


def test_one_liners_stop_at_the_first_error(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = here(capsys, "-u", "growth", "count", "foo", "count")
    assert (status, out) == (1, "  108\n")
    assert err == "command foo is unrecognized\nr(199);\n  foo\n  ^~~\n"


def test_the_status_of_exit(capsys: pytest.CaptureFixture[str]) -> None:
    assert here(capsys, "exit 3", "count") == (3, "", "")
    assert here(capsys, "exit", "count") == (0, "", "")
    # A shell keeps eight bits of the status; failure must not become success.
    assert here(capsys, "exit 256")[0] == 1


# ---- data and commands on standard input ----


def test_csv_on_standard_input() -> None:
    done = shell("-u", "-", "summarize", stdin=b"a,b\n1,2\n3,4\n")
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.decode().splitlines()[2:]]
    assert rows == [["a", "|", "2", "2", "1.414214", "1", "3"], ["b", "|", "2", "3", "1.414214", "2", "4"]]


@pytest.mark.parametrize("data", [b"", b"\n", b"\xff\xfe\x00\x01" * 50, b"\x7fELF\x02\x01\x00\x00" * 30, b'"', b","])
def test_odd_data_on_standard_input(data: bytes) -> None:
    done = shell("-u", "-", "describe", stdin=data)
    assert done.returncode in (0, 1)
    if b"\0" in data:
        assert b"r(610);" in done.stderr


def test_commands_on_standard_input() -> None:
    done = shell("-", stdin=b"display 1\n* note\ndisplay 2 ///\n + 3\n")
    assert done.returncode == 0
    assert done.stderr == b""
    assert done.stdout == b". display 1\n1\n\n. * note\n. display 2 ///\n>  + 3\n5\n\n. \nend of do-file\n"


def test_commands_on_standard_input_with_data() -> None:
    done = shell("-u", "growth", "-", stdin=b"count\n")
    assert done.stdout.startswith(b". count\n  108\n")


def test_nothing_on_standard_input() -> None:
    done = shell("-")
    assert (done.returncode, done.stdout, done.stderr) == (0, b". \nend of do-file\n", b"")


@pytest.mark.parametrize(
    ("redirection", "arguments", "status"),
    [
        ("<&-", "-", 0),
        ("<&-", "-u - count", 0),
        (">&-", "'display 1'", 0),
        ("2>&-", "foo", 1),
        ("<&- >&- 2>&-", "count", 0),
    ],
)
def test_closed_streams(redirection: str, arguments: str, status: int) -> None:
    command = f"'{sys.executable}' -m mixedcli {arguments} {redirection}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=60, env=environment())
    assert done.returncode == status
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_full_disk(form: str) -> None:
    with open("/dev/full", "wb") as full:
        command = [*PROGRAM, "-f", form, "display 1"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60, env=environment())
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"No space left" in done.stderr


def test_letters_the_terminal_does_not_have() -> None:
    done = shell('display "a\u00e9\u65e5b"', PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout) == (0, b"a??b\n")
    assert shell('display "a\u00e9\u65e5b"', PYTHONIOENCODING="utf-8").stdout.decode() == "a\u00e9\u65e5b\n"


def test_bytes_that_are_no_text_in_an_argument() -> None:
    for line in (b'display "\xff\xfe"', b"fo\xffo", b"use \xff"):
        for form in ("text", "json"):
            done = shell("-f", form, line, PYTHONIOENCODING="utf-8")
            done.stdout.decode("utf-8")
            assert done.returncode == (0 if line.startswith(b"display") else 1)


# ---- do-files ----

SCRIPT = """\
* growth of 27 children
version 13
use growth   // bundled

/* two
lines */ count if age == 8 ///
    & sex == 1
#delimit ;
display 1
  + 1; display 3;
#delimit cr
capture summarize nope
display _rc
capture noisily summarize nope
quietly summarize age
. display r(mean)
version 17: count if age > 0
count
"""

TRANSCRIPT = """\
. * growth of 27 children
. version 13

. use growth   // bundled
(Distance from pituitary to maxilla in 27 children (Potthoff and Roy 1964))

. 
. /* two
> lines */ count if age == 8 ///
>     & sex == 1
   16

. #delimit ;
delimiter now ;
. display 1
>   + 1;
2

. display 3;
3

. #delimit cr
delimiter now cr
. capture summarize nope

. display _rc
111

. capture noisily summarize nope
variable nope not found

. quietly summarize age

. display r(mean)
11

. version 17: count if age > 0
  108

. count
  108

"""  # noqa: W291


def do(
    folder: pathlib.Path, text: str | bytes, capsys: pytest.CaptureFixture[str], *options: str
) -> tuple[int, str, str]:
    """Run ``text`` as file.do in ``folder``; the folder's name is taken out of what is printed."""
    path = folder / "file.do"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    status, out, err = here(capsys, *options, "do", str(path))
    return status, out.replace(f"{folder}/", ""), err.replace(f"{folder}/", "")


def test_a_do_file_prints_as_a_log(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert do(tmp_path, SCRIPT, capsys) == (0, f"{TRANSCRIPT}. \nend of do-file\n", "")
    windows = SCRIPT.replace("\n", "\r\n").encode("utf-8-sig")
    assert do(tmp_path, windows, capsys) == (0, f"{TRANSCRIPT}. \nend of do-file\n", "")
    assert do(tmp_path, SCRIPT, capsys, "-q") == (0, "", "")


def test_the_suffix_may_be_left_out(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file.do").write_text("display 1\n", encoding="utf-8")
    assert here(capsys, "do", str(tmp_path / "file"))[:2] == (0, ". display 1\n1\n\n. \nend of do-file\n")


def test_an_error_ends_a_do_file(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = do(tmp_path, "display 1\n\n* note\ndisplay 2 ///\n   + nope\ndisplay 3\n", capsys)
    assert status == 1
    assert out == (
        ". display 1\n1\n\n. \n. * note\n. display 2 ///\n>    + nope\nnope not found\nr(111);\n"
        "\nend of do-file\n\nr(111);\n"
    )
    assert err == "file.do:5:6: nope not found\nr(111);\n     + nope\n       ^~~~\n"


@pytest.mark.parametrize(
    ("text", "err"),
    [
        ("use growth\nxtmixed measure age || idnr\n",
         # What is missing after the end is shown at the last letter.
         "file.do:2:27: invalid syntax\nr(198);\n  xtmixed measure age || idnr\n                            ^\n"),
        ("\n\n  count if age = = 1\n",
         "file.do:3:16: invalid syntax\nr(198);\n    count if age = = 1\n                 ^\n"),
        ("count /* */ if (1\n",
         "file.do:1:16: too few ')' or ']'\nr(132);\n  count /* */ if (1\n                 ^\n"),
        ("#delimit ;\ndisplay 1\n ;\ndisplay\n  nope;\n",
         "file.do:5:3: nope not found\nr(111);\n    nope;\n    ^~~~\n"),
        ("foo\n", "file.do:1:1: command foo is unrecognized\nr(199);\n  foo\n  ^~~\n"),
        ("estat icc\n", "file.do:1:1: last estimates not found\nr(301);\n"),
        ("\tdisplay\tnope\n", "file.do:1:10: nope not found\nr(111);\n   display nope\n           ^~~~\n"),
    ],
)  # fmt: skip
def test_the_place_of_an_error(text: str, err: str, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, said = do(tmp_path, text, capsys)
    assert status == 1
    assert said.startswith(err)


def test_exit_ends_a_do_file(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert do(tmp_path, "exit\nfoo\n", capsys) == (0, ". exit\n\nend of do-file\n", "")
    assert do(tmp_path, "exit 3\nfoo\n", capsys) == (3, ". exit 3\n\nend of do-file\n\nr(3);\n", "")
    # The last line counts although no line end follows.
    assert do(tmp_path, "display 1", capsys)[1].startswith(". display 1\n1\n")


def test_assert_stops_a_do_file(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = do(tmp_path, "use growth\nassert age > 8\ncount\n", capsys)
    assert status == 1
    assert ". count" not in out
    assert "27 contradictions in 108 observations\nassertion is false\nr(9);\n\nend of do-file\n\nr(9);\n" in out
    assert "assertion is false\nr(9);\n" in err
    assert do(tmp_path, "use growth\ncapture assert age > 8\ndisplay _rc\n", capsys)[0] == 0


def test_odd_do_files(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert do(tmp_path, "", capsys) == (0, ". \nend of do-file\n", "")
    status, out, err = do(tmp_path, b"display 1\n\0\x01\x02", capsys)
    assert (status, out, err) == (1, err, "file file.do is not a text file\nr(610);\n")
    # Before Stata 14 do-files were in the author's code page.
    out = do(tmp_path, 'display "caf\u00e9"\n'.encode("cp1252"), capsys)[1]
    assert out.startswith('. display "caf\u00e9"\ncaf\u00e9\n')
    assert do(tmp_path, "/* open\ndisplay 1\n", capsys)[0] in (0, 1)


def test_do_files_that_are_not_there(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "absent")
    for name in (path, f"{path}.do"):
        message = f"file {path}.do not found\nr(601);\n"
        assert here(capsys, "do", name) == (1, message, message)
    assert here(capsys, "do", str(tmp_path))[0] == 1


# ---- pipes and interruptions ----


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_reader_that_goes_away(form: str) -> None:
    arguments = [*PROGRAM, "-f", form, "-u", "gcse", "list", "list"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait(timeout=60)


def test_ctrl_c_during_a_command() -> None:
    lines = ["set obs 2000000", "display 1", "generate str20 s = string(_n)", "display 2"]
    with subprocess.Popen(
        [*PROGRAM, *lines], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline() != b"1\n":
            assert process.poll() is None
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"--Break--\nr(1);\n")


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")
def test_ctrl_c_while_reading_commands() -> None:
    with subprocess.Popen(
        [*PROGRAM, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        wait_until_asleep(process.pid)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip() == b"--Break--\nr(1);"


def wait_until_asleep(pid: int) -> None:
    """Until the process has done nothing for a while, that is, waits for its input."""
    idle, ticks = 0, ""
    for _ in range(400):
        now = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        idle = idle + 1 if now[0] == "S" and now[11] == ticks else 0
        ticks = now[11]
        if idle >= 6 and int(ticks) > 0:
            return
        time.sleep(0.05)


# ---- terminals ----

COLOURFUL = ('display "[school] [bold]x[/bold] :smile: http://x.org 1234"', "list in 1/3", "estat icc", "foo")


def terminal(*arguments: str, columns: int = 40, **changes: str) -> tuple[int, bytes]:
    """Run the program on a terminal of its own, ``columns`` wide: (exit status, all that it showed)."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    shown = b""
    with subprocess.Popen(
        [*PROGRAM, *arguments], stdin=follower, stdout=follower, stderr=follower,
        env=environment(**{"TERM": "xterm-256color", **changes}),
    ) as process:  # fmt: skip
        os.close(follower)
        with contextlib.suppress(OSError):  # the end of a terminal is an input/output error
            while piece := os.read(leader, 65536):
                shown += piece
    os.close(leader)
    return process.returncode, shown.replace(b"\r\n", b"\n")


def test_a_terminal_adds_colours_and_nothing_else() -> None:
    arguments = ("-u", "growth", FIT, *COLOURFUL[:-1])
    plain = shell(*arguments)
    assert b"\x1b" not in plain.stdout
    assert b"[school] [bold]x[/bold] :smile: http://x.org 1234\n" in plain.stdout
    status, shown = terminal(*arguments)
    assert status == 0
    assert ANSI.search(shown)
    assert ANSI.sub(b"", shown) == plain.stdout


def test_errors_are_coloured_too() -> None:
    status, shown = terminal("foo [x]")
    assert status == 1
    assert shown.startswith(b"\x1b[")
    assert ANSI.sub(b"", shown) == b"command foo is unrecognized\nr(199);\n  foo [x]\n  ^~~\n"


@pytest.mark.parametrize(
    ("arguments", "changes"), [(("--color", "never"), {}), ((), {"NO_COLOR": "1"}), ((), {"TERM": "dumb"})]
)
def test_terminals_without_colours(arguments: tuple[str, ...], changes: Mapping[str, str]) -> None:
    lines = ("-u", "growth", FIT)
    status, shown = terminal(*arguments, *lines, **changes)
    assert status == 0
    assert shown == shell(*lines).stdout


def test_colours_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    lines = ("-u", "growth", FIT, *COLOURFUL)
    status, out, err = here(capsys, *lines)
    coloured = here(capsys, "--color", "always", *lines)
    assert status == coloured[0] == 1
    assert "\x1b" not in out + err
    assert "\x1b[" in coloured[1]
    assert "\x1b[" in coloured[2]
    assert tuple(ANSI.sub(b"", text.encode()).decode() for text in coloured[1:]) == (out, err)
    assert here(capsys, "--color", "auto", *lines) == here(capsys, "--color", "never", *lines) == (1, out, err)


def test_piped_output_is_the_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    from mixedcli.report.text import to_text
    from mixedcli.session import Session

    lines = ("use growth", FIT, "estat icc", "generate x = 1", "list in 1/2")
    session = Session()
    documents = [outcome.document for line in lines for outcome in session.run(line)]
    expected = "".join(f"{to_text(d)}\n" for d in documents if d is not None and d.blocks)
    assert shell(*lines).stdout.decode() == expected.lstrip("\n")


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_error_of_our_own(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault in the program is said to be one, without a traceback; what went before is not lost."""
    from mixedcli.session import Session

    def fails(self: Session, *_: object, **__: object) -> object:
        yield from original(self, "display 1")
        raise ZeroDivisionError("oops")

    original = Session.run
    monkeypatch.setattr(Session, "run", fails)
    monkeypatch.delenv("MIXEDCLI_DEBUG", raising=False)
    assert run(["-f", form, "display 2"]) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith("internal error, please report it: ZeroDivisionError: oops (test_cli.py:")
    assert printed.err.endswith("r(9999);\n") and "Traceback" not in printed.err
    if form == "json":
        told = json.loads(printed.out)
        assert told["status"] == 1 and told["error"]["rc"] == 9999
        assert [each["text"] for each in told["commands"]] == ["1"]
    else:
        assert printed.out == "1\n"
