"""Damaged do-files full of programs, loops and macros end in outcomes, soon, whatever was damaged.

Seeded, so that a failure can be repeated; ``FUZZ_ROUNDS`` in the environment asks for more than the usual few seconds.
"""

from __future__ import annotations

import os
import pathlib
import random
import time
import traceback

import pytest

from mixedcli.cli import diagnostic
from mixedcli.commands import context
from mixedcli.commands.context import Context, State
from mixedcli.events import Outcome
from mixedcli.report.text import to_text
from mixedcli.session import Session

pytestmark = pytest.mark.filterwarnings("error")

ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "1"))
SCRIPTS_PER_ROUND = 2000
SLOWEST = 5.0

# Do-files of the language, parted by lines of dashes.
SCRIPTS = r"""
local n 3
forvalues i = 1/`n' {
    if mod(`i', 2) {
        display "`i' odd"
    }
    else {
        local sum = `sum' + `i'
    }
}
display `sum'
----
program fact, rclass
    args n
    if `n' <= 1 {
        return scalar f = 1
        exit
    }
    fact `=`n' - 1'
    return scalar f = r(f)*`n'
end
fact 5
display r(f)
----
program p
    syntax varlist(min=1 numeric) [if] [in] [fweight/] [, Level(real 95) AT(numlist >0) noCONstant *]
    marksample touse
    quietly count if `touse'
    display "`varlist' `level' `at' `constant' `options' " r(N)
end
p age measure if sex == 1 in 1/50, l(90) at(1/3) nocons foo(x)
----
foreach v of varlist age measure {
    quietly summarize `v'
    local mean_`v' = r(mean)
    local all `all' `v'
}
display "`mean_age' ${nothing} `all'"
----
global path "c:\data"
local list a "b c" `"d "e" f"'
foreach x of local list {
    display `"[`x'] $path"'
}
----
local i 0
while `++i' < 5 {
    if `i' == 3 continue, break
    capture noisily {
        display `i'
        error 111
    }
}
----
preserve
keep if sex == 1
tempvar t u
generate double `t' = age^2
egen `u' = mean(`t'), by(idnr)
summarize `t' `u'
restore
----
#delimit ;
foreach x in a b
  c {;
  display
   "`x'";
};
#delimit cr
display 3 // done
----
gettoken a rest : list, parse(" ,")
tokenize "x y|z", parse("|")
local k : word count `rest' `1'
local m : list uniq rest
macro list
macro drop _all
numlist "1/3 10(5)20"
display "`r(numlist)' `k' `m'"
----
capture confirm variable age nosuch
if _rc {
    display as error "no" _n
}
confirm numeric variable age
unab v : a* m*
version 12: display "`v'"
capture program drop p
quietly {
    noisily display c(level)
}
----
matrix A = (1, 2 \ 3, 4)
scalar s = A[1, 2]
forvalues r = 1/2 {
    display el(A, `r', 1) + s
}
local names : rownames A
----
bysort idnr (age): generate first = _n == 1
by idnr: egen m = mean(measure)
count if first
assert r(N) == 27
----
run nosuch a b
do nosuch
include nosuch
exit 3
""".strip("\n").split("\n----\n")

PIECES = (
    "{", "}", "{\n", "\n}\n", "`", "'", "`\"", "\"'", '"', "$", "${", "\\", "`=", "`:", "`++i'", "`x'", "``x''", "$x",
    "(", ")", "[", "]", ",", ":", "=", "\n", " ///\n", "#delimit ;", ";", "end", "else", "if", "while 1", "while",
    "foreach x in", "of", "of local", "forvalues i = 1/9", "program q", "exit", "continue", "continue, break",
    "capture", "quietly", "noisily", "by idnr:", "macval(x)", "local", "global", "args", "syntax", "*", "/*", "*/",
    "error 9", "restore", "preserve", "p", "fact 3", "1/0", ".", "é", "\x00", "_all", "!ls", "shell",
)  # fmt: skip


@pytest.fixture(scope="module")
def ready() -> State:
    session = Session()
    assert all(outcome.error is None for outcome in session.run("sysuse growth"))
    return session.context.state


