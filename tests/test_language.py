"""The do-file language, read as do-files: each says what it must print, from Stata's documented rules."""

from __future__ import annotations

import io
import pathlib
import subprocess
import sys

import pytest

from mixedcli.events import Echo
from mixedcli.report.text import to_text
from mixedcli.session import Outcome, Session
from mixedcli.transcript import Transcript

pytestmark = pytest.mark.filterwarnings("error")


def run(text: str, session: Session | None = None, name: str = "test.do") -> tuple[list[str], list[Outcome]]:
    """The printed lines and the outcomes of a do-file."""
    outcomes = list((session or Session()).run(text, name))
    shown = [o.document for o in outcomes if o.document is not None and o.document.blocks]
    return [line for each in shown for line in to_text(each).split("\n")], outcomes


def printed(text: str, session: Session | None = None) -> list[str]:
    lines, outcomes = run(text, session)
    failed = next((o.error for o in outcomes if o.stops and o.error), None)
    assert failed is None, f"r({failed.rc}): {failed.message}" if failed else ""
    return lines


def error(text: str, session: Session | None = None) -> tuple[str, int]:
    last = run(text, session)[1][-1]
    assert last.error is not None and last.stops
    return last.error.message, last.error.rc


def log(text: str, name: str = "test.do") -> str:
    """The log of a do-file, commands and all."""
    stream = io.StringIO()
    transcript = Transcript(stream, echo=True)
    list(Session(listener=transcript.take).run(text, name))
    return stream.getvalue()


# ---- macros --------------------------------------------------------------------------------------------------

MACROS = {
    "a local and a global": ('local a one\nglobal b two\ndisplay "`a\' $b ${b}"', ["one two two"]),
    "nested references": ('local x1 first\nlocal i 1\nlocal name x\ndisplay "`x`i\'\' ``name\'1\'"', ["first first"]),
    "an indirect reference": ('local a x\nlocal b a\ndisplay "``b\'\'"', ["x"]),
    "an undefined macro is empty": ('display "[`nosuch\'][$nosuch]"', ["[][]"]),
    "an empty definition drops": ('local a 1\nlocal a\ndisplay "[`a\']"', ["[]"]),
    "plain quotes come off": ('local a "b c"\ndisplay "[`a\']"', ["[b c]"]),
    "inner quotes stay": ('local a "b c" "d"\ndisplay `"`a\'"\'', ['"b c" "d"']),
    "compound quotes": ('local q `"say "hi""\'\ndisplay `"<`q\'>"\'', ['<say "hi">']),
    "an expression is evaluated": ("local n 3\nlocal m = `n'*2\ndisplay `m' + 1", ["7"]),
    "without = it is text": ('local m 3*2\ndisplay "`m\'"', ["3*2"]),
    "a value in place": ('local n 3\ndisplay "`=`n\'^2\'"', ["9"]),
    "a text value in place": ('display "`=upper("ab") + "c"\'"', ["ABc"]),
    "seventeen digits": ('local t = 1/3\ndisplay "`t\'"', [".3333333333333333"]),
    "a large whole number": ('local t = 2^40\ndisplay "`t\'"', ["1099511627776"]),
    "a missing value": ('local t = ln(0)\ndisplay "`t\'"', ["."]),
    "++ before": ('local i 5\ndisplay "`++i\' `i\'"', ["6 6"]),
    "++ after": ('local i 5\ndisplay "`i++\' `i\'"', ["5 6"]),
    "-- before and after": ('local i 5\ndisplay "`--i\' `i--\' `i\'"', ["4 4 3"]),
    "local ++": ("local i 1\nlocal ++i\nlocal ++i\nlocal --i\ndisplay `i'", ["2"]),
    "++ of nothing counts from 0": ("local ++k\ndisplay `k'", ["1"]),
    "a global in braces is part of a word": ('global g mid\ndisplay "a${g}b"', ["amidb"]),
    "a global named by a local": ('global g1 deep\nlocal k 1\ndisplay "${g`k\'} $`=substr("g1", 1, 2)\'"', ["deep deep"]),
    "a global named by a global": ('global a b\nglobal b c\ndisplay "${$a}"', ["c"]),
    "a backslash keeps a reference for later": ('local n 1\nlocal lazy \\`n\'\nlocal n 2\ndisplay "`lazy\'"', ["2"]),
    "a backslash keeps a dollar for later": ('global n 1\nlocal lazy \\$n\nglobal n 2\ndisplay "`lazy\'"', ["2"]),
    "macval stops after one step": ('local lazy \\`n\'\nlocal n 2\ndisplay "`macval(lazy)\'"', ["`n'"]),
    "other backslashes stay": ('display "c:\\data\\x"', ["c:\\data\\x"]),
    "an apostrophe is no macro": ('display "don\'t"', ["don't"]),
    "a lone backquote stays": ('display "a ` b"', ["a ` b"]),
    "a stored result": ('sysuse growth\nquietly summarize age\ndisplay "`r(N)\' `r(mean)\'"', ["108 11"]),
    "a stored text": ('numlist "1/3 10(5)20"\ndisplay "`r(numlist)\'"', ["1 2 3 10 15 20"]),
    "a system value": ('display "`c(level)\'"', ["95"]),
    "a command in a macro": ("local cmd display\nlocal what 3 + 4\n`cmd' `what'", ["7"]),
    "an empty line after substitution": ("local nothing\n`nothing'\ndisplay 1", ["1"]),
    "word count": ("local l a b c\nlocal n : word count `l'\ndisplay `n'", ["3"]),
    "word # of, in place": ('local l a "b c" d\ndisplay "`:word 2 of `l\'\'"', ["b c"]),
    "a list operation": ('local a x y z\nlocal b y\nlocal c : list a - b\ndisplay "`c\'"', ["x z"]),
    "display as a function": ('local s : display %5.2f 1/3\ndisplay "[`s\']"', ["[ 0.33]"]),
    "variable label": ('sysuse growth\nlabel variable age "Years"\nlocal l : variable label age\ndisplay "`l\'"', ["Years"]),
    "type and format": ('sysuse growth\nlocal t : type age\nlocal f : format age\ndisplay "`t\' `f\'"', ["byte %8.0g"]),
}  # fmt: skip


