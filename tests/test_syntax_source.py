"""The reader: from shell text, pasted logs and do-files to statements."""

from __future__ import annotations

import pytest

from mixedcli.syntax.source import Incomplete, read_statements


def texts(source: str) -> list[str]:
    return [statement.text for statement in read_statements(source)]


DO_FILES = {
    "one line": ("summarize lrt", ["summarize lrt"]),
    "nothing": ("", []),
    "blank lines and blanks": ("\n   \n\tsummarize lrt  \n\n", ["summarize lrt"]),
    "windows line ends and a byte order mark": ("\ufeffuse gcse\r\ndescribe\r\n", ["use gcse", "describe"]),
    "star comments": ("* a comment\nuse gcse\n  * another: don't say \"hi\ndescribe", ["use gcse", "describe"]),
    "a star inside a line is no comment": ("display 2 * 3", ["display 2 * 3"]),
    "line comments": ("use gcse // the data\n// more\ndescribe", ["use gcse", "describe"]),
    "an address is no comment": ("use http://x.org/a.dta", ["use http://x.org/a.dta"]),
    "comments in strings are text": (
        'display "a // b" "c /* d" `"e // "f" /* "\' // end',
        ['display "a // b" "c /* d" `"e // "f" /* "\''],
    ),
    "block comments": ("use /* the data */ gcse", ["use   gcse"]),
    "block comments over lines": ("use /* a\nb\nc */ gcse\ndescribe", ["use   gcse", "describe"]),
    "nested block comments": ("use /* a /* b */ c */ gcse", ["use   gcse"]),
    "a block comment that is never closed swallows the rest": ("use gcse\n/* x\ndescribe", ["use gcse"]),
    "a block comment opens in a star comment too": ("* x /*.dta\ndescribe\n*/\nuse gcse", ["use gcse"]),
    "continuation": ("xtmixed gcse lrt || school: lrt, mle ///\n  covariance(unstructured)",
                     ["xtmixed gcse lrt || school: lrt, mle   covariance(unstructured)"]),
    "text after /// is a comment": ("summarize lrt /// the covariate\n gcse", ["summarize lrt  gcse"]),
    "/// when the newline was lost": ("summarize lrt, detail /// format", ["summarize lrt, detail"]),
    "/// needs a blank before it": ("display 1///2", ["display 1///2"]),
    "a star comment can be continued": ("* a ///\n b\nuse gcse", ["use gcse"]),
    "/// in a string": ('display "a ///"\ndescribe', ['display "a ///"', "describe"]),
    "a quote left open ends with its line": ('display "a\ndescribe // x', ['display "a', "describe"]),
    "a trailing brace stays": ("if x {\n describe\n}", ["if x {", "describe", "}"]),
    "delimit": ("#delimit ;\nuse gcse;\nsummarize\n  lrt\n  gcse;\n#delimit cr\ndescribe",
                ["use gcse", "summarize   lrt   gcse", "describe"]),
    "delimit, abbreviated, on one line": ("#d ; use gcse; describe; #d cr\ncount", ["use gcse", "describe", "count"]),
    "delimit: a semicolon in a string": ('#delimit ;\ndisplay "a;b";describe;', ['display "a;b"', "describe"]),
    "delimit: a star comment runs to the semicolon": ("#delimit ;\n* a\n b; describe;", ["describe"]),
    "delimit: comments": ("#delimit ;\nuse // x;\n gcse /* ; */ , clear;", ["use   gcse   , clear"]),
    "delimit: the last statement needs no semicolon": ("#delimit ;\nuse gcse;\ndescribe\n", ["use gcse", "describe"]),
    "prompts of a pasted log": (". use gcse\n\n. describe\n.\n", ["use gcse", "describe"]),
    "a pasted log with a continuation": (
        ". xtmixed gcse lrt || school: lrt if nstu > 4, mle nolog ///\n> covariance(unstructured)",
        ["xtmixed gcse lrt || school: lrt if nstu > 4, mle nolog covariance(unstructured)"],
    ),
    "the same without the first prompt": (
        "xtmixed gcse lrt || school: lrt if nstu > 4, mle nolog ///\n> covariance(unstructured)",
        ["xtmixed gcse lrt || school: lrt if nstu > 4, mle nolog covariance(unstructured)"],
    ),
    "a log breaks lines inside words": (". summarize lrt gc\n> se\n. describe", ["summarize lrt gcse", "describe"]),
    "a comparison may begin a line": ("keep if nstu ///\n> 4", ["keep if nstu > 4"]),
    "a number that begins with a dot is no prompt": ("display ///\n.5", ["display .5"]),
}


@pytest.mark.parametrize(("source", "expected"), DO_FILES.values(), ids=DO_FILES)
def test_statements(source: str, expected: list[str]) -> None:
    assert texts(source) == expected


def test_every_character_knows_where_it_came_from() -> None:
    source = "use gcse\n\n  summarize /* the\n covariate */ lrt ///\n   gcse, detail"
    statement = list(read_statements(source))[1]
    lines = source.split("\n")
    assert statement.line == 3
    for word in ("summarize", "lrt", "gcse", "detail"):
        line, column = statement.positions[statement.text.index(word)]
        assert lines[line - 1][column - 1 :].startswith(word)


def test_positions_behind_a_prompt_and_between_semicolons() -> None:
    prompted = next(read_statements(". summarize lrt gc\n> se"))
    assert prompted.positions[0] == (1, 3)
    assert prompted.positions[len("summarize lrt gc")] == (2, 3)
    second = list(read_statements("#delimit ;\nuse gcse; describe;"))[1]
    assert second.positions[0] == (2, 11)


def test_lines_for_the_echo_come_without_prompts() -> None:
    first, second = read_statements(". use gcse // data\n. xtmixed gcse lrt ///\n> || school:\n")
    assert first.lines == ("use gcse // data",)
    assert second.lines == ("xtmixed gcse lrt ///", "|| school:")
    one, two = read_statements("#delimit ;\nuse gcse; summarize\n  lrt;")
    assert one.lines == ("use gcse;",)
    assert two.lines == ("summarize", "  lrt;")


def test_comments_can_be_asked_for() -> None:
    found = [(s.text, s.lines) for s in read_statements("* hello\n\nuse gcse", comments=True)]
    assert found == [("", ("* hello",)), ("", ("",)), ("use gcse", ("use gcse",))]


@pytest.mark.parametrize("typed", ["summarize ///", "summarize /* x"])
def test_a_prompt_learns_that_more_is_to_come(typed: str) -> None:
    with pytest.raises(Incomplete):
        list(read_statements(typed, interactive=True))
    assert texts(typed) == ["summarize"]


def test_a_long_file_is_read_in_linear_time() -> None:
    source = 'display "a" // x\n' * 20_000
    assert len(texts(source)) == 20_000
