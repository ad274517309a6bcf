"""Damaged command lines and do-files: whatever is typed ends in an outcome, and a failure changes nothing.

Seeded, so that a failure can be repeated; ``FUZZ_ROUNDS`` in the environment asks for more than the usual few seconds.
"""

from __future__ import annotations

import os
import pathlib
import random
import traceback

import pytest

from mixedcli.cli import diagnostic
from mixedcli.commands.context import Context, State
from mixedcli.report.json import command_record, to_json
from mixedcli.report.text import to_text
from mixedcli.session import Outcome, Session

# A numpy warning would reach the user's screen.
pytestmark = pytest.mark.filterwarnings("error")

ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "1"))
LINES_PER_ROUND = 2000
SCRIPTS_PER_ROUND = 100

LINES = (
    "xtmixed measure age || idnr:, mle nolog",
    "xtmixed measure age if sex == 1 || idnr: age, covariance(unstructured) nolog",
    "xtmixed measure i.sex##c.age in 1/60 || idnr: age, cov(exch) reml variance",
    "mixed measure c.age#ib2.sex || sex: || indiv: age if age > 8, stddeviations level(90) nogroup",
    "mixed measure, noconstant || idnr:",
    "xtmixed, level(90) estmetric",
    "estat icc",
    "estat recovariance, correlation",
    "estat group",
    "estat ic",
    "estat sd",
    "predict double fit, fitted",
    "predict u0, reffects level(idnr)",
    "predict r, rstandard",
    "test age",
    "test (age = .5) (_cons = 0)",
    "testparm i.sex",
    "lincom 2*age + _cons, level(90)",
    "estimates store full",
    "estimates restore base",
    "estimates dir",
    "lrtest base .",
    "ereturn list",
    "return list",
    "matrix list e(V)",
    "generate double lm = ln(measure) + age^2 - sqrt(2) if !missing(measure)",
    "replace measure = cond(age > 10, measure + 1.5, .a) in 5/l",
    "egen mm = mean(measure), by(idnr sex)",
    "egen g = group(sex age)",
    "keep if age >= 10 & sex != 2 | idnr < 5",
    "drop in 100/108",
    "rename measure distance",
    'label variable age "Age (years)"',
    'label define yesno 0 "no" 1 "yes", replace',
    "label values sex yesno",
    "sort sex age",
    'display "age " %6.2f _b[age] " " e(N) " " c(level) _n `"quoted"\'',
    "summarize measure age if sex == 1, detail",
    "tabulate sex age, row col",
    "list idnr age measure in 1/12, noobs sepby(idnr)",
    "describe a* m*",
    "count if inlist(sex, 1, 2) & substr(\"abc\", 1, 2) == \"ab\"",
    "capture noisily quietly assert age[_n-1] <= age | idnr != idnr[_n-1]",
    "version 17: summarize i.sex",
    "set level 90",
    "use growth, clear",
    "local k = 2 + 1",
    'display "`k\' ${name} `=1+1\'"',
    "foreach v of varlist age measure {",
    "}",
    "if _N > 3 display 1",
    "program define p",
    "end",
    "scalar s = e(ll) + 1",
    "matrix A = (1, 2 \\ 3, 4)",
    "preserve",
    "restore",
    "tempvar t",
)  # fmt: skip

PIECES = (
    "||", ":", ",", "(", ")", "[", "]", "{", "}", "=", "==", "&", "|", "!", "~", "#", "##", "i.", "c.", "ib1.",
    "o.", "L.", "R.", "if", "in", "by", "_n", "_N", "_all", "_cons", ".", ".a", ".z", "..", "1e308", "-1e308",
    "1e-320", "1e999", "0", "-1", "2147483648", "9999999999999999999999", "1/0", '"', "`", "'", "`\"", "\"'",
    "*", "?", "/", "//", "///", "/*", "*/", ";", "#delimit ;", "\t", "\n", "\r", "\x00", "\x1b[31m", "é", "日本",
    "\u2028", "\U0001f600", "[school]", "%s", "%9.2f", "$x", "`x'", "age", "sex", "measure", "idnr", "e(b)",
    "r(mean)", "_b[age]", "xtmixed", "quietly", "capture", "version", "7", "str3", "reml",
    "9" * 5000, "%99999999999999999999.2f",
)  # fmt: skip