@pytest.mark.parametrize("text, expected", MACROS.values(), ids=MACROS.keys())
def test_macros(text: str, expected: list[str]) -> None:
    shown = [line for line in printed(text) if not line.startswith("(Distance")]
    assert shown == expected


def test_macro_names_have_limits() -> None:
    assert error("local " + "a" * 32 + " 1")[1] == 198
    assert error("local a-b 1")[1] == 198
    assert error("local")[1] == 198


def test_macro_list_shows_globals_then_locals() -> None:
    lines = printed("global F one\nlocal x two words\nmacro list F _x")
    assert lines == ["F:              one", "_x:             two words"]


def test_a_long_macro_goes_on_below_its_beginning() -> None:
    lines = printed(f"global F {'ab' * 50}\nmacro list F")
    assert lines[0] == "F:              " + "ab" * 31 + "a"
    assert lines[1] == " " * 16 + "b" + "ab" * 18


def test_macro_drop() -> None:
    session = Session()
    printed("global a1 x\nglobal a2 x\nglobal b x\nlocal c x\nmacro drop a* _c", session)
    assert printed('display "[$a1$a2][$b][`c\']"', session) == ["[][x][]"]
    assert printed('macro drop _all\ndisplay "[$b]"', session) == ["[]"]
    assert error("macro list b", session) == ("b not found", 111)


# ---- loops and branches --------------------------------------------------------------------------------------

LOOPS = {
    "foreach in": ("foreach x in a b c {\ndisplay \"`x'\"\n}", ["a", "b", "c"]),
    "foreach in with quotes": ('foreach x in a "b c" `"d "e""\' {\ndisplay `"`x\'"\'\n}', ["a", "b c", 'd "e"']),
    "foreach in nothing": ("foreach x in {\ndisplay 1\n}\ndisplay 2", ["2"]),
    "foreach of varlist": ("foreach v of varlist i* age {\ndisplay \"`v'\"\n}", ["idnr", "indiv", "age"]),
    "foreach of numlist": ("foreach k of numlist 1 3/5 10(5)20 {\ndisplay `k'\n}", ["1", "3", "4", "5", "10", "15", "20"]),
    "foreach of local": ("local l a \"b c\"\nforeach w of local l {\ndisplay \"`w'\"\n}", ["a", "b c"]),
    "foreach of global": ("global l p q\nforeach w of global l {\ndisplay \"`w'\"\n}", ["p", "q"]),
    "foreach of newlist": ("foreach w of newlist n1 n2 {\ngenerate `w' = 1\n}\ndescribe n1 n2, simple", ["n1  n2"]),
    "foreach reads its list once": ("local l a b\nforeach w of local l {\nlocal l `l' c\n}\ndisplay \"`l'\"", ["a b c c"]),
    "forvalues #/#": ("forvalues i = 1/3 {\ndisplay `i'\n}", ["1", "2", "3"]),
    "forvalues #(#)#": ("forvalues i = 10(-5)0 {\ndisplay `i'\n}", ["10", "5", "0"]),
    "forvalues # # to #": ("forvalues i = 5 10 to 20 {\ndisplay `i'\n}", ["5", "10", "15", "20"]),
    "forvalues # #: #": ("forvalues i = 5 10 : 20 {\ndisplay `i'\n}", ["5", "10", "15", "20"]),
    "forvalues downwards by 1 does nothing": ("forvalues i = 3/1 {\ndisplay `i'\n}\ndisplay 0", ["0"]),
    "forvalues in tenths": ("forvalues x = 0(.1).3 {\ndisplay \"`x'\"\n}", ["0", ".1", ".2", ".3"]),
    "forvalues with macros": ("local n 2\nforvalues i = `n'/`=`n'+1' {\ndisplay `i'\n}", ["2", "3"]),
    "while": ("local i 3\nwhile `i' > 0 {\ndisplay `i'\nlocal --i\n}", ["3", "2", "1"]),
    "while with a step in its condition": ("local i 0\nwhile `++i' < 3 {\ndisplay `i'\n}\ndisplay `i'", ["1", "2", "3"]),
    "continue": ("forvalues i = 1/4 {\nif mod(`i', 2) continue\ndisplay `i'\n}", ["2", "4"]),
    "continue, break": ("forvalues i = 1/9 {\nif `i' == 3 {\ncontinue, break\n}\ndisplay `i'\n}", ["1", "2"]),
    "break leaves the inner loop": ("foreach x in a b {\nforvalues i = 1/3 {\nif `i' == 2 continue, break\ndisplay \"`x'`i'\"\n}\n}",
                                    ["a1", "b1"]),
    "a loop macro is gone afterwards": ("foreach x in a {\n}\ndisplay \"[`x']\"", ["[]"]),
    "nested loops": ("forvalues i = 1/2 {\nforvalues j = `i'/2 {\ndisplay \"`i'`j'\"\n}\n}", ["11", "12", "22"]),
    "if, else if, else": ("forvalues i = 1/3 {\nif `i' == 1 {\ndisplay \"one\"\n}\nelse if `i' == 2 {\ndisplay \"two\"\n}\n"
                          "else {\ndisplay \"more\"\n}\n}", ["one", "two", "more"]),
    "if and else on one line": ("if 0 display 1\nelse display 2\nif 1 display 3\nelse display 4", ["2", "3"]),
    "else if on one line": ("if 0 display 1\nelse if 0 display 2\nelse display 3", ["3"]),
    "nested if": ("if 1 {\nif 0 {\ndisplay 1\n}\nelse {\ndisplay 2\n}\n}\nelse {\ndisplay 3\n}", ["2"]),
    "if of a text": ('if "a" == "a" display "same"', ["same"]),
    "if of a variable is its first value": ("replace age = 0 in 1\nif age display \"no\"\nelse display \"first is 0\"",
                                            ["(1 real change made)", "first is 0"]),
    "comments and blank lines inside": ("forvalues i = 1/2 {\n* note\n\n  // more\n  display `i' /* here */\n}", ["1", "2"]),
    "a block without a header": ("{\ndisplay 1\n}", ["1"]),
    "quietly and noisily blocks": ("quietly {\ndisplay 1\nnoisily display 2\nnoisily {\ndisplay 3\n}\n}", ["2", "3"]),
    "capture stops its block": ("capture {\nlocal x 1\nerror 111\nlocal x 2\n}\ndisplay _rc \" `x'\"", ["111 1"]),
    "capture noisily block": ("capture noisily {\ndisplay 1\nerror 9\n}\ndisplay _rc", ["1", "assertion is false", "9"]),
    "capture of success": ("capture error 9\ncapture local x 1\ndisplay _rc", ["0"]),
}  # fmt: skip


