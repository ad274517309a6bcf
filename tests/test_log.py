"""``log using`` and ``-b``: what is typed and printed goes to a file, line by line."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

from mixedcli.session import Session


def program(folder: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mixedcli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60, check=False)


def test_a_log_holds_commands_and_results(tmp_path: pathlib.Path) -> None:
    script = "display 0;log using x, text;use growth;log off;count;log on;display 2;log close;display 3;"
    (tmp_path / "a.do").write_text(script.replace(";", "\n"))
    done = program(tmp_path, "do", "a.do")
    assert done.returncode == 0
    assert done.stderr == ""
    text = (tmp_path / "x.log").read_text()
    head, rest = text.split("\n\n", 1)
    lines = head.split("\n")
    assert lines[0] == "-" * 79
    assert lines[1] == "      name:  <unnamed>"
    assert lines[2] == f"       log:  {tmp_path / 'x.log'}"
    assert lines[3] == "  log type:  text"
    assert lines[4].startswith(" opened on:  ")
    assert rest.startswith(". use growth\n(")
    assert ". count" not in text
    assert ". display 2\n2\n\n. log close\n      name:  <unnamed>\n" in rest
    assert rest.endswith("-" * 79 + "\n")
    assert text.replace("\n\n. use", "\n. use") in done.stdout.replace("\n\n. use", "\n. use") or ". count" in done.stdout


def test_batch_writes_a_log_and_prints_nothing(tmp_path: pathlib.Path) -> None:
    (tmp_path / "job.do").write_text("use growth\ncount\n")
    done = program(tmp_path, "-b", "do", "job.do")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "job.log").read_text().endswith(". count\n  108\n\n. \nend of do-file\n")


def test_a_failing_batch_says_so_in_its_status(tmp_path: pathlib.Path) -> None:
    (tmp_path / "job.do").write_text("display 1\nfoo\n")
    done = program(tmp_path, "-b", "do", "job")
    assert done.returncode == 1
    assert done.stderr.startswith("job.do:2:1: command foo is unrecognized\nr(199);\n")
    assert (tmp_path / "job.log").read_text() == (
        ". display 1\n1\n\n. foo\ncommand foo is unrecognized\nr(199);\n\nend of do-file\n\nr(199);\n"
    )


def test_a_killed_run_leaves_what_it_had_done(tmp_path: pathlib.Path) -> None:
    (tmp_path / "job.do").write_text("display 1\nlog using y.log\ndisplay 2\nshell_that_is_not\n")
    program(tmp_path, "do", "job.do")
    assert ". display 2\n2\n" in (tmp_path / "y.log").read_text()


def test_smcl_escapes_braces(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert all(o.error is None for o in Session().run('log using s\ndisplay "{a}"\nlog close'))
    text = (tmp_path / "s.smcl").read_text()
    assert text.startswith("{smcl}\n")
    assert "{c -(}a{c )-}" in text


@pytest.mark.parametrize(
    ("lines", "rc", "message"),
    [
        ("log using l.log\nlog using m.log", 604, "log file already open"),
        ("log close", 606, "no log file open"),
        ("log using there.log", 602, "file there.log already exists"),
        ("log using nowhere/l.log", 603, "file nowhere/l.log could not be opened"),
        ("log foo", 198, "invalid syntax"),
    ],
)
def test_errors(lines: str, rc: int, message: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.log").write_text("")
    session = Session()
    last = list(session.run(lines))[-1]
    session.context.close_log()
    assert last.error is not None
    assert (last.error.rc, last.error.message) == (rc, message)
