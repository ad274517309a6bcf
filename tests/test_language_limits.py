"""Programs, loops and macros that would never end do end: with a message and a code, soon, and in little memory."""

from __future__ import annotations

import itertools
import pathlib
import time
import tracemalloc

import pytest

from mixedcli.commands import context
from mixedcli.events import Outcome
from mixedcli.session import MOST_OUTCOMES, Session

SOON = 2.0      # seconds; a machine that does several things at once gets a little more
LIMIT = "system limit exceeded"


def last(text: str, session: Session | None = None) -> Outcome:
    began = time.process_time()
    outcomes = list((session or Session()).run(text, "test.do"))
    assert time.process_time() - began < 2 * SOON
    return outcomes[-1]


def stops(text: str, rc: int, message: str = "") -> None:
    outcome = last(text)
    assert outcome.error is not None and outcome.stops
    assert outcome.error.rc == rc
    assert message in outcome.error.message
    assert len(outcome.error.message) < 5000


# ---- depth ---------------------------------------------------------------------------------------------------

RECURSIONS = {
    "a program calls itself": "program p\np\nend\np",
    "two programs call each other": "program p\nq\nend\nprogram q\np\nend\np",
    "inside blocks": "program p\nif 1 {\nforeach x in a {\nquietly {\np\n}\n}\n}\nend\np",
    "after one-line if": "program p\nif 1 if 1 if 1 p\nend\np",
    "with an expression as deep as allowed": f"program p\nif {'(' * 80}1{')' * 80} p\nlocal x = {'-' * 200}1\nend\np",
}


@pytest.mark.parametrize("text", RECURSIONS.values(), ids=RECURSIONS.keys())
def test_recursion_ends(text: str) -> None:
    stops(text, 1000, LIMIT)


def test_sixty_levels_are_allowed() -> None:
    outcome = last("program p\nargs n\nif `n' > 1 {\nforeach x in 1 {\np `=`n'-1'\n}\n}\nelse display \"bottom\"\nend\np 60")
    assert outcome.error is None and outcome.document is not None


def test_captured_recursion_ends_too() -> None:
    outcome = last("program p\ncapture p\nend\np\ndisplay 1")
    assert outcome.error is None and outcome.command == "display"


def test_captured_recursion_that_doubles_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "MOST_TURNS", 2000)
    outcome = last("program p\ncapture p\ncapture p\nend\np\ndisplay 1")
    assert outcome.error is None and outcome.command == "display"


@pytest.mark.parametrize("command", ["do", "run", "include"])
def test_a_do_file_that_runs_itself(command: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop.do").write_text(f"{command} loop\n")
    stops(f"{command} loop", 1000, LIMIT)


NESTINGS = {
    "blocks": "if 1 {\n" * 5000 + "}\n" * 5000,
    "blocks that stay open": "{\n" * 20_000,
    "programs": "program p\n" * 5000 + "end\n" * 5000,
    "one-line ifs": "if 1 " * 5000 + "display 1",
    "by prefixes": "set obs 2\ngenerate x = 1\nsort x\n" + "by x: " * 5000 + "display 1",
}


@pytest.mark.parametrize("text", NESTINGS.values(), ids=NESTINGS.keys())
def test_deep_nesting_ends(text: str) -> None:
    outcome = last(text)
    assert outcome.error is not None and outcome.error.rc in (190, 198, 199, 1000)


def test_many_prefixes_are_no_nesting() -> None:
    assert last("quietly " * 5000 + "display 1").error is not None
    assert last("if 1 {\n" * 150 + "display 1\n" + "}\n" * 150).error is None


# ---- loops ---------------------------------------------------------------------------------------------------


def test_a_while_loop_without_end() -> None:
    stops("while 1 {\n}", 1000, "while loop still running after 100,000 turns")


def test_loops_inside_a_while_loop_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "MOST_TURNS", 5000)
    stops("while 1 {\ncapture {\nwhile 1 {\n}\n}\n}", 1000, "5,000 turns")


def test_loops_over_too_much() -> None:
    stops("forvalues i = 1/1e12 {\n}", 1000, "forvalues over more than 1,000,000 elements")
    stops("forvalues i = 0(1e-300)1 {\n}", 1000, "forvalues over more than")
    stops("foreach x in " + "a " * 1_000_001 + "{\n}", 1000, "foreach over more than")
    stops("foreach x of numlist 1/1e9 {\n}", 123)
    stops("foreach x of numlist 1/20000 {\n}", 123)