@pytest.mark.parametrize("text, expected", LOOPS.values(), ids=LOOPS.keys())
def test_loops_and_branches(text: str, expected: list[str]) -> None:
    session = Session()
    printed("sysuse growth", session)
    assert printed(text, session) == expected


STRUCTURE = {
    "foreach x in a {\ndisplay 1": ("unexpected end of file", 612),
    "program p\ndisplay 1": ("unexpected end of file", 612),
    "foreach x in a { display 1 }": ("program error:  code follows on the same line as open brace", 198),
    "if 1 { display 1 }": ("program error:  code follows on the same line as open brace", 198),
    "if 1 {\ndisplay 1\n} else {\n}": ("program error:  code follows on the same line as close brace", 198),
    "foreach x of nolist a {\n}": ("invalid syntax", 198),
    "forvalues i = 1 {\n}": ("invalid syntax", 198),
    "forvalues i = 1/. {\n}": ("invalid syntax", 198),
    "foreach x in a b": ("{ required", 100),
    "else display 1": ("else is not preceded by if", 198),
    "if 1 display 1\ndisplay 2\nelse display 3": ("else is not preceded by if", 198),
    "continue": ("continue not allowed outside of a loop", 198),
    "foreach v of varlist nosuch {\n}": ("variable nosuch not found", 111),
    "while": ("{ required", 100),
    "if nosuch == 1 display 1": ("nosuch not found", 111),
    "summarize {\n}": ("invalid syntax", 198),
}


@pytest.mark.parametrize("text", STRUCTURE)
def test_broken_structure(text: str) -> None:
    assert error(text) == STRUCTURE[text]


# ---- programs ------------------------------------------------------------------------------------------------