def damaged(script: str, rng: random.Random) -> str:
    """``script`` after a few deletions, moves and insertions of characters, words and lines."""
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        script = rng.choice((_lines, _words, _characters, _insertion, _insertion))(script, rng)
    return script


def _lines(script: str, rng: random.Random) -> str:
    """Delete, double, move or borrow a line."""
    lines = script.split("\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(4)
    if kind == 0 and len(lines) > 1:
        del lines[i]
    elif kind == 1:
        lines.insert(i, lines[j])
    elif kind == 2:
        lines[i], lines[j] = lines[j], lines[i]
    else:
        lines.insert(i, rng.choice(rng.choice(SCRIPTS).split("\n")))
    return "\n".join(lines)


def _words(script: str, rng: random.Random) -> str:
    words = script.split(" ")
    i, j = rng.randrange(len(words)), rng.randrange(len(words))
    words[i] = rng.choice((words[j], "", rng.choice(rng.choice(SCRIPTS).split())))
    return " ".join(words)


def _characters(script: str, rng: random.Random) -> str:
    a = rng.randrange(len(script) + 1)
    b = min(len(script), a + rng.choice((1, 1, 2, 8)))
    return rng.choice((script[:a] + script[b:], script[:b] + script[a:], script[:a] + script[a:b][::-1] + script[b:]))


def _insertion(script: str, rng: random.Random) -> str:
    at = rng.randint(0, len(script))
    return script[:at] + rng.choice(("", " ")) + rng.choice(PIECES) + rng.choice(("", " ")) + script[at:]


def check(session: Session, outcome: Outcome) -> None:
    """What there is to print can be printed, and the frames are those of the do-file again."""
    if outcome.error is not None:
        assert 0 < outcome.error.rc < 10_000
        assert diagnostic(outcome.error, outcome.source, placed=True).endswith("\n")
    if outcome.document is not None:
        to_text(outcome.document)
    assert len(session.context.frames) == 1
    assert session.context.by is None
    assert session._depth == 0 and session._level == 0 and not session._silent


def attempt(ready: State, script: str) -> str:
    """Run ``script`` in a session that begins as ``ready``; what went wrong, or nothing."""
    session = Session(Context(ready))
    began = time.process_time()
    try:
        for outcome in session.run(script, "fuzz.do"):
            check(session, outcome)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{script!r}\n    {type(error).__name__}: {error} at {place.filename}:{place.lineno}"
    if time.process_time() - began > SLOWEST:
        return f"{script!r}\n    took {time.process_time() - began:.1f} seconds"
    if ready.data.n != 108 or len(ready.data.names) != 5:
        return f"{script!r}\n    changed the data of another session"
    return ""


@pytest.fixture
def short_of_turns(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """Loops give up early, so that an endless one costs little; files are made elsewhere."""
    monkeypatch.setattr(context, "MOST_TURNS", 300)
    monkeypatch.chdir(tmp_path)


def test_the_scripts_themselves_run(ready: State, short_of_turns: None) -> None:
    for script in SCRIPTS[:-1]:
        last = list(Session(Context(ready)).run(script))[-1]
        assert not last.stops, f"{script}\n{last.error}"


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_damaged_do_files_end_in_outcomes(ready: State, short_of_turns: None, seed: int) -> None:
    rng = random.Random(seed)
    scripts = [damaged(rng.choice(SCRIPTS), rng) for _ in range(SCRIPTS_PER_ROUND)]
    wrong = [problem for problem in (attempt(ready, script) for script in scripts) if problem]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_pieces_in_any_order_end_in_outcomes(ready: State, short_of_turns: None, seed: int) -> None:
    rng = random.Random(5000 + seed)
    wrong = []
    for _ in range(SCRIPTS_PER_ROUND):
        script = "".join(rng.choice(PIECES) + rng.choice((" ", "\n", "")) for _ in range(rng.randrange(1, 40)))
        problem = attempt(ready, script)
        if problem:
            wrong.append(problem)
    assert not wrong, "\n".join(wrong)