def test_the_limit_counts_all_turns_of_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "MOST_TURNS", 100)
    stops("forvalues i = 1/20 {\nforvalues j = 1/20 {\n}\n}", 1000, "more than 100 turns")
    assert last("forvalues i = 1/60 {\n}\nforvalues i = 1/60 {\n}\ndisplay 1").error is None


# ---- macros --------------------------------------------------------------------------------------------------


def doubling(levels: int) -> str:
    names = [f"m{k}" for k in range(levels + 1)]
    lines = [f'global {a} "\\${b}\\${b}"' for a, b in itertools.pairwise(names)]
    return "\n".join([*lines, f"global {names[-1]} x", 'display "$m0"'])


EXPANSIONS = {
    "a global that holds itself": 'global g "\\$g"\ndisplay "$g"',
    "a local that holds itself": "local l \\`l'\ndisplay \"`l'\"",
    "two that hold each other": 'global a "\\$b"\nglobal b "\\$a"\ndisplay "$a"',
    "one that doubles itself": 'global g "\\$g\\$g"\ndisplay "$g"',
    "forty that double each other": doubling(40),
    "references nested in references": "display " + "`a" * 3000 + "'" * 3000,
}


@pytest.mark.parametrize("text", EXPANSIONS.values(), ids=EXPANSIONS.keys())
def test_expansion_without_end(text: str) -> None:
    stops(text, 920, "macro substitution results in line that is too long")


def test_a_macro_that_grows() -> None:
    stops("local x 0123456789\nforvalues i = 1/100 {\nlocal x `x'`x'\n}", 920)
    stops('local x = "a"\nforvalues i = 1/100 {\nlocal x = "`x\'`x\'"\n}', 198, "line too long")


def test_many_open_quotes_take_no_longer_than_few() -> None:
    for sign in ("`", "'", '`"', "\"'", "$", "\\", "${", "`=", "`:"):
        began = time.process_time()
        list(Session().run(f"local x {sign * 30_000}"))
        assert time.process_time() - began < SOON, sign


def test_a_message_is_short_whatever_was_typed() -> None:
    stops("display " + "#" * 100_000, 198)
    stops("x" * 100_000, 199)


# ---- expressions and lists -----------------------------------------------------------------------------------


def test_expressions_without_end() -> None:
    stops("display " + "1+" * 20_000 + "1", 130, "expression too long")
    stops("display " + "-" * 20_000 + "1", 130, "expression too long")
    stops("local x = " + "ln(" * 5000 + "1" + ")" * 5000, 130, "expression too long")
    stops("if " + "!" * 20_000 + "1 display 1", 130)


def test_syntax_with_too_much() -> None:
    stops("program p\nsyntax [, AT(numlist)]\nend\np, at(1/1e9)", 123)
    stops("program p\nsyntax newvarlist\nend\np x1-x999999999", 198)
    stops("program p\nsyntax [, a" + "(" * 5000 + "\nend\np", 197)
    stops("program p\nsyntax anything, x(string)\nend\np a, x" + "(" * 50_000, 198)


# ---- memory --------------------------------------------------------------------------------------------------


def test_a_loop_that_prints_keeps_nothing_for_a_listener() -> None:
    heard = 0

    def listen(event: object) -> None:
        nonlocal heard
        heard += isinstance(event, Outcome)

    session = Session(listener=listen)
    loop = "forvalues i = {}/{} {{\ndisplay \"a line that is to be forgotten\" `i'\n}}"
    tracemalloc.start()
    list(session.run(loop.format(1, 1100)))      # what loops keep for speed is full now
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    outcomes = list(session.run(loop.format(2001, 4000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert heard == 3100
    assert len(outcomes) == 1
    assert peak - before < 300_000


def test_without_a_listener_the_last_outcomes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_OUTCOMES >= 10_000
    monkeypatch.setattr("mixedcli.session.MOST_OUTCOMES", 50)
    outcomes = list(Session().run("forvalues i = 1/200 {\ndisplay `i'\n}"))
    assert len(outcomes) == 50 and outcomes[-1].error is None


def test_a_hundred_thousand_turns_leave_no_cache_behind() -> None:
    from mixedcli.commands import registry

    list(Session().run("forvalues i = 1/3000 {\ncapture display `i'\n}"))
    assert registry._resolve.cache_info().currsize < 1000