SHOW = "program show\ndisplay `\"0=`0'|1=`1'|2=`2'|3=`3'\"'\nend\n"
PROGRAMS = {
    "arguments": (SHOW + 'show a "b c" d', ['0=a "b c" d|1=a|2=b c|3=d']),
    "no arguments": (SHOW + "show", ["0=|1=|2=|3="]),
    "arguments with a comma": (SHOW + "show x, opt", ["0=x, opt|1=x,|2=opt|3="]),
    "args": ('program p\nargs a b\ndisplay "`b\' `a\'"\nend\np 1 "2 3"', ["2 3 1"]),
    "macro shift": ("program p\nwhile \"`1'\" != \"\" {\ndisplay \"`1'\"\nmacro shift\n}\nend\np a b", ["a", "b"]),
    "locals are private": ('local x outer\nprogram p\ndisplay "[`x\']"\nlocal x inner\nend\np\ndisplay "`x\'"', ["[]", "outer"]),
    "globals are shared": ('program p\nglobal g set\nend\np\ndisplay "$g"', ["set"]),
    "recursion": ("program fact\nargs n\nif `n' <= 1 {\nscalar f = 1\nexit\n}\nfact `=`n' - 1'\nscalar f = f*`n'\nend\n"
                  "fact 10\ndisplay f", ["3628800"]),
    "exit ends the program only": ("program p\ndisplay 1\nexit\ndisplay 2\nend\np\ndisplay 3", ["1", "3"]),
    "exit leaves loops": ("program p\nforeach x in a b {\ndisplay \"`x'\"\nexit\n}\nend\np\ndisplay 3", ["a", "3"]),
    "exit with a code": ("program p\nexit 459\nend\ncapture p\ndisplay _rc", ["459"]),
    "an error leaves the program": ("program p\nerror 111\nend\ncapture p\ndisplay _rc", ["111"]),
    "what was changed before exit # stays": ("program p\nglobal g 1\nset obs 3\nexit 9\nend\ncapture p\ndisplay _N", ["3"]),
    "version is restored": ("version 15\nprogram p\nversion 12\nversion\nend\np\nversion", ["version 12", "version 15"]),
    "version after an error": ("version 15\nprogram p\nversion 12\nerror 9\nend\ncapture p\nversion", ["version 15"]),
    "version N: ": ("version 15\nversion 12: version\nversion", ["version 12", "version 15"]),
    "a program under quietly": ("program p\ndisplay 1\nnoisily display 2\nend\nquietly p", ["2"]),
    "programs call programs": ("program a\ndisplay \"a`0'\"\nend\nprogram b\na 1\na 2\nend\nb", ["a1", "a2"]),
    "drop and define again": ("program p\ndisplay 1\nend\nprogram drop p\nprogram p\ndisplay 2\nend\np", ["2"]),
    "capture program drop": ("capture program drop p\ndisplay _rc\nprogram p\nend\ncapture program drop p\ndisplay _rc",
                             ["111", "0"]),
    "r() of an rclass program": ("program p, rclass\nreturn scalar x = 5\nend\np\ndisplay r(x)", ["5"]),
    "a macro in a program is of its run": ("program p\ndisplay \"`1'\"\nend\nforeach x in a b {\np `x'\n}", ["a", "b"]),
    "continue inside a program's own loop": ("program p\nforeach x in a b {\ncontinue\n}\ndisplay 1\nend\np", ["1"]),
}  # fmt: skip


