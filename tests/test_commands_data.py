"""Commands that load and change data: contents, storage types, messages, errors that leave everything as it was."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
from sessions import fails, last

from mixedcli.data.columns import numeric
from mixedcli.data.dataset import Dataset
from mixedcli.data.storage import MISSING, MISSING_BY_NAME
from mixedcli.report.text import to_text
from mixedcli.session import Session

# Nine rows, two groups and missing values: what Stata 18 printed for these egen calls was read off a published log.
EGEN_DATA = """set obs 9
generate byte obs = _n
generate byte g = real(word("2 1 2 1 3 3 . . 2", _n))
replace g = .a in 8
generate double x = real(word("3 . 9 . 16777217 2 4 8 .", _n))
replace x = .a in 4
replace x = .z in 9
generate byte selected = real(word("1 1 0 0 1 1 1 1 1", _n))
generate str4 s = word("b a b a é é . z a", _n)
replace s = "" in 7"""


def session(text: str = "", **settings: object) -> Session:
    """A session in which ``text`` has been run without an error."""
    run = Session()
    run.context.set(**settings)
    for outcome in run.run(text):
        assert outcome.error is None, f"{outcome.source.text}: {outcome.error.message}"
    return run


def printed(run: Session, text: str) -> str:
    outcome = last(run, text)
    assert outcome.error is None, outcome.error
    return to_text(outcome.document).rstrip("\n") if outcome.document is not None else ""


def values(run: Session, name: str) -> list[float]:
    return numeric(run.context.data.columns[name]).tolist()


def storage(run: Session, name: str) -> str:
    return run.context.data.columns[name].storage


# ---- loading ---------------------------------------------------------------------------------------------------


def test_sysuse_prints_the_label_and_leaves_unchanged_data() -> None:
    run = session()
    shown = printed(run, "sysuse gcse")
    data = run.context.data
    assert data.n == 4059 and not data.changed
    assert shown == f"({data.label})" and data.label
    assert printed(run, "sysuse growth.dta, clear").startswith("(")
    assert run.context.data.n == 108


def test_sysuse_dir_lists_every_bundled_set_with_its_label() -> None:
    run = session("sysuse hsb")
    label = run.context.data.label
    shown = printed(run, "sysuse dir").split("\n")
    assert any(line.split()[0] == "hsb.dta" and line.endswith(label) for line in shown)
    assert len(shown) == 11


def test_use_varlist_if_in_using(tmp_path: pathlib.Path) -> None:
    run = session("use school gcse if gcse > 0 in 1/10 using gcse")
    data = run.context.data
    assert data.names == ("school", "gcse")
    assert 0 < data.n <= 10 and min(values(run, "gcse")) > 0
    assert not data.changed


def test_use_nolabel_drops_value_labels() -> None:
    run = session("use gcse, nolabel")
    assert not run.context.data.value_labels


def test_a_file_in_the_way_comes_before_a_bundled_set(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gcse.dta").write_bytes(b"not a Stata file")
    assert fails(session(), "use gcse")[0] in (610, 688)
    assert session("sysuse gcse").context.data.n == 4059


def test_unsaved_changes_are_protected() -> None:
    run = session("sysuse pups\ngenerate a = 1")
    for line in ("use gcse", "sysuse gcse", "use nosuchfile", "exit, STATA"):
        assert fails(run, line) == (4, "no; data in memory would be lost")
    assert last(run, "use gcse, clear").error is None
    assert last(run, "exit").exits == 0


@pytest.mark.parametrize(
    ("line", "rc"),
    [("use nosuchfile", 601), ('use "no such file"', 601), ("use", 198), ("use a b", 198), ("sysuse", 198),
     ("use gcse, clean", 198), ("use nosuch using gcse", 111), ("use gcse if nosuch > 1 using gcse", 111)],
)  # fmt: skip
def test_use_errors(line: str, rc: int) -> None:
    assert fails(session("sysuse pups"), line)[0] == rc


@pytest.mark.parametrize(("line", "status"), [("exit", 0), ("exit 3", 3), ("exit 9, clear STATA", 9), ("e", 0)])
def test_exit_status(line: str, status: int) -> None:
    assert last(session("sysuse pups"), line).exits == status


def test_clear() -> None:
    run = session("sysuse pups\ngenerate a = 1\nclear")
    assert run.context.data.n == 0 and not run.context.data.names
    run = session("sysuse pups\nlabel define a 1 b\nset obs 500\nclear all")
    assert not run.context.data.value_labels and run.context.data.n == 0
    run = session("sysuse pups\nclear results\nclear mata")
    assert run.context.data.n > 0
    assert fails(run, "clear everything")[0] == 198


# ---- generate and replace --------------------------------------------------------------------------------------


def test_generate_storage_types() -> None:
    run = session(
        "set obs 2\ngenerate a = 16777217\ngenerate double b = 16777217\ngenerate int c = 2.9\n"
        "generate str3 d = \"abcdé\"\n"
        "generate e = \"ééé\"\ngenerate strL f = \"x\"\nset type double\ngenerate h = 1/3\ngenerate str k = \"\""
    )
    assert values(run, "a") == [16777216.0] * 2
    assert values(run, "b") == [16777217.0] * 2
    assert values(run, "c") == [2.0] * 2
    assert [storage(run, name) for name in "abcdefhk"] == [
        "float", "double", "int", "str3", "str6", "strL", "double", "str1",
    ]  # fmt: skip
    assert list(run.context.data.columns["d"].values) == ["abc"] * 2
    assert values(run, "h") == [1 / 3] * 2


def test_generate_label_and_place() -> None:
    run = session("sysuse pups\ngenerate first:yn = 1, before(weight)\ngenerate after = 2, after(weight)")
    names = run.context.data.names
    assert names.index("first") + 1 == names.index("weight") == names.index("after") - 1
    assert run.context.data.columns["first"].value_label == "yn"


def test_generate_keeps_extended_missing_values() -> None:
    run = session("set obs 1\ngenerate a = .b\ngenerate byte c = .z")
    assert values(run, "a") == [MISSING_BY_NAME[".b"]]
    assert values(run, "c") == [MISSING_BY_NAME[".z"]]


@pytest.mark.parametrize(
    ("line", "rc", "message"),
    [
        ("generate weight = 1", 110, "variable weight already defined"),
        ("generate double = 1", 198, None),
        ("generate _n = 1", 198, "_n invalid name"),
        ("generate _cons = 1", 198, "_cons invalid name"),
        ("generate str8 = 1", 198, "str8 invalid name"),
        ("generate " + "a" * 33 + " = 1", 198, "a" * 33 + " invalid name"),
        ("generate float a = \"b\"", 109, "type mismatch"),
        ("generate str5 a = 5", 109, "type mismatch"),
        ("generate a = nosuch", 111, "variable nosuch not found"),
        ("generate a = 1 in 1/100000", 198, None),
        ("generate a = 1, before(weight) after(dam)", 198, None),
        ("generate a = 1, nosuch", 198, "option nosuch not allowed"),
        ("replace nosuch = 1", 111, "variable nosuch not found"),
        ("replace weight = \"a\"", 109, "type mismatch"),
        ("replace weight = weight[_n-1] + \"a\"", 109, "type mismatch"),
        ("replace weight = 1 if \"a\"", 109, "type mismatch"),
    ],
)
def test_generate_and_replace_errors(line: str, rc: int, message: str | None) -> None:
    code, said = fails(session("sysuse pups"), line)
    assert code == rc
    assert message in (None, said)


@pytest.mark.parametrize(
    ("storage_before", "value", "storage_after"),
    [("byte", "100", "byte"), ("byte", "101", "int"), ("byte", "32741", "long"), ("byte", "2147483621", "double"),
     ("byte", ".1", "float"), ("int", "1.5", "float"), ("long", "1.5", "double"), ("long", "3e9", "double"),
     ("float", "16777217", "float"), ("float", "1e40", "float"), ("byte", ".a", "byte"), ("double", "1e40", "double")],
)  # fmt: skip
def test_replace_promotes_as_measured_in_stata(storage_before: str, value: str, storage_after: str) -> None:
    run = session(f"set obs 1\ngenerate {storage_before} x = 1\nreplace x = {value}")
    assert storage(run, "x") == storage_after


def test_replace_keeps_the_display_format_of_numbers() -> None:
    run = session("set obs 1\ngenerate byte x = 1\nreplace x = 1.5")
    assert run.context.data.columns["x"].format == "%8.0g"


def test_replace_nopromote() -> None:
    run = session('set obs 2\ngenerate byte x = 1\ngenerate str2 s = "a"\nreplace x = 1000 in 1, nopromote')
    assert values(run, "x") == [MISSING, 1.0]
    assert printed(run, "replace x = 7.9 in 2, nopromote") == "(1 real change made)"
    assert values(run, "x") == [MISSING, 7.0]
    printed(run, 'replace s = "xyz", nopromote')
    assert list(run.context.data.columns["s"].values) == ["xy", "xy"]


def test_replace_runs_through_the_observations() -> None:
    run = session('set obs 5\ngenerate x = _n\nreplace x = x[_n-1] + x[_n+1] if x[_n-1] < 100')
    assert values(run, "x") == [1.0, 4.0, 8.0, 13.0, MISSING]
    run = session('set obs 4\ngenerate str s = "a" in 1\nreplace s = s[_n-1] + "b" if s == ""')
    assert list(run.context.data.columns["s"].values) == ["a", "ab", "abb", "abbb"]
    run = session("set obs 3\ngenerate x = .1\nreplace x = max(x[_n-1], 0) + .1 if _n > 1")
    first = np.float32(0.1)
    second = np.float32(np.float64(first) + 0.1)
    assert values(run, "x") == [first, second, np.float32(np.float64(second) + 0.1)]


def test_replace_without_changes_leaves_data_unchanged() -> None:
    run = session("sysuse pups\nreplace weight = weight")
    assert not run.context.data.changed


def test_replacing_a_sort_key_forgets_the_order() -> None:
    run = session("sysuse pups\nsort dam weight\nreplace weight = 0")
    assert run.context.data.sorted_by == ("dam",)


# ---- egen ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("mean(x), by(g)", [6, None, 6, None, 8388609.5, 8388609.5, 4, 8, 6]),
        ("min(x), by(g)", [3, None, 3, None, 2, 2, 4, 8, 3]),
        ("max(x), by(g)", [9, None, 9, None, 16777217, 16777217, 4, 8, 9]),
        ("total(x), by(g)", [12, 0, 12, 0, 16777219, 16777219, 4, 8, 12]),
        ("total(x), by(g) missing", [12, None, 12, None, 16777219, 16777219, 4, 8, 12]),
        ("total(x) if selected, by(g)", [3, 0, None, None, 16777219, 16777219, 4, 8, 3]),
        ("total(!missing(x)), by(g)", [2, 0, 2, 0, 2, 2, 1, 1, 2]),
        ("max(x < .), by(g)", [1, 0, 1, 0, 1, 1, 1, 1, 1]),
        ("count(x), by(g)", [2, 0, 2, 0, 2, 2, 1, 1, 2]),
        ("count(s)", [8] * 9),
        ("sd(x), by(g)", [18**0.5, None, 18**0.5, None, 16777215 / 2**0.5, 16777215 / 2**0.5, None, None, 18**0.5]),
        ("group(g s)", [3, 1, 3, 1, 4, 4, None, None, 2]),
        ("group(g s), missing", [3, 1, 3, 1, 4, 4, 5, 6, 2]),
        ("tag(g s)", [1, 1, 0, 0, 1, 0, 0, 0, 1]),
        ("tag(g s), missing", [1, 1, 0, 0, 1, 0, 1, 1, 1]),
        ("tag(g s) if selected", [1, 1, 0, 0, 1, 0, 0, 0, 1]),
    ],
)
def test_egen_by_groups(call: str, expected: list[float | None]) -> None:
    run = session(EGEN_DATA + f"\negen double v = {call}")
    assert values(run, "v") == pytest.approx([MISSING if e is None else e for e in expected], rel=1e-14)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("rank(v)", [2.5, 5, 1, 2.5, 4, None]),
        ("rank(-v)", [3.5, 1, 5, 3.5, 2, None]),
        ("rank(v), unique", [2, 5, 1, 3, 4, None]),
        ("rank(v), track", [2, 5, 1, 2, 4, None]),
        ("rank(v), field", [3, 1, 5, 3, 2, None]),
        ("rank(v), by(h)", [1.5, 3, 1, 1.5, 2, None]),
        ("median(v)", [20] * 6),
        ("pctile(v), p(25)", [20] * 6),
        ("pctile(v), p(20)", [15] * 6),
        ("iqr(v)", [10] * 6),
        ("sum(v)", [120] * 6),
    ],
)
def test_egen_ranks_and_percentiles(call: str, expected: list[float | None]) -> None:
    run = session(
        'set obs 6\ngenerate v = real(word("20 40 10 20 30 .", _n))\n'
        f'generate h = real(word("2 1 1 2 1 2", _n))\negen double e = {call}'
    )
    assert values(run, "e") == [MISSING if e is None else e for e in expected]


def test_egen_types_and_labels() -> None:
    run = session(
        EGEN_DATA + "\negen a = group(g s)\negen b = tag(g s)\negen c = group(g s), label lname(codes) autotype"
        "\negen long d = min(x), by(g)\negen e = rank(x)\negen f = total(x), by(g)"
    )
    columns = run.context.data.columns
    kept = [(columns[k].storage, columns[k].label, columns[k].value_label) for k in "abcdf"]
    assert kept == [
        ("float", "group(g s)", ""), ("byte", "tag(g s)", ""), ("byte", "group(g s)", "codes"),
        ("long", "", ""), ("float", "", ""),
    ]  # fmt: skip
    assert columns["e"].label == "rank of (x)"
    assert run.context.data.value_labels["codes"] == {1: "1 a", 2: "2 a", 3: "2 b", 4: "3 é"}
    assert values(run, "f")[4] == 16777220.0


def test_egen_group_label_texts() -> None:
    run = session(
        'set obs 3\ngenerate double n = real(word("1.23456789 123456789 -0.0000123456789", _n))\n'
        'generate str t = word("éclair 東京abc hello", _n)\n'
        'generate byte c = _n\nlabel define l 1 "élève" 2 "東京語" 3 "ab"\nlabel values c l\n'
        "egen code = group(n t c), lname(u) truncate(3)\negen whole = group(n), label"
    )
    labels = run.context.data.value_labels
    assert labels["u"] == {1: "-.0000123 hel ab", 2: "1.234568 écl élè", 3: "123456789 東 東"}
    assert labels["whole"] == {1: "-.0000123", 2: "1.234568", 3: "123456789"}


@pytest.mark.parametrize(
    ("line", "rc", "message"),
    [
        ("egen a = foo(weight)", 133, "unknown egen function foo()"),
        ("egen a = mtr(weight size)", 199, "egen function mtr() is not built yet"),
        ("egen weight = mean(weight)", 110, "variable weight already defined"),
        ("egen a = group(dam), by(sex)", 190, None),
        ("egen a = mean(weight), label", 198, "option label not allowed"),
        ("egen a = mean(nosuch)", 111, "variable nosuch not found"),
        ("egen a = mean(weight), by(nosuch)", 111, "variable nosuch not found"),
        ("egen a = group(nosuch)", 111, "variable nosuch not found"),
        ('egen a = mean("x")', 109, "type mismatch"),
        ("egen str5 a = mean(weight)", 109, "type mismatch"),
        ("egen a = rank(weight), field track", 198, None),
        ("egen a", 100, None),
        ("egen a = mean(weight", 132, None),
    ],
)
def test_egen_errors(line: str, rc: int, message: str | None) -> None:
    code, said = fails(session("sysuse pups"), line)
    assert code == rc
    assert message in (None, said)


def test_egen_count_gives_the_lectures_nstu() -> None:
    run = session("sysuse gcse\negen again = count(gcse), by(school)")
    assert values(run, "again") == values(run, "nstu")


# ---- keep, drop, sort, rename, order ----------------------------------------------------------------------------


def test_keep_and_drop() -> None:
    run = session("sysuse gcse\nkeep if school <= 2")
    assert set(values(run, "school")) == {1.0, 2.0}
    n = run.context.data.n
    assert printed(run, "drop in 1/3") == "(3 observations deleted)"
    assert run.context.data.n == n - 3 and run.context.data.changed
    printed(run, "keep gcse school")
    assert run.context.data.names == ("school", "gcse")
    printed(run, "drop gcse")
    printed(run, "drop _all")
    assert run.context.data.n == 0 and not run.context.data.names


def test_dropping_everything_in_the_sample_leaves_variables() -> None:
    run = session("sysuse pups\ndrop if 1")
    assert run.context.data.n == 0 and len(run.context.data.names) > 0


def test_keep_of_all_changes_nothing() -> None:
    run = session("sysuse pups\nkeep if 1\nkeep _all\ndrop if 0")
    assert not run.context.data.changed


@pytest.mark.parametrize(
    ("line", "rc"),
    [("keep", 100), ("drop", 100), ("drop weight if sex == 1", 198), ("keep nosuch", 111), ("drop if nosuch", 111),
     ("drop i.sex", 101), ("drop weight, clear", 198), ("keep in 5/2", 198), ("sort", 100), ("sort nosuch", 111),
     ("order", 100), ("order weight, first last", 184), ("order weight, before(nosuch)", 111)],
)  # fmt: skip
def test_errors_of_keep_drop_sort_order(line: str, rc: int) -> None:
    assert fails(session("sysuse pups"), line)[0] == rc


def test_sort_is_stable_and_puts_missing_last() -> None:
    run = session(
        'set obs 6\ngenerate a = real(word("2 . 1 2 -3 1", _n))\nreplace a = .b in 6\ngenerate i = _n\nsort a'
    )
    assert values(run, "i") == [5, 3, 1, 4, 2, 6]
    assert run.context.data.sorted_by == ("a",)
    run = session('set obs 4\ngenerate str s = word("b a B é", _n)\ngenerate i = _n\nsort s')
    assert values(run, "i") == [3, 2, 1, 4]


def test_sort_in_a_range() -> None:
    run = session("set obs 5\ngenerate a = -_n\nsort a in 2/4")
    assert values(run, "a") == [-1, -4, -3, -2, -5]
    assert run.context.data.sorted_by == ()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("rename a1 z", "z a2 b1 c"),
        ("rename (a1 b1) (b1 a1)", "b1 a2 a1 c"),
        ("rename a* x*", "x1 x2 b1 c"),
        ("rename a# x#_old", "x1_old x2_old b1 c"),
        ("rename ?1 ?9", "a9 a2 b9 c"),
        ("rename (a1 c) (=_x)", "a1_x a2 b1 c_x"),
        ("rename (a1-b1) (p q r)", "p q r c"),
        ("rename _all, upper", "A1 A2 B1 C"),
        ("ren c d", "a1 a2 b1 d"),
    ],
)
def test_rename(line: str, names: str) -> None:
    run = session("set obs 1\ngenerate a1 = 1\ngenerate a2 = 2\ngenerate b1 = 3\ngenerate c = 4\nsort a1\n" + line)
    assert run.context.data.names == tuple(names.split())
    assert run.context.data.sorted_by == (names.split()[0],)


@pytest.mark.parametrize(
    ("line", "rc", "message"),
    [
        ("rename weight sex", 110, "variable sex already defined"),
        ("rename nosuch a", 111, "variable nosuch not found"),
        ("rename q* a*", 111, "variable q* not found"),
        ("rename (weight sex) (a a)", 110, "variable a already defined"),
        ("rename (weight sex) (a)", 198, None),
        ("rename weight", 198, None),
        ("rename (weight sex (a b)", 132, None),
    ],
)
def test_rename_errors(line: str, rc: int, message: str | None) -> None:
    code, said = fails(session("sysuse pups"), line)
    assert code == rc
    assert message in (None, said)


def test_rename_to_an_invalid_name_says_so_in_three_lines() -> None:
    run = session("set obs 1\ngenerate iso_o = 1")
    code, said = fails(run, "rename iso_o iso_3166_alphanumeric_origin_country")
    assert code == 198
    assert " ".join(said.split()) == (
        "1 new variable name invalid You attempted to rename iso_o to iso_3166_alphanumeric_origin_country. "
        "That is an invalid Stata variable name."
    )


def test_order() -> None:
    start = "set obs 1\ngenerate a = 1\ngenerate b = 1\ngenerate c = 1\ngenerate d = 1\n"
    expected = {
        "order d b": "dbac", "order a, last": "bcda", "order d, after(a)": "adbc", "order d c, before(b)": "adcb",
        "order d a c, alphabetic": "acdb",
    }  # fmt: skip
    for line, names in expected.items():
        assert "".join(session(start + line).context.data.names) == names


# ---- labels ----------------------------------------------------------------------------------------------------


def test_labels_of_variables_and_data() -> None:
    run = session('sysuse pups\nlabel variable weight "How heavy"\nla var sex `"He said "hi""\'\nlabel data "Pups"')
    data = run.context.data
    assert data.columns["weight"].label == "How heavy"
    assert data.columns["sex"].label == 'He said "hi"'
    assert data.label == "Pups" and data.changed
    run = session("sysuse pups\nlabel variable weight")
    assert run.context.data.columns["weight"].label == ""
    note = printed(run, f'label variable sex "{"x" * 81}"')
    assert note == "note: label truncated to 80 characters"
    assert run.context.data.columns["sex"].label == "x" * 80


def test_label_values_on_several_variables_and_off() -> None:
    run = session('sysuse gcse\nlabel define yn 0 "no" 1 "yes, certainly"\nlabel values girl schgend yn')
    data = run.context.data
    assert data.columns["girl"].value_label == data.columns["schgend"].value_label == "yn"
    assert data.columns["girl"].format == "%14.0g"
    printed(run, "label values girl .")
    assert run.context.data.columns["girl"].value_label == ""


def test_label_list_stores_results() -> None:
    run = session('label define a -3 "x" 5 "y" .b "z"')
    returned = last(run, "label list a").returned
    assert returned is not None
    assert returned.scalars == {"k": 3.0, "min": -3.0, "max": 5.0, "hasemiss": 1.0}


def test_label_replace_and_drop() -> None:
    run = session('label define a 1 "x" 2 "y"\nlabel define a 3 "z", replace\nlabel define b 1 "q"')
    assert run.context.data.value_labels["a"] == {3.0: "z"}
    printed(run, "label drop a")
    assert list(run.context.data.value_labels) == ["b"]
    printed(run, "label drop _all")
    assert not run.context.data.value_labels


@pytest.mark.parametrize(
    ("line", "rc", "message"),
    [
        ('label define a 1 "x"', 110, "label a already defined"),
        ('label define a 1 "x", add', 180, "invalid attempt to modify label"),
        ('label define b . "x"', 198, "may not label ."),
        ('label define b 1.5 "x"', 198, None),
        ('label define b 1', 198, None),
        ('label define b 1 "x" 2', 198, None),
        ('label define 1b 1 "x"', 198, "1b invalid name"),
        ("label values nosuch a", 111, "variable nosuch not found"),
        ("label values text a", 181, "may not label strings"),
        ("label list nosuch", 111, "value label nosuch not found"),
        ("label drop nosuch", 111, "value label nosuch not found"),
        ('label variable nosuch "x"', 111, "variable nosuch not found"),
        ("label variable weight x", 198, None),
        ("label", 198, None),
        ("label nosuch", 199, None),
    ],
)
def test_label_errors(line: str, rc: int, message: str | None) -> None:
    run = session('sysuse pups\ngenerate text = "a"\nlabel define a 1 "x"')
    code, said = fails(run, line)
    assert code == rc
    assert message in (None, said)


# ---- settings --------------------------------------------------------------------------------------------------


def test_settings() -> None:
    run = session(
        "set level 99\nset linesize 100\nset type double\nset seed 234234\nset more off\nset rmsg on\n"
        "set varabbrev off\nset scheme s1mono\nset graphics off\nset maxvar 10000\nset trace off\n"
        "set more off, permanently"
    )
    kept = run.context.settings
    assert (kept.level, kept.linesize, kept.type, kept.seed) == (99.0, 100, "double", 234234)
    assert (kept.more, kept.rmsg, kept.varabbrev) == (False, True, False)


def test_set_obs_extends_every_column() -> None:
    run = session('set obs 1\ngenerate byte a = 1\ngenerate str b = "x"\nset obs 3')
    assert values(run, "a") == [1.0, MISSING, MISSING]
    assert list(run.context.data.columns["b"].values) == ["x", "", ""]
    assert storage(run, "a") == "byte"


@pytest.mark.parametrize(
    ("line", "rc", "message"),
    [
        ("set level 9", 198, "level() must be between 10 and 99.99 inclusive"),
        ("set level 100", 198, "level() must be between 10 and 99.99 inclusive"),
        ("set level x", 198, None),
        ("set linesize 10", 198, None),
        ("set type str5", 198, None),
        ("set seed -1", 198, None),
        ("set more maybe", 198, None),
        ("set obs 1", 198, None),
        ("set nosuch 3", 198, None),
        ("set trace on", 199, "set trace is not built yet"),
        ("set cformat %9.2f", 199, "set cformat is not built yet"),
        ("version 99", 9, None),
        ("version x", 198, None),
        ("version 5", 199, None),
    ],
)
def test_setting_errors(line: str, rc: int, message: str | None) -> None:
    run = session("sysuse pups")
    settings = run.context.settings
    code, said = fails(run, line)
    assert code == rc
    assert message in (None, said)
    assert run.context.settings == settings


def test_version_changes_what_is_printed() -> None:
    run = session("version 14.2\nset obs 2000")
    assert printed(run, "version") == "version 14.2"
    assert printed(run, "generate a = .") == "(2,000 missing values generated)"
    assert printed(run, "version 12: generate b = .") == "(2000 missing values generated)"
    assert printed(run, "generate c = .") == "(2,000 missing values generated)"


# ---- assert ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "rc", "message"),
    [
        ("assert weight > 0", 0, ""),
        ("assert weight < 0 in 1/3", 9, "3 contradictions in 3 observations\nassertion is false"),
        ("assert weight < 0 in 1/3, fast", 9, "assertion is false"),
        ("assert _N == 5", 9, "assertion is false"),
        ("assert weight > 0 if weight < 0", 0, ""),
        ("assert weight > 0 if weight < 0, null", 8, None),
        ('assert "a"', 109, "type mismatch"),
        ("assert", 198, None),
    ],
)
def test_assert(line: str, rc: int, message: str | None) -> None:
    run = session("sysuse pups")
    if rc:
        code, said = fails(run, line)
        assert code == rc and message in (None, said)
    else:
        assert last(run, line).error is None


def test_assert_rc0_says_it_and_goes_on() -> None:
    assert printed(session("sysuse pups"), "assert weight < 0 in 1, rc0") == (
        "1 contradiction in 1 observation\nassertion is false"
    )


def test_changes_never_touch_the_loaded_columns() -> None:
    run = session("sysuse pups")
    before: Dataset = run.context.data
    copy = before.columns["weight"].values.copy()
    list(run.run("replace weight = 0\nsort weight\nset obs 1000\ndrop if _n > 5"))
    assert np.array_equal(before.columns["weight"].values, copy)
    assert not before.columns["weight"].values.flags.writeable
