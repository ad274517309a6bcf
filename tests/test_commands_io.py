"""Commands that read and write files: contents, storage types, messages, errors that leave data and files as they were."""

from __future__ import annotations

import os
import pathlib
import random
import sys

import numpy as np
import pandas as pd
import pytest

from mixedcli.commands.context import Context, State
from mixedcli.data.columns import new_numeric, new_string, numeric
from mixedcli.data.dataset import Dataset
from mixedcli.data.dta_read import read_dta
from mixedcli.data.freeform import read_number, tokens
from mixedcli.data.storage import MISSING, MISSING_BY_NAME, MISSING_CODES, from_double, to_double
from mixedcli.records import replace
from mixedcli.report.text import to_text
from mixedcli.session import Outcome, Session


@pytest.fixture(autouse=True)
def _here(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def small() -> Dataset:
    labelled = new_numeric("sex", np.array([0, 1, MISSING]), "byte", "Sex of pupil", value_label="sex")
    made = (
        labelled,
        new_numeric("score", np.array([3.58, MISSING_BY_NAME[".a"], 1e10]), "float"),
        new_numeric("wide", np.array([0.1, -1 / 3, 1e300]), "double"),
        new_string("name", ["Ann", 'say "hi", Bob', ""]),
        new_numeric("day", np.array([0, 22000, MISSING]), "int", format="%td"),
    )
    return Dataset(
        {column.name: column for column in made}, 3, label="Small", changed=True,
        value_labels={"sex": {0.0: "boy", 1.0: "girl, or woman"}, "orphan": {1.0: "one"}},
    )  # fmt: skip


def session(data: Dataset | None = None, version: float = 13) -> Session:
    run = Session(Context(State(data=small() if data is None else data)))
    run.context.set(version=version)
    return run


def last(run: Session, text: str) -> Outcome:
    return list(run.run(text))[-1]


def printed(run: Session, text: str) -> str:
    outcome = last(run, text)
    assert outcome.error is None, outcome.error
    return to_text(outcome.document).rstrip("\n") if outcome.document is not None else ""


def fails(run: Session, text: str) -> tuple[int, str]:
    """r() code and message; data and files must be what they were."""
    data, files = run.context.data, {name: pathlib.Path(name).read_bytes() for name in os.listdir() if os.path.isfile(name)}
    outcome = last(run, text)
    assert outcome.error is not None, f"{text}: no error"
    assert run.context.data is data
    assert {name: pathlib.Path(name).read_bytes() for name in os.listdir() if os.path.isfile(name)} == files
    return outcome.error.rc, outcome.error.message


def write(name: str, text: str, encoding: str = "utf-8") -> None:
    pathlib.Path(name).write_bytes(text.encode(encoding))


def values(run: Session, name: str) -> list[object]:
    column = run.context.data.columns[name]
    return numeric(column).tolist() if column.values.dtype != object else column.values.tolist()


def storages(run: Session) -> list[str]:
    return [column.storage for column in run.context.data.columns.values()]


# ---- save ----------------------------------------------------------------------------------------------------


def test_save_says_so_and_the_data_count_as_saved(shared: pathlib.Path) -> None:
    run = session()
    expected = (shared / "reference" / "outputs" / "909.txt").read_text().partition("#---\n")[2].strip()
    assert printed(run, "save autoextra") == expected == "file autoextra.dta saved"
    data = run.context.data
    assert not data.changed and data.filename == "autoextra.dta" and data.timestamp
    assert fails(run, "save autoextra") == (602, "file autoextra.dta already exists")
    assert printed(run, "save autoextra.dta, replace") == "file autoextra.dta saved"
    last(run, "drop name")
    assert run.context.data.changed
    assert printed(run, "save, replace") == "file autoextra.dta saved"
    assert read_dta("autoextra.dta").names == ("sex", "score", "wide", "day")


def test_the_error_in_a_folder_names_the_whole_path(shared: pathlib.Path) -> None:
    os.makedirs("data/derived")
    write("data/derived/gdp_per_capita.dta", "")
    expected = (shared / "reference" / "outputs" / "959.txt").read_text().partition("#---\n")[2].splitlines()
    assert fails(session(), 'save "data/derived/gdp_per_capita.dta"') == (602, expected[0])


def test_what_save_says_when_there_is_nothing_to_replace() -> None:
    assert printed(session(), "save x, replace") == "(note: file x.dta not found)\nfile x.dta saved"
    assert printed(session(version=17), "save y, replace") == "(file y.dta not found)\nfile y.dta saved"
    assert printed(session(version=17), "save y.tmp") == "file y.tmp saved as .dta format"
    assert printed(session(version=16), "save z.tmp") == "file z.tmp saved"


def test_save_options() -> None:
    run = session()
    last(run, "save plain")
    last(run, "save orphans, orphans")
    last(run, "save bare, nolabel")
    assert set(read_dta("plain.dta").value_labels) == {"sex"}
    assert set(read_dta("orphans.dta").value_labels) == {"sex", "orphan"}
    assert not read_dta("bare.dta").value_labels and read_dta("bare.dta").columns["sex"].value_label == "sex"
    assert set(run.context.data.value_labels) == {"sex", "orphan"}, "the data in memory keep theirs"
    assert printed(session(Dataset()), "save empty, emptyok") == "file empty.dta saved"
    assert read_dta("empty.dta").n == 0


def test_save_errors() -> None:
    run = session()
    assert fails(run, "save")[0] == 198
    assert fails(run, "save nowhere/x") == (603, "file nowhere/x.dta could not be opened")
    assert fails(run, "save a b")[0] == 198
    assert fails(run, "save x, nosuch")[0] == 198
    os.mkdir("folder.dta")
    assert fails(run, "save folder, replace") == (603, "file folder.dta could not be opened")
    assert fails(session(Dataset()), "save x") == (111, "no variables defined")


def test_pandas_reads_what_we_saved() -> None:
    last(session(), "save x")
    raw = {"convert_categoricals": False, "convert_dates": False, "convert_missing": True}
    with pd.read_stata("x.dta", iterator=True, **raw) as reader:
        frame = reader.read()
        assert reader.variable_labels()["sex"] == "Sex of pupil"
        assert reader.value_labels()["sex"] == {0: "boy", 1: "girl, or woman"}
    assert frame["name"].tolist() == ["Ann", 'say "hi", Bob', ""]
    assert str(frame["score"][1]) == ".a" and frame["wide"].tolist() == [0.1, -1 / 3, 1e300]


def test_use_reads_part_of_what_was_saved() -> None:
    run = session()
    last(run, "save x")
    assert printed(run, "use name sex if sex < . in 1/2 using x") == "(Small)"
    assert run.context.data.names == ("sex", "name") and run.context.data.n == 2
    assert values(run, "name") == ["Ann", 'say "hi", Bob'] and not run.context.data.changed


# ---- delimited text ------------------------------------------------------------------------------------------


def test_export_delimited_writes_labels_full_numbers_and_empty_cells() -> None:
    run = session()
    assert printed(run, "export delimited using x") == "file x.csv saved"
    # A float in full is 3.5799999, as Stata writes it; a point begins a fraction; . is nothing and .a is .a.
    assert pathlib.Path("x.csv").read_text() == (
        "sex,score,wide,name,day\n"
        "boy,3.5799999,.1,Ann,01jan1960\n"
        '"girl, or woman",.a,-.3333333333333333,"say ""hi"", Bob",26mar2020\n'
        ",1e+10,1e+300,,\n"
    )
    assert fails(run, "export delimited using x") == (602, "file x.csv already exists")
    assert run.context.data.changed and run.context.data.filename == ""


def test_export_delimited_options() -> None:
    run = session()
    last(run, 'export delimited name sex in 1/2 using x.txt, delimiter(";") novarnames nolabel quote')
    assert pathlib.Path("x.txt").read_text() == '"Ann";0\n"say ""hi"", Bob";1\n'
    last(run, "format wide %9.2f")
    last(run, "export delimited wide using y if _n < 3, datafmt delimiter(tab) replace")
    assert pathlib.Path("y.csv").read_text() == "wide\n0.10\n-0.33\n"
    assert fails(run, 'export delimited using z, delimiter("ab")')[0] == 198
    assert fails(run, "export delimited nosuch using z")[0] == 111
    assert fails(session(Dataset()), "export delimited using z") == (111, "no variables defined")


def test_what_is_exported_comes_back() -> None:
    run = session()
    last(run, "export delimited using x, nolabel")
    assert printed(run, "import delimited x, clear asdouble") == "(5 vars, 3 obs)"
    assert storages(run) == ["byte", "double", "double", "str13", "str9"]
    assert values(run, "wide") == [0.1, -1 / 3, 1e300]
    assert values(run, "score")[1] == MISSING_BY_NAME[".a"]
    assert np.float32(values(run, "score")[0]) == np.float32(3.58)


def test_import_delimited_messages_of_every_version() -> None:
    write("x.csv", "a,b\n" + "1,2\n" * 1000)
    assert printed(session(Dataset()), "import delimited x") == "(2 vars, 1000 obs)"
    assert printed(session(Dataset(), 16), "import delimited using x.csv") == "(2 vars, 1,000 obs)"
    assert printed(session(Dataset(), 17), "import delimited x") == (
        "(encoding automatically selected: ISO-8859-1)\n(2 vars, 1,000 obs)"
    )
    write("u.csv", "a\né\n")
    assert printed(session(Dataset(), 17), "import delimited u").startswith("(encoding automatically selected: UTF-8)")
    assert printed(session(Dataset(), 17), 'import delimited u, encoding("utf-8")') == "(1 var, 1 obs)"


def test_import_delimited_names_and_ranges() -> None:
    write("x.csv", "made by hand,,\nFirst Name,AGE,if\nann,3,1.5\nbob,x,2.5\ncy,5,3.5\n")
    run = session(Dataset())
    last(run, "import delimited x, varnames(2) case(preserve)")
    assert run.context.data.names == ("FirstName", "AGE", "v3")
    assert [c.label for c in run.context.data.columns.values()] == ["First Name", "", "if"]
    assert values(run, "AGE") == ["3", "x", "5"] and storages(run) == ["str3", "str1", "float"]
    last(run, "import delimited x, clear varnames(2) rowrange(4:5) numericcols(2) stringcols(3) case(upper)")
    assert run.context.data.names == ("FIRSTNAME", "AGE", "v3")
    assert values(run, "AGE") == [MISSING, 5] and values(run, "v3") == ["2.5", "3.5"]
    last(run, "import delimited x, clear varnames(nonames) rowrange(3) colrange(2:)")
    assert run.context.data.names == ("v2", "v3") and run.context.data.n == 3
    last(run, "import delimited one two three using x, clear varnames(2)")
    assert run.context.data.names == ("one", "two", "three")
    assert fails(run, "import delimited one two using x, clear varnames(2)") == (102, "too few variables specified")
    assert fails(run, "import delimited a b c d using x, clear") == (103, "too many variables specified")


def test_import_delimited_delimiters() -> None:
    write("x.txt", 'a;b|c\n1;"x;y"|3\n')
    run = session(Dataset())
    last(run, 'import delimited x.txt, delimiters(";|")')
    assert run.context.data.names == ("a", "b", "c") and values(run, "b") == ["x;y"] and values(run, "c") == [3]
    write("x.txt", "a  b   c\n1 2     3\n  4 5 6\n")
    last(run, "import delimited x.txt, delimiters(whitespace, collapse) clear")
    assert values(run, "c") == [3, 6] and run.context.data.n == 2
    write("x.txt", "a::b\n1:2::3\n")
    last(run, 'import delimited x.txt, delimiters("::", asstring) clear')
    assert values(run, "a") == ["1:2"] and values(run, "b") == [3]
    write("x.txt", 'a\tb\n1\t"\n')
    last(run, "import delimited x.txt, delimiters(tab) bindquotes(nobind) clear")
    assert values(run, "b") == ['"']


def test_import_delimited_encodings() -> None:
    write("x.csv", "s\nzoë\n", "cp1252")
    run = session(Dataset())
    last(run, 'import delimited x, encoding("windows-1252")')
    assert values(run, "s") == ["zoë"]
    assert fails(run, 'import delimited x, encoding("nosuch") clear') == (198, "invalid encoding nosuch")


def test_import_delimited_errors() -> None:
    write("x.csv", "a\n1\n")
    run = session()
    assert fails(run, "import delimited x") == (4, "no; data in memory would be lost")
    assert fails(run, "import delimited nosuch, clear") == (601, "file nosuch.csv not found")
    for option in ("varnames(0)", "rowrange(5:2)", "rowrange(x)", "stringcols(a)", 'delimiters("a", b)', "case(title)"):
        assert fails(run, f"import delimited x, clear {option}")[0] == 198
    assert fails(run, "import delimited 2a using x, clear")[0] == 198
    assert fails(run, "import delimited")[0] == 198


def test_insheet(shared: pathlib.Path) -> None:
    write("haart.csv", ",".join(f"x{j}" for j in range(12)) + "\n" + (",".join("1" * 12) + "\n") * 1000)
    run = session(Dataset())
    expected = (shared / "reference" / "outputs" / "917.txt").read_text().partition("#---\n")[2].strip()
    assert printed(run, 'insheet using "haart.csv", comma names') == expected == "(12 vars, 1000 obs)"
    assert fails(run, "insheet using haart.csv") == (18, "you must start with an empty dataset")
    last(run, "insheet using haart.csv, nonames clear")
    assert run.context.data.names[:2] == ("v1", "v2") and run.context.data.n == 1001
    assert values(run, "v1")[:2] == ["x0", "1"]
    write("t.raw", "A|b\n.5|x,y\n")
    last(run, 'insheet using t, delimiter("|") double case clear')
    assert run.context.data.names == ("A", "b") and storages(run) == ["double", "str3"]
    assert fails(run, "insheet using t, tab comma clear")[0] == 198


# ---- free format ---------------------------------------------------------------------------------------------


def test_infile_deals_values_out_whatever_the_lines() -> None:
    write("x.raw", 'Ana 30 1.5\n"Bia Lima" . 2\nCaio, 41, abc\nDavi 7\n')
    run = session(Dataset())
    assert printed(run, "infile str10 name age income using x") == (
        "'abc' cannot be read as a number for income[3]\n(eof not at end of obs)\n(4 observations read)"
    )
    assert storages(run) == ["str10", "float", "float"]
    assert values(run, "name") == ["Ana", "Bia Lima", "Caio", "Davi"]
    assert values(run, "age") == [30, MISSING, 41, 7] and values(run, "income") == [1.5, 2, MISSING, MISSING]


def test_infile_types_lists_and_skips() -> None:
    write("x.raw", "1 2 3 4 5\n6 300 8 9 .b\n")
    run = session(Dataset())
    assert printed(run, "infile byte(a b) _skip(2) double x using x") == "(2 observations read)"
    assert storages(run) == ["byte", "byte", "double"]
    assert values(run, "b") == [2, MISSING], "300 is beyond a byte"
    assert values(run, "x") == [5, MISSING_BY_NAME[".b"]]
    assert printed(run, "infile x1-x5 using x if x1 > 1, clear") == "(1 observation read)"
    assert values(run, "x2") == [300]
    assert fails(run, "infile a b using x") == (18, "you must start with an empty dataset")
    assert fails(run, "infile a a using x, clear")[0] == 110
    assert fails(run, "infile a-b using x, clear")[0] == 198
    assert fails(run, "infile byte(a b using x, clear")[0] == 198
    assert fails(run, "infile using x, clear")[0] == 199
    assert fails(run, "infile a b")[0] == 100
    assert fails(run, "infile a using nosuch, clear") == (601, "file nosuch.raw not found")


def test_values_in_free_text() -> None:
    assert list(tokens('a "b c", 3\n4,,5 .a')) == ["a", "b c", "3", "4", "", "5", ".a"]
    assert list(tokens('`"say "x""\' , 1,\n2 "open')) == ['say "x"', "1", "2", '"open']
    assert [read_number(t) for t in ("1e3", "1d-2", ".5", "-3.", ".", ".z", "")] == [
        1000, 0.01, 0.5, -3, MISSING, MISSING_BY_NAME[".z"], MISSING,
    ]  # fmt: skip
    assert [read_number(t) for t in ("abc", "1_0", "inf", "nan", "0x1", "1e", ".aa")] == [None] * 7


def test_input_keeps_what_was_typed() -> None:
    run = session(Dataset())
    list(run.run('input str5 name byte(x y)\n"ana b" 1 2\n\nbia, , 3\ncarl 4\nend'))
    assert values(run, "name") == ["ana b", "bia", "carl"]
    assert values(run, "x") == [1, MISSING, 4] and values(run, "y") == [2, 3, MISSING]
    assert storages(run) == ["str5", "byte", "byte"] and run.context.data.changed
    assert fails(run, "input name\n1\nend") == (110, "variable name already defined")
    assert fails(run, "input\n1\nend") == (100, "varlist required")


# ---- Excel and Parquet ---------------------------------------------------------------------------------------


def test_without_openpyxl_excel_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    rc, message = fails(session(), "export excel using x")
    assert rc == 199 and "openpyxl" in message and "mixedcli[excel]" in message
    assert fails(session(), "import excel x, clear")[0] == 199


def test_without_pyarrow_parquet_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    rc, message = fails(session(), "export parquet using x")
    assert rc == 199 and "pyarrow" in message and "mixedcli[parquet]" in message
    assert fails(session(), "import parquet x, clear")[0] == 199


def test_excel_there_and_back() -> None:
    pytest.importorskip("openpyxl")
    run = session()
    assert printed(run, "export excel using x, firstrow(variables)") == "file x.xlsx saved"
    assert fails(run, "export excel using x") == (602, "file x.xlsx already exists")
    assert printed(session(Dataset(), 16), "import excel x, firstrow") == "(5 vars, 3 obs)"
    assert printed(run, "import excel x, firstrow clear") == ""
    data = run.context.data
    assert data.names == ("sex", "score", "wide", "name", "day")
    assert storages(run) == ["str14", "double", "double", "str13", "int"]
    assert values(run, "sex") == ["boy", "girl, or woman", ""]
    assert values(run, "wide") == [0.1, -1 / 3, 1e300] and values(run, "day") == [0, 22000, MISSING]
    assert data.columns["day"].format.startswith("%td")
    last(run, "import excel x, clear cellrange(B2:C3)")
    assert run.context.data.names == ("B", "C") and values(run, "C") == [0.1, -1 / 3]
    last(run, 'export excel using x, sheet("more") sheetreplace')
    last(run, 'import excel using x, sheet("more") clear allstring')
    assert run.context.data.n == 2 and all(storage.startswith("str") for storage in storages(run))
    assert fails(run, 'import excel x, sheet("nosuch") clear') == (601, "worksheet nosuch not found")
    assert fails(run, "import excel nosuch, clear") == (601, "file nosuch.xlsx not found")
    assert fails(run, "import excel x, cellrange(C3:A1) clear")[0] == 198
    write("bad.xlsx", "no workbook")
    assert fails(run, "import excel bad, clear") == (603, "file bad.xlsx could not be loaded")


def test_a_text_that_looks_like_a_formula_stays_text() -> None:
    pytest.importorskip("openpyxl")
    run = session(Dataset({"s": new_string("s", ["=1+1", "\x01a"])}, 2))
    last(run, "export excel using x")
    last(run, "import excel x, clear")
    assert values(run, "A") == ["=1+1", "a"]


def test_parquet_there_and_back() -> None:
    pytest.importorskip("pyarrow")
    run = session()
    assert printed(run, "export parquet using x") == "file x.parquet saved"
    assert fails(run, "export parquet using x")[0] == 602
    assert printed(run, "import parquet x, clear") == "(5 vars, 3 obs)"
    assert storages(run) == ["byte", "float", "double", "str13", "int"]
    assert values(run, "sex") == [0, 1, MISSING] and values(run, "wide") == [0.1, -1 / 3, 1e300]
    assert values(run, "score")[1] == MISSING
    last(run, "import parquet name sex using x, clear")
    assert run.context.data.names == ("name", "sex")
    assert fails(run, "import parquet nosuch using x, clear") == (111, "variable nosuch not found")
    write("bad.parquet", "no parquet")
    assert fails(run, "import parquet bad, clear") == (610, "file bad.parquet not Parquet format")
    pd.DataFrame({"a b": [1, 2], "when": pd.to_datetime(["2020-01-01", None]), "big": [2**40, 1]}).to_parquet("y.parquet")
    last(run, "import parquet y, clear")
    assert run.context.data.names == ("ab", "when", "big") and storages(run) == ["byte", "int", "double"]
    assert values(run, "when") == [21915, MISSING] and values(run, "big") == [2**40, 1]


# ---- webuse, compress, recast, format, notes -----------------------------------------------------------------


def test_webuse_finds_what_is_bundled_and_says_what_is() -> None:
    run = session(Dataset())
    assert printed(run, "webuse gcse").startswith("(")
    assert run.context.data.n == 4059
    rc, message = fails(run, "webuse lbw")
    assert rc == 601 and message.startswith("file lbw.dta not found\n") and "network" in message and "gcse" in message
    assert fails(run, "webuse set http://x")[0] == 199


def test_compress_keeps_every_value() -> None:
    codes = np.array([*MISSING_CODES, 1, 100])
    made = [
        new_numeric("a", codes, "double"),
        new_numeric("b", np.array([*MISSING_CODES, 1, 101]), "float"),
        new_numeric("c", np.array([*MISSING_CODES, 0.5, 1]), "double"),
        new_numeric("d", np.array([*MISSING_CODES, 32741, 1]), "float"),
        new_numeric("e", np.array([*MISSING_CODES, 32741, 1]), "double"),
        new_string("s", ["x"] * 29, "str20"),
        new_string("l", ["x"] * 29, "strL"),
    ]
    run = session(Dataset({column.name: column for column in made}, 29))
    before = {column.name: numeric(column).tolist() for column in made[:5]}
    text = printed(run, "compress")
    assert storages(run) == ["byte", "int", "double", "float", "long", "str1", "str1"]
    assert {name: values(run, name) for name in before} == before
    assert text.splitlines() == [
        "  variable a was double now byte", "  variable b was float now int", "  variable e was double now long",
        "  variable s was str20 now str1", "  variable l was strL now str1",
        f"  ({29 * (7 + 2 + 4 + 19 + 7)} bytes saved)",
    ]  # fmt: skip
    run = session(Dataset({"a": made[0]}, 29), version=12)
    assert printed(run, "compress") == "a was double now byte", "the form of version 12"


def test_recast_refuses_to_lose_anything_unless_forced() -> None:
    run = session(Dataset({"x": new_numeric("x", np.array([1, 2.5, MISSING_BY_NAME[".q"]]), "double"),
                           "s": new_string("s", ["abc", "é", ""])}, 3))
    assert printed(run, "recast int x") == "x:  1 value would be changed; not changed"
    assert storages(run)[0] == "double"
    assert printed(run, "recast float x") == "" and values(run, "x") == [1, 2.5, MISSING_BY_NAME[".q"]]
    assert printed(run, "recast int x, force") == "x:  1 value changed" and values(run, "x")[1] == 2
    assert printed(run, "recast str1 s") == "s:  2 values would be changed; not changed"
    assert printed(run, "recast str10 s") == "" and run.context.data.columns["s"].format == "%10s"
    assert fails(run, "recast str5 x")[0] == 109
    assert fails(run, "recast int s")[0] == 109
    assert fails(run, "recast quad x")[0] == 198
    assert fails(run, "recast str9999 s")[0] == 198
    assert fails(run, "recast int")[0] == 100


def test_format_changes_nothing_but_the_format() -> None:
    run = session()
    last(run, "format %8.1f score wide")
    assert [run.context.data.columns[n].format for n in ("score", "wide")] == ["%8.1f", "%8.1f"]
    assert fails(run, "format score %q") == (120, "invalid %format")
    assert fails(run, "format score %12s")[0] == 109
    assert fails(run, "format name %td")[0] == 109
    assert fails(run, "format %9.0g")[0] == 100
    assert fails(run, "format nosuch %9.0g")[0] == 111


def test_notes_of_a_real_log(shared: pathlib.Path) -> None:
    expected = (shared / "reference" / "outputs" / "907.txt").read_text().partition("#---\n")[2].strip("\n")
    run = session(replace(read_dta(str(shared / "data" / "auto.dta")), changed=False))
    assert printed(run, "notes").strip("\n").lower() == expected.lower()


def test_notes_survive_saving_and_have_stamps() -> None:
    run = session()
    last(run, "notes sex: asked in 2020, TS")
    last(run, "note: second TSX")
    last(run, "save x")
    kept = read_dta("x.dta").characteristics
    assert kept["sex"]["note0"] == "1" and kept["sex"]["note1"].startswith("asked in 2020, ")
    assert not kept["sex"]["note1"].endswith("TS") and kept["_dta"]["note1"] == "second TSX"
    assert fails(run, "notes nosuch: x")[0] == 111
    assert fails(run, "notes sex:")[0] == 198
    assert fails(run, "notes replace sex in 7: x")[0] == 111
    assert fails(run, "notes drop")[0] == 100
    last(run, "notes drop sex")
    assert "sex" not in run.context.data.characteristics


def test_characteristics() -> None:
    run = session()
    last(run, 'char score[unit] "points, out of 50"')
    last(run, "char define _dta[source] school")
    assert printed(run, "char list") == (
        "  _dta[source]:               school\n  score[unit]:                points, out of 50"
    )
    last(run, "char score[unit]")
    assert printed(run, "char list score[]") == ""
    assert fails(run, "char nosuch[a] b")[0] == 111
    assert fails(run, "char score[] b")[0] == 198


# ---- storage -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("storage", ["byte", "int", "long", "float", "double"])
def test_numbers_there_and_back(storage: str) -> None:
    odd = np.array([np.nan, np.inf, -np.inf, MISSING * 1.0001, MISSING * 1.9])
    doubles = np.concatenate([MISSING_CODES, odd, [0, -1, 100, 2.5, -2.5, 1e10, -1e10, 1e300]])
    back = to_double(from_double(doubles, storage), storage)
    assert back[:27].tolist() == list(MISSING_CODES)
    assert (back[27:32] == MISSING).all()
    assert back[32:35].tolist() == [0, -1, 100]
    whole = storage not in ("float", "double")
    assert back[35:37].tolist() == ([2, -2] if whole else [2.5, -2.5])
    assert (back[37] == MISSING) == whole
    assert (back[39] == MISSING) == (storage != "double")


# ---- damaged lines -------------------------------------------------------------------------------------------

LINES = (
    "save x, replace orphans", "import delimited a b using f, clear varnames(1) rowrange(1:3) delimiters(\";\", collapse)",
    "export delimited sex name in 1/2 using g, replace quote delimiter(tab)", "insheet using f.csv, comma names clear",
    "infile str5 name byte(a b) x1-x3 _skip(2) using f.csv if x1 > 1, clear", "input str3 s double(x y)\n1 2\n3 4\nend",
    "webuse growth, clear", "notes sex: text TS", "notes drop _all in 1/2", "notes replace sex in 1: y", "compress sex name",
    "recast str20 name, force", "format sex score %9.2f", "append using u, generate(g) keep(sex score) force",
    "merge m:1 sex using u, keepusing(score) update replace keep(match master) assert(1 2 3) generate(m)",
    "merge 1:1 _n using u, nogenerate", "char sex[a] b", "import excel u, firstrow cellrange(A1:B2) clear",
    "export excel sex using u.xlsx, sheet(\"a\", replace) cell(B2)", "import parquet a using u, clear",
)  # fmt: skip
PIECES = (",", "(", ")", "[", "]", ":", "=", "using", "in", "if", "_n", '"', "`", "/", "*", "%", ".", "-", "1", "m:m", "é",
          "\x00", "\n", "end", "str", "clear", "replace", "sex", "9999999999", "")  # fmt: skip


@pytest.mark.filterwarnings("error")
def test_damaged_lines_end_in_errors() -> None:
    last(session(), "save u")
    write("f.csv", 'a;b\n1;2\n"x;3\n')
    start = session().context.state
    chance = random.Random(20261122)
    for _ in range(1500):
        words = chance.choice(LINES).split(" ")
        for _ in range(chance.randrange(4)):
            at = chance.randrange(len(words) + 1)
            if chance.random() < 0.5:
                words.insert(at, chance.choice(PIECES))
            elif len(words) > 1:
                del words[min(at, len(words) - 1)]
        run = Session(Context(start))
        for outcome in run.run(" ".join(words)):
            if outcome.document is not None:
                to_text(outcome.document)
            assert outcome.error is None or outcome.error.message.strip()