@pytest.mark.parametrize("text, expected", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_programs(text: str, expected: list[str]) -> None:
    shown = [line for line in printed(text) if "was 0, now" not in line]
    assert shown == expected


def test_program_errors() -> None:
    assert error("program p\nend\nprogram p\nend") == ("program p already defined", 110)
    assert error("program drop p") == ("p not found", 111)
    assert error("program p\ncontinue\nend\nforeach x in a {\np\n}") == ("continue not allowed outside of a loop", 198)
    assert error("program summarize\nend")[1] == 110


def test_an_error_keeps_what_the_program_had_done() -> None:
    session = Session()
    assert error("program p\nset obs 2\ngenerate x = 1\nreplace x = nosuch\nend\np", session)[1] == 111
    assert session.context.data.n == 2 and session.context.data.names == ("x",)


def test_preserved_data_come_back_when_the_program_ends() -> None:
    for ending in ("", "exit 3\n", "error 9\n", "exit\n"):
        session = Session()
        printed("sysuse growth", session)
        run(f"program p\npreserve\nkeep age\ndrop in 1/100\n{ending}end\ncapture p", session)
        assert session.context.data.n == 108 and len(session.context.data.names) == 5, ending


def test_preserve_and_restore() -> None:
    assert printed("set obs 2\npreserve\ndrop in 1\nrestore\ndisplay _N")[-1] == "2"
    assert printed("set obs 2\npreserve\ndrop in 1\nrestore, not\ndisplay _N")[-1] == "1"
    assert printed("set obs 2\npreserve\ndrop in 1\nrestore, preserve\ndrop in 1\nrestore\ndisplay _N")[-1] == "2"
    assert error("preserve\npreserve") == ("already preserved", 621)
    assert error("restore") == ("nothing to restore", 622)


@pytest.mark.parametrize("ending", ["", "error 9\n", "exit 5\n"])
def test_temporary_things_are_gone_when_the_program_ends(tmp_path: pathlib.Path, ending: str) -> None:
    session = Session()
    text = "tempvar v\ntempname s\ntempfile f\ngenerate `v' = 1\nscalar `s' = 2\nquietly save `f'\nglobal kept `f'\n"
    run(f"set obs 2\nprogram p\n{text}{ending}end\ncapture p", session)
    assert session.context.data.columns == {}
    assert session.context.state.scalars == {}
    kept = session.context.globals["kept"]
    assert kept and not pathlib.Path(kept).exists() and not pathlib.Path(f"{kept}.dta").exists()


def test_temporary_names_differ() -> None:
    (line,) = printed('tempvar a b\ntempname c\ndisplay "`a\' `b\' `c\'"')
    assert len(set(line.split())) == 3


def test_temporary_things_of_the_do_file_itself_are_gone_when_the_session_ends() -> None:
    session = Session()
    printed("set obs 2\ntempvar v\ngenerate `v' = 1\ntempfile f\nquietly save `f'\nglobal kept `f'\npreserve\ndrop _all", session)
    kept = pathlib.Path(session.context.globals["kept"])
    assert list(kept.parent.glob(f"{kept.name}*"))
    session.close()
    assert session.context.data.n == 0 and not session.context.data.columns
    assert not list(kept.parent.glob(f"{kept.name}*"))


def test_sortpreserve_puts_the_order_back() -> None:
    session = Session()
    printed("sysuse growth\ngenerate n = _n\nprogram p, sortpreserve\ngsort -measure\ndrop if sex == 2\nend\np", session)
    numbers = session.context.data.columns["n"].values.tolist()
    assert numbers == sorted(numbers) and len(numbers) == 64


# ---- do-files ------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_scope_of_do_run_and_include(folder: pathlib.Path) -> None:
    (folder / "inner.do").write_text("display \"[`outer'][`1'][`2']\"\nlocal made here\n")
    lines = printed("local outer out\ndo inner a \"b c\"\ndisplay \"[`made']\"\n"
                    "run inner\ninclude inner\ndisplay \"[`made']\"")  # fmt: skip
    assert lines == ["[][a][b c]", "[]", "[out][][]", "[here]"]


def test_exit_in_a_nested_do_file(folder: pathlib.Path) -> None:
    (folder / "inner.do").write_text("display 1\nexit\ndisplay 2\n")
    (folder / "failing.do").write_text("exit 3\n")
    assert printed("do inner.do\ndisplay 3") == ["1", "3"]
    assert printed("capture do failing\ndisplay _rc") == ["3"]
    lines, outcomes = run("do failing\ndisplay 4")
    assert lines == [] and outcomes[-1].error is not None and outcomes[-1].error.rc == 3


def test_exit_in_the_do_file_itself() -> None:
    lines, outcomes = run("display 1\nforeach x in a {\nexit 7\n}\ndisplay 2")
    assert lines == ["1"] and outcomes[-1].exits == 7


def test_errors_of_do(folder: pathlib.Path) -> None:
    assert error("do nosuch") == ("file nosuch.do not found", 601)
    assert error("do")[1] == 198


def test_a_program_defined_in_a_do_file_stays(folder: pathlib.Path) -> None:
    (folder / "inner.do").write_text("program hello\ndisplay \"hello `1'\"\nend\n")
    assert printed("run inner\nhello you") == ["hello you"]


def test_the_place_of_an_error(folder: pathlib.Path) -> None:
    (folder / "bad.do").write_text("local n nosuch\nforvalues i = 1/2 {\n    if `i' == 2 {\n        generate z = 1 + `n'\n    }\n}\n")
    last = run("do bad", name="outer.do")[1][-1]
    assert last.error is not None
    line, column = last.source.positions[last.error.span[0]]  # type: ignore[index]
    assert (last.source.name, line, column) == ("bad.do", 4, 26)


def test_the_place_of_an_error_in_a_program() -> None:
    last = run("set obs 1\nprogram p\n  display 1\n  generate x = `1' + 1\nend\np nosuch", name="a.do")[1][-1]
    assert last.error is not None
    assert last.source.positions[last.error.span[0]] == (4, 16)  # type: ignore[index]


def test_stderr_names_file_line_and_column(folder: pathlib.Path) -> None:
    (folder / "bad.do").write_text("foreach x in a b {\n  display `x'\n}\n")
    (folder / "main.do").write_text("display 1\ndo bad\ndisplay 2\n")
    done = subprocess.run(
        [sys.executable, "-m", "mixedcli", "do", "main"], capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 1
    assert done.stderr.startswith("bad.do:2:11: a not found\nr(111);\n")
    assert done.stdout.endswith("a not found\nr(111);\n\nend of do-file\n\nr(111);\n\nend of do-file\n\nr(111);\n")


def test_delimit_with_loops() -> None:
    text = '#delimit ;\nforeach x in a b\n  c {;\n  display\n   "`x\'";\n};\nif 1 {; display 2; };\n#delimit cr\ndisplay 3'
    assert [line for line in printed(text) if "delimiter" not in line] == ["a", "b", "c", "2", "3"]


# ---- logs ----------------------------------------------------------------------------------------------------


def test_a_log_numbers_the_lines_of_blocks() -> None:
    assert log("forvalues i = 1/2 {\n    if `i' == 2 {\n        display ///\n            `i'\n    }\n}\n") == (
        ". forvalues i = 1/2 {\n"
        "  2.     if `i' == 2 {\n"
        "  3.         display ///\n"
        ">             `i'\n"
        "  4.     }\n"
        "  5. }\n"
        "2\n"
    )


def test_a_log_numbers_programs_from_one() -> None:
    assert log("program p\n  display 1\nend\np\n") == ". program p\n  1.   display 1\n  2. end\n\n. p\n1\n"


def test_the_log_of_a_nested_do_file(folder: pathlib.Path) -> None:
    (folder / "inner.do").write_text("display 1\n")
    assert log("do inner\ndisplay 2\n") == ". do inner\n\n. display 1\n1\n\n. \nend of do-file\n\n. display 2\n2\n"


def test_commands_inside_programs_and_quiet_do_files_are_not_echoed(folder: pathlib.Path) -> None:
    (folder / "inner.do").write_text("display 1\n")
    events: list[object] = []
    session = Session(listener=events.append)
    list(session.run("program p\nlocal x 1\nend\np\nrun inner\nquietly do inner"))
    assert [event.lines[0] for event in events if isinstance(event, Echo)] == ["program p", "p", "run inner", "quietly do inner"]


# ---- syntax --------------------------------------------------------------------------------------------------


def syntax(description: str, call: str, shown: str = "", data: str = "sysuse growth") -> tuple[str, int] | str:
    """What a program with that ``syntax`` line makes of a call: the macros of ``shown``, or the error."""
    marks = "|".join(f"`{name}'" for name in shown.split())
    lines, outcomes = run(f"{data}\nprogram p\nsyntax {description}\ndisplay `\"<{marks}>\"'\nend\np {call}")
    last = outcomes[-1]
    return (last.error.message, last.error.rc) if last.error else lines[-1].strip("<>")


SYNTAX = [
    ("varlist", "age mea", "varlist", "age measure"),
    ("varlist", "", "varlist", ("varlist required", 100)),
    ("varlist", "nosuch", "varlist", ("variable nosuch not found", 111)),
    ("[varlist]", "", "varlist", "idnr indiv age sex measure"),
    ("[varlist(default=none)]", "", "varlist", ""),
    ("varlist(min=2)", "age", "varlist", ("too few variables specified", 102)),
    ("varlist(max=2)", "age sex idnr", "varlist", ("too many variables specified", 103)),
    ("varlist(min=1 max=2 numeric)", "age sex", "varlist", "age sex"),
    ("varname", "age sex", "varlist", ("too many variables specified", 103)),
    ("varlist(fv)", "i.sex##c.ag", "varlist", "i.sex##c.age"),
    ("varlist", "i.sex", "varlist", ("factor-variable and time-series operators not allowed", 101)),
    ("newvarlist", "double a b", "varlist typlist", "a b|double double"),
    ("newvarname", "age", "varlist", ("variable age already defined", 110)),
    ("newvarname", "x1 x2", "varlist", ("too many variables specified", 103)),
    ("newvarlist", "x1-x3", "varlist", "x1 x2 x3"),
    ("namelist(max=2)", "one two", "namelist", "one two"),
    ("name", "1x", "namelist", ("1x invalid name", 198)),
    ("anything", "a (b, c) = d", "anything", "a (b, c) = d"),
    ("[anything]", "", "anything", ""),
    ("anything [if] [, x]", "a b if c, x", "anything if x", "a b|if c|x"),
    ("[if] [in]", "if age > 8 in 1/5", "if in", "if age > 8|in 1/5"),
    ("[if/] [in/]", "if age==8 & sex!=2", "if in", "age==8 & sex!=2|"),
    ("[varlist]", "if age > 8", "varlist", ("if not allowed", 101)),
    ("[varlist]", "in 1/2", "varlist", ("in range not allowed", 101)),
    ("[varlist]", "[fw=age]", "varlist", ("weights not allowed", 101)),
    ("[varlist]", "using x", "varlist", ("using not allowed", 101)),
    ("[varlist]", "age, x", "varlist", ("options not allowed", 101)),
    ("[if]", "age", "if", ("varlist not allowed", 101)),
    ("varlist [fweight aweight]", "age [aw=idnr/2]", "weight exp", "aweight|= idnr/2"),
    ("varlist [fweight aweight/]", "age [w=idnr]", "weight exp", "aweight|= idnr"),
    ("varlist [fweight]", "age [pw=idnr]", "weight", ("pweights not allowed", 101)),
    ("using", 'using "a b.dta"', "using", 'using "a b.dta"'),
    ("using/", "using ab.dta", "using", "ab.dta"),
    ("using", "", "using", ("using required", 100)),
    ("newvarname =/exp [if]", "z = age^2 if sex==1", "varlist exp if", "z|age^2|if sex==1"),
    ("newvarname =exp", "z", "exp", ("=exp required", 100)),
    ("[, Detail]", ", det", "detail", "detail"),
    ("[, Detail]", "", "detail", ""),
    ("[, DEtail]", ", d", "detail", ("option d not allowed", 198)),
    ("[, detail]", ", det", "detail", ("option det not allowed", 198)),
    ("[, noCONstant]", ", nocons", "constant", "noconstant"),
    ("[, noCONstant]", ", cons", "constant", ""),
    ("[, Level(real 95)]", ", l(90.5)", "level", "90.5"),
    ("[, Level(real 95)]", "", "level", "95"),
    ("[, Level(cilevel)]", "", "level", "95"),
    ("[, Level(cilevel)]", ", level(5)", "level", ("level() must be between 10 and 99.99 inclusive", 198)),
    ("[, Reps(integer 50)]", ", reps(2.5)", "reps", ("option reps() incorrectly specified", 198)),
    ("[, TItle(string)]", ', title("a, (b)")', "title", "a, (b)"),
    ("[, TItle(string asis)]", ', title("a" b)', "title", '"a" b'),
    ("[, TItle(string)]", ", title", "title", ("option title() required", 198)),
    ("[, SAving(passthru)]", ", saving(x, replace)", "saving", "saving(x, replace)"),
    ("[, AT(numlist ascending >0)]", ", at(1/3 5)", "at", "1 2 3 5"),
    ("[, AT(numlist >0)]", ", at(0 1)", "at", ("at() invalid -- invalid numlist has elements outside of allowed range", 125)),
    ("[, AT(numlist max=2)]", ", at(1 2 3)", "at", ("at() invalid -- invalid numlist has too many elements", 123)),
    ("[, BY(varname)]", ", by(idn)", "by", "idnr"),
    ("[, BY(varlist min=2)]", ", by(sex)", "by", ("too few variables specified", 102)),
    ("[, GENerate(newvarname)]", ", gen(age)", "generate", ("variable age already defined", 110)),
    (", ID(varname)", "", "id", ("option id() required", 198)),
    (", ID(varname) [Extra]", ", id(idnr) e", "id extra", "idnr|extra"),
    ("[, Detail *]", ", det foo bar(1, 2)", "detail options", "detail|foo bar(1, 2)"),
    ("[, Detail]", ", bar(1)", "detail", ("option bar() not allowed", 198)),
    ("varlist(", "age", "varlist", ("invalid syntax", 197)),
    ("[, x(nonsense)]", "", "x", ("invalid syntax", 197)),
    ("varlist(min=a)", "age", "varlist", ("invalid syntax", 197)),
]  # fmt: skip


@pytest.mark.parametrize("description, call, shown, expected", SYNTAX)
def test_syntax(description: str, call: str, shown: str, expected: tuple[str, int] | str) -> None:
    assert syntax(description, call, shown) == expected


def test_syntax_and_the_types_of_variables() -> None:
    data = 'sysuse growth\ngenerate s = "a"'
    assert syntax("varlist(numeric)", "age s", data=data) == (
        "string variables not allowed in varlist;\ns is a string variable", 109
    )  # fmt: skip
    assert syntax("varlist(string)", "s", "varlist", data=data) == "s"
    assert syntax("varlist", "x", data="clear") == ("no variables defined", 111)


def test_marksample() -> None:
    text = (
        "sysuse growth\nreplace age = . in 1/3\nreplace measure = .a in 10\ngenerate w = _n > 5\nprogram p\n"
        "syntax varlist [if] [in] [fweight] [, NOVarlist]\nmarksample touse, `novarlist'\ncount if `touse'\nend\n"
    )
    for call, expected in {
        "age": 105, "age measure": 104, "age if sex == 2": 41, "age in 1/10": 7, "age measure, nov": 108,
        "measure [fw=w]": 102, "measure if age < . in 2/12 [fw=w]": 6,
    }.items():  # fmt: skip
        assert printed(text + f"p {call}")[-1].strip() == str(expected), call


def test_marksample_and_strings() -> None:
    text = 'sysuse growth\ngenerate s = "a" in 1/50\nprogram p\nsyntax varlist\nmarksample touse{}\ncount if `touse\'\nend\np s age'
    assert printed(text.format(""))[-1].strip() == "0"
    assert printed(text.format(", strok"))[-1].strip() == "50"


def test_mark_and_markout() -> None:
    lines = printed("sysuse growth\nreplace age = . in 1/4\nmark m if sex == 2\nmarkout m age measure\ncount if m")
    assert lines[-1].strip() == "40"


# ---- words, tokens, names ------------------------------------------------------------------------------------


def test_tokenize() -> None:
    assert printed('tokenize a "b c" d\ndisplay "`1\'/`2\'/`3\'/`4\'"') == ["a/b c/d/"]
    assert printed('tokenize x y z\ntokenize a\ndisplay "`1\'/`2\'"') == ["a/"]
    assert printed('tokenize "a b|c", parse("|")\ndisplay "`1\'/`2\'/`3\'"') == ["a b/|/c"]
    assert printed('tokenize a+b=c, parse("+=")\ndisplay "`1\' `2\' `3\' `4\' `5\'"') == ["a + b = c"]


def test_gettoken() -> None:
    assert printed('local l cat "dog fish" cow\ngettoken a l : l\ngettoken b l : l\ndisplay "`a\'/`b\'/`l\'"') == ["cat/dog fish/ cow"]
    assert printed('local l a, b\ngettoken x l : l, parse(" ,")\ngettoken y l : l, parse(" ,")\ndisplay "`x\'`y\'/`l\'"') == ["a,/ b"]
    assert printed('global g a b\ngettoken (local) x (global) g : (global) g\ndisplay "`x\'/$g"') == ["a/ b"]
    assert printed('local l "q r" s\ngettoken x : l, quotes\ndisplay `"`x\'"\'') == ['"q r"']
    assert printed('local l (a b) c\ngettoken x l : l, match(p)\ndisplay "`x\'/`p\'/`l\'"') == ["a b/(/ c"]
    assert printed('local l f(a b) c\ngettoken x l : l, bind\ndisplay "`x\'/`l\'"') == ["f(a b)/ c"]
    assert printed('local l\ngettoken x l : l\ndisplay "[`x\']"') == ["[]"]


def test_unab() -> None:
    session = Session()
    printed("sysuse growth", session)
    assert printed('unab v : i* mea\ndisplay "`v\'"', session) == ["idnr indiv measure"]
    assert error("unab v : nosuch", session) == ("variable nosuch not found", 111)
    assert error("unab v : age sex, max(1) name(by())", session) == ("by():  too many variables specified", 103)


@pytest.mark.parametrize(
    "text, expected",
    [
        ('numlist "5 1/3", sort', "1 2 3 5"),
        ('numlist "1 2 to 4 10[5]20"', "1 2 3 4 10 15 20"),
        ('numlist "3 1", ascending', ("invalid numlist has elements out of order", 124)),
        ('numlist "1.5", integer', ("invalid numlist has elements outside of allowed range", 126)),
        ('numlist "1 2", min(3)', ("invalid numlist has too few elements", 122)),
        ('numlist "1 2 3", range(>=1 <3)', ("invalid numlist has elements outside of allowed range", 125)),
        ('numlist "a"', ("invalid numlist", 121)),
    ],
)
def test_numlist(text: str, expected: str | tuple[str, int]) -> None:
    if isinstance(expected, tuple):
        assert error(text) == expected
    else:
        assert printed(f"{text}\ndisplay \"`r(numlist)'\"") == [expected]


# ---- confirm -------------------------------------------------------------------------------------------------

CONFIRMED = [
    "variable age", "variable age mea*", "numeric variable age sex", "byte variable age", "string variable s", "new variable q r",
    "str1 variable s", "number 5", "number -1.5e3", "integer number 7", "existence x", "names abc _x", "file here.txt",
    "new file gone.txt", "format %9.2f", "numeric format %9.0g", "string format %10s", "date format %td", "scalar sc",
    "matrix M", "name abc", "var age", "n 3", "v age",
]  # fmt: skip
REFUSED = {
    "variable nosuch": ("variable nosuch not found", 111),
    "variable mea, exact": ("variable mea not found", 111),
    "new variable age": ("variable age already defined", 110),
    "new variable 1x": ("1x invalid name", 198),
    "numeric variable s": ("'s' found where numeric variable expected", 7),
    "string variable age": ("'age' found where string variable expected", 7),
    "float variable age": ("'age' found where float variable expected", 7),
    "number abc": ("'abc' found where number expected", 7),
    "number": ("'' found where number expected", 7),
    "number .": ("'.' found where number expected", 7),
    "integer number 1.5": ("'1.5' found where integer expected", 7),
    "existence": ("'' found where something expected", 6),
    "existence `nosuch'": ("'' found where something expected", 6),
    "names 1x": ("'1x' found where name expected", 7),
    "file gone.txt": ("file gone.txt not found", 601),
    "file": ("'' found where filename expected", 7),
    "new file here.txt": ("file here.txt already exists", 602),
    "new file no/such/folder.txt": ("file no/such/folder.txt could not be opened", 603),
    "format %9q": ("'%9q' found where format expected", 7),
    "string format %9.2f": ("'%9.2f' found where string format expected", 7),
    "scalar nosuch": ("scalar nosuch not found", 111),
    "matrix nosuch": ("matrix nosuch not found", 111),
    "nonsense x": ("invalid syntax", 198),
}


@pytest.fixture
def confirming(folder: pathlib.Path) -> Session:
    (folder / "here.txt").write_text("")
    session = Session()
    printed('sysuse growth\ngenerate s = "a"\nscalar sc = 1\nmatrix M = (1, 2)', session)
    return session


def test_confirm(confirming: Session) -> None:
    for text in CONFIRMED:
        assert printed(f"confirm {text}", confirming) == [], text


@pytest.mark.parametrize("text", REFUSED)
def test_confirm_refuses(confirming: Session, text: str) -> None:
    assert error(f"confirm {text}", confirming) == REFUSED[text]


# ---- the system ----------------------------------------------------------------------------------------------


def test_what_is_not_permitted() -> None:
    for text in ("shell ls", "!ls", "! ls -l", "quietly !ls"):
        assert error(text) == ("shell is not permitted; mixedcli --allow-shell permits it", 199)
    for text, rc in {"ssc install x": 677, "net install x": 677, "update all": 677, "winexec x": 199, "python: 1": 199}.items():
        assert error(text) == (f"{text.split()[0].strip(':')} is not permitted in mixedcli", rc)
    assert error("mata\nx = 1\nend") == ("mata is not built yet", 199)
    assert error("adopath ++ x") == ("adopath is not built yet", 199)


def test_shell_where_it_is_permitted(folder: pathlib.Path) -> None:
    session = Session()
    session.context.allow_shell = True
    assert printed("shell echo one && echo two >&2", session) == ["one", "two"]
    assert printed("local x here\n!echo `x'", session) == ["here"]
    session.context.allow_shell = True
    assert error("winexec x", session)[1] == 199


def test_files_and_folders(folder: pathlib.Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "a.txt").write_text("x" * 1500)
    session = Session()
    assert printed("pwd", session) == [str(folder)]
    assert printed("cd sub", session) == [str(folder / "sub")]
    (line,) = printed("ls", session)
    assert line.startswith("   1.5k  ") and line.endswith("  a.txt")
    assert printed("erase a.txt\nls", session) == []
    assert error("erase a.txt", session) == ("file a.txt not found", 601)
    assert error("cd nosuch", session) == ("unable to change to nosuch", 170)
    assert error("dir *.nosuch", session) == ("file *.nosuch not found", 601)


def test_timer() -> None:
    session = Session()
    (line,) = printed("timer clear\ntimer on 1\nsleep 20\ntimer off 1\ntimer list 1", session)
    assert line.startswith("   1:      0.0") and " /        1 =       0.0" in line
    assert printed("display r(nt1) + (r(t1) >= .02)", session) == ["2"]
    assert printed("timer clear 1\ntimer list", session) == []
    assert error("timer on 101", session)[1] == 198


def test_which() -> None:
    assert printed("which summarize") == ["built-in command:  summarize"]
    assert error("which nosuch") == ("command nosuch not found as either built-in or ado-file", 111)
