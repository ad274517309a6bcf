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


def cases(text: str) -> dict[str, tuple[str, list[str]]]:
    """Do-files with what they print: a line ``### name``, the do-file, ``--->``, the printed lines."""
    found = {}
    for case in text.strip("\n").split("### ")[1:]:
        name, _, rest = case.partition("\n")
        code, _, shown = rest.partition("\n--->\n")
        found[name] = (code, shown.rstrip("\n").split("\n") if shown.strip("\n") else [])
    return found


# ---- macros --------------------------------------------------------------------------------------------------

MACROS = cases(
    r"""
### a local and a global
local a one
global b two
display "`a' $b ${b}"
--->
one two two
### nested references
local x1 first
local i 1
local name x
display "`x`i'' ``name'1'"
--->
first first
### an indirect reference
local a x
local b a
display "``b''"
--->
x
### an undefined macro is empty
display "[`nosuch'][$nosuch]"
--->
[][]
### an empty definition drops
local a 1
local a
display "[`a']"
--->
[]
### plain quotes come off
local a "b c"
display "[`a']"
--->
[b c]
### inner quotes stay
local a "b c" "d"
display `"`a'"'
--->
"b c" "d"
### compound quotes
local q `"say "hi""'
display `"<`q'>"'
--->
<say "hi">
### an expression is evaluated
local n 3
local m = `n'*2
display `m' + 1
--->
7
### without = it is text
local m 3*2
display "`m'"
--->
3*2
### a value in place
local n 3
display "`=`n'^2'"
--->
9
### a text value in place
display "`=upper("ab") + "c"'"
--->
ABc
### seventeen digits
local t = 1/3
display "`t'"
--->
.3333333333333333
### a large whole number
local t = 2^40
display "`t'"
--->
1099511627776
### a missing value
local t = ln(0)
display "`t'"
--->
.
### ++ before
local i 5
display "`++i' `i'"
--->
6 6
### ++ after
local i 5
display "`i++' `i'"
--->
5 6
### -- before and after
local i 5
display "`--i' `i--' `i'"
--->
4 4 3
### local ++
local i 1
local ++i
local ++i
local --i
display `i'
--->
2
### ++ of nothing counts from 0
local ++k
display `k'
--->
1
### a global in braces is part of a word
global g mid
display "a${g}b"
--->
amidb
### a global named by a local
global g1 deep
local k 1
display "${g`k'} $`=substr("g1", 1, 2)'"
--->
deep deep
### a global named by a global
global a b
global b c
display "${$a}"
--->
c
### a backslash keeps a reference for later
local n 1
local lazy \`n'
local n 2
display "`lazy'"
--->
2
### a backslash keeps a dollar for later
global n 1
local lazy \$n
global n 2
display "`lazy'"
--->
2
### macval stops after one step
local lazy \`n'
local n 2
display "`macval(lazy)'"
--->
`n'
### other backslashes stay
display "c:\data\x"
--->
c:\data\x
### an apostrophe is no macro
display "don't"
--->
don't
### a lone backquote stays
display "a ` b"
--->
a ` b
### a stored result
sysuse growth
quietly summarize age
display "`r(N)' `r(mean)'"
--->
108 11
### a stored text
numlist "1/3 10(5)20"
display "`r(numlist)'"
--->
1 2 3 10 15 20
### a system value
display "`c(level)'"
--->
95
### a command in a macro
local cmd display
local what 3 + 4
`cmd' `what'
--->
7
### an empty line after substitution
local nothing
`nothing'
display 1
--->
1
### word count
local l a b c
local n : word count `l'
display `n'
--->
3
### word # of, in place
local l a "b c" d
display "`:word 2 of `l''"
--->
b c
### a list operation
local a x y z
local b y
local c : list a - b
display "`c'"
--->
x z
### display as a function
local s : display %5.2f 1/3
display "[`s']"
--->
[ 0.33]
### variable label
sysuse growth
label variable age "Years"
local l : variable label age
display "`l'"
--->
Years
### type and format
sysuse growth
local t : type age
local f : format age
display "`t' `f'"
--->
byte %8.0g
"""
)


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