JOINTS = ("\n", "\n", "\n", "\r\n", " ///\n", ";\n", "\n* note\n", " // note\n", "\n#delimit ;\n", " /* x\n */\n",
          "\n> ")  # fmt: skip
STARTS = ("", "", "capture ", "capture noisily ", "quietly ", "version 16: ", ". ", "cap n: qui ")


@pytest.fixture(scope="module")
def ready() -> State:
    """The state of a session with data, active estimates and a stored set."""
    session = Session()
    for outcome in session.run(
        "use growth\nquietly xtmixed measure || idnr:\nestimates store base\nquietly xtmixed measure age i.sex || idnr:"
    ):
        assert outcome.error is None
    return session.context.state


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, should a damaged line write a file."""
    monkeypatch.chdir(tmp_path)


def damaged(line: str, rng: random.Random) -> str:
    """``line`` after a few deletions, doublings, swaps or insertions of characters and words.

    The command word mostly stays, or nearly all would end as unknown commands.
    """
    word, blank, rest = line.partition(" ")
    if rest and rng.random() < 0.85:
        return word + blank + _damaged(rest, rng)
    return _damaged(line, rng)


def _damaged(line: str, rng: random.Random) -> str:
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        line = rng.choice((_characters, _words, _insertion))(line, rng)
    return line


def _characters(line: str, rng: random.Random) -> str:
    """Delete, double, or swap a stretch of characters."""
    a, b = sorted(rng.randint(0, len(line)) for _ in range(2))
    b = min(b, a + rng.choice((1, 1, 2, 5)))
    return rng.choice((line[:a] + line[b:], line[:b] + line[a:], line[:a] + line[a:b][::-1] + line[b:]))


def _words(line: str, rng: random.Random) -> str:
    """Delete, double, or exchange words, or take one from another line."""
    words = line.split(" ")
    i, j = rng.randrange(len(words)), rng.randrange(len(words))
    kind = rng.randrange(4)
    if kind == 0:
        del words[i]
    elif kind == 1:
        words.insert(i, words[j])
    elif kind == 2:
        words[i], words[j] = words[j], words[i]
    else:
        words[i] = rng.choice(rng.choice(LINES).split(" "))
    return " ".join(words)


def _insertion(line: str, rng: random.Random) -> str:
    """Put a token with a meaning somewhere."""
    at = rng.randint(0, len(line))
    return line[:at] + rng.choice(("", " ")) + rng.choice(PIECES) + rng.choice(("", " ")) + line[at:]


def check(session: Session, before: State, outcome: Outcome) -> None:
    """A failure leaves data and estimates as they were; what there is to print can be printed in every form."""
    after = session.context.state
    if outcome.error is not None:
        assert 0 < outcome.error.rc < 10_000
        assert outcome.error.message.strip()
        assert diagnostic(outcome.error, outcome.source, placed=True).endswith("\n")
        if outcome.result is None:
            assert after.data is before.data
            assert after.estimates is before.estimates
            assert after.saved is before.saved
            assert after.settings == before.settings
    text = to_text(outcome.document) if outcome.document is not None else ""
    to_json(command_record(outcome.source.text, outcome.rc, text, outcome.result, outcome.estimation, outcome.returned))


def attempt(ready: State, text: str, name: str = "") -> str:
    """Run ``text`` in a session that begins as ``ready``; what went wrong, or nothing."""
    session = Session(Context(ready))
    before = ready
    try:
        for outcome in session.run(text, name):
            check(session, before, outcome)
            before = session.context.state
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{text!r}\n    {type(error).__name__}: {error} at {place.filename}:{place.lineno}"
    return ""


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_damaged_lines_end_in_outcomes(ready: State, seed: int) -> None:
    rng = random.Random(seed)
    lines = [damaged(rng.choice(LINES), rng) for _ in range(LINES_PER_ROUND)]
    wrong = [problem for problem in (attempt(ready, line) for line in lines) if problem]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_damaged_scripts_end_in_outcomes(ready: State, seed: int) -> None:
    rng = random.Random(1000 + seed)
    wrong = []
    for _ in range(SCRIPTS_PER_ROUND):
        script = "".join(rng.choice(STARTS) + rng.choice(LINES) + rng.choice(JOINTS) for _ in range(8))
        problem = attempt(ready, damaged(script, rng) if rng.random() < 0.7 else script, "fuzz.do")
        if problem:
            wrong.append(problem)
    assert not wrong, "\n".join(wrong)
