"""syntax, marksample, tokenize, gettoken, numlist, confirm, and the commands that ask the system for something."""

from __future__ import annotations

import pathlib

import pytest
from test_language import error, printed, run

from mixedcli.session import Session

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


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
    ("[, AT(numlist >0)]", ", at(0 1)", "at",
     ("at() invalid -- invalid numlist has elements outside of allowed range", 125)),
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
    text = (
        "sysuse growth\ngenerate s = \"a\" in 1/50\nprogram p\nsyntax varlist\nmarksample touse{}\n"
        "count if `touse'\nend\np s age"
    )
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
    twice = "gettoken a l : l{0}\ngettoken b l : l{0}\ndisplay \"`a'/`b'/`l'\""
    assert printed('local l cat "dog fish" cow\n' + twice.format("")) == ["cat/dog fish/ cow"]
    assert printed("local l a, b\n" + twice.format(', parse(" ,")')) == ["a/,/ b"]
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
    "variable age", "variable age mea*", "numeric variable age sex", "byte variable age", "string variable s",
    "new variable q r", "str1 variable s", "number 5", "number -1.5e3", "integer number 7", "existence x",
    "names abc _x", "file here.txt", "new file gone.txt", "format %9.2f", "numeric format %9.0g",
    "string format %10s", "date format %td", "scalar sc", "matrix M", "name abc", "var age", "n 3", "v age",
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
    for text in ("ssc install x", "net install x", "update all"):
        assert error(text) == (f"{text.split()[0]} is not permitted in mixedcli", 677)
    assert error("winexec x") == ("winexec is not permitted in mixedcli", 199)
    assert error("python: 1") == ("python is not permitted in mixedcli", 199)
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