LOOPS = cases(
    r"""
### foreach in
foreach x in a b c {
    display "`x'"
}
--->
a
b
c
### foreach in with quotes
foreach x in a "b c" `"d "e""' {
    display `"`x'"'
}
--->
a
b c
d "e"
### foreach in nothing
foreach x in {
    display 1
}
display 2
--->
2
### foreach of varlist
foreach v of varlist i* age {
    display "`v'"
}
--->
idnr
indiv
age
### foreach of numlist
foreach k of numlist 1 3/5 10(5)20 {
    display `k'
}
--->
1
3
4
5
10
15
20
### foreach of local
local l a "b c"
foreach w of local l {
    display "`w'"
}
--->
a
b c
### foreach of global
global l p q
foreach w of global l {
    display "`w'"
}
--->
p
q
### foreach of newlist
foreach w of newlist n1 n2 {
    generate `w' = 1
}
describe n1 n2, simple
--->
n1  n2
### foreach reads its list once
local l a b
foreach w of local l {
    local l `l' c
}
display "`l'"
--->
a b c c
### forvalues #/#
forvalues i = 1/3 {
    display `i'
}
--->
1
2
3
### forvalues #(#)#
forvalues i = 10(-5)0 {
    display `i'
}
--->
10
5
0
### forvalues # # to #
forvalues i = 5 10 to 20 {
    display `i'
}
--->
5
10
15
20
### forvalues # #: #
forvalues i = 5 10 : 20 {
    display `i'
}
--->
5
10
15
20
### forvalues downwards by 1 does nothing
forvalues i = 3/1 {
    display `i'
}
display 0
--->
0
### forvalues in tenths
forvalues x = 0(.1).3 {
    display "`x'"
}
--->
0
.1
.2
.3
### forvalues with macros
local n 2
forvalues i = `n'/`=`n'+1' {
    display `i'
}
--->
2
3
### while
local i 3
while `i' > 0 {
    display `i'
    local --i
}
--->
3
2
1
### while with a step in its condition
local i 0
while `++i' < 3 {
    display `i'
}
display `i'
--->
1
2
3
### continue
forvalues i = 1/4 {
    if mod(`i', 2) continue
    display `i'
}
--->
2
4
### continue, break
forvalues i = 1/9 {
    if `i' == 3 {
        continue, break
    }
    display `i'
}
--->
1
2
### break leaves the inner loop
foreach x in a b {
    forvalues i = 1/3 {
        if `i' == 2 continue, break
        display "`x'`i'"
    }
}
--->
a1
b1
### a loop macro is gone afterwards
foreach x in a {
}
display "[`x']"
--->
[]
### nested loops
forvalues i = 1/2 {
    forvalues j = `i'/2 {
        display "`i'`j'"
    }
}
--->
11
12
22
### if, else if, else
forvalues i = 1/3 {
    if `i' == 1 {
        display "one"
    }
    else if `i' == 2 {
        display "two"
    }
    else {
        display "more"
    }
}
--->
one
two
more
### if and else on one line
if 0 display 1
else display 2
if 1 display 3
else display 4
--->
2
3
### else if on one line
if 0 display 1
else if 0 display 2
else display 3
--->
3
### nested if
if 1 {
    if 0 {
        display 1
    }
    else {
        display 2
    }
}
else {
    display 3
}
--->
2
### if of a text
if "a" == "a" display "same"
--->
same
### if of a variable is its first value
replace age = 0 in 1
if age display "no"
else display "first is 0"
--->
(1 real change made)
first is 0
### comments and blank lines inside
forvalues i = 1/2 {
    * note

  // more
  display `i' /* here */
}
--->
1
2
### a block without a header
{
    display 1
}
--->
1
### quietly and noisily blocks
quietly {
    display 1
    noisily display 2
    noisily {
        display 3
    }
}
--->
2
3
### capture stops its block
capture {
    local x 1
    error 111
    local x 2
}
display _rc " `x'"
--->
111 1
### capture noisily block
capture noisily {
    display 1
    error 9
}
display _rc
--->
1
assertion is false
9
### capture of success
capture error 9
capture local x 1
display _rc
--->
0
"""
)


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

PROGRAMS = cases(
    r"""
### arguments
program show
    display `"0=`0'|1=`1'|2=`2'|3=`3'"'
end
show a "b c" d
--->
0=a "b c" d|1=a|2=b c|3=d
### no arguments
program show
    display `"0=`0'|1=`1'|2=`2'|3=`3'"'
end
show
--->
0=|1=|2=|3=
### arguments with a comma
program show
    display `"0=`0'|1=`1'|2=`2'|3=`3'"'
end
show x, opt
--->
0=x, opt|1=x,|2=opt|3=
### args
program p
    args a b
    display "`b' `a'"
end
p 1 "2 3"
--->
2 3 1
### macro shift
program p
    while "`1'" != "" {
        display "`1'"
        macro shift
    }
end
p a b
--->
a
b
### locals are private
local x outer
program p
    display "[`x']"
    local x inner
end
p
display "`x'"
--->
[]
outer
### globals are shared
program p
    global g set
end
p
display "$g"
--->
set
### recursion
program fact
    args n
    if `n' <= 1 {
        scalar f = 1
        exit
    }
    fact `=`n' - 1'
    scalar f = f*`n'
end
fact 10
display f
--->
3628800
### exit ends the program only
program p
    display 1
    exit
    display 2
end
p
display 3
--->
1
3
### exit leaves loops
program p
    foreach x in a b {
        display "`x'"
        exit
    }
end
p
display 3
--->
a
3
### exit with a code
program p
    exit 459
end
capture p
display _rc
--->
459
### an error leaves the program
program p
    error 111
end
capture p
display _rc
--->
111
### what was changed before exit # stays
program p
    global g 1
    set obs 3
    exit 9
end
capture p
display _N
--->
3
### version is restored
version 15
program p
    version 12
    version
end
p
version
--->
version 12
version 15
### version after an error
version 15
program p
    version 12
    error 9
end
capture p
version
--->
version 15
### version N:
version 15
version 12: version
version
--->
version 12
version 15
### a program under quietly
program p
    display 1
    noisily display 2
end
quietly p
--->
2
### programs call programs
program a
    display "a`0'"
end
program b
    a 1
    a 2
end
b
--->
a1
a2
### drop and define again
program p
    display 1
end
program drop p
program p
    display 2
end
p
--->
2
### capture program drop
capture program drop p
display _rc
program p
end
capture program drop p
display _rc
--->
111
0
### r() of an rclass program
program p, rclass
    return scalar x = 5
end
p
display r(x)
--->
5
### a macro in a program is of its run
program p
    display "`1'"
end
foreach x in a b {
    p `x'
}
--->
a
b
### continue inside a program's own loop
program p
    foreach x in a b {
        continue
    }
    display 1
end
p
--->
1
"""
)


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
    printed("set obs 2\ntempvar v\ngenerate `v' = 1\ntempfile f\nquietly save `f'\nglobal kept `f'", session)
    printed("preserve\ndrop _all", session)
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
    (folder / "bad.do").write_text(
        "local n nosuch\nforvalues i = 1/2 {\n    if `i' == 2 {\n        generate z = 1 + `n'\n    }\n}\n"
    )
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
    echoed = [event.lines[0] for event in events if isinstance(event, Echo)]
    assert echoed == ["program p", "p", "run inner", "quietly do inner"]
