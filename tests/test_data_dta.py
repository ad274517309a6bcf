"""Reading and writing .dta files: what we write comes back, pandas reads it, we read what others wrote."""

from __future__ import annotations

import os
import pathlib
import random
import time
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixedcli.data.columns import numeric
from mixedcli.data.dataset import Column, Dataset
from mixedcli.data.dta_read import read_dta
from mixedcli.data.dta_write import write_dta
from mixedcli.data.storage import DTYPES, LARGEST, MISSING, MISSING_BY_NAME, MISSING_CODES, SMALLEST, from_double
from mixedcli.errors import StataError

# ------------------------------------------------------------------------------------------------ what comes back

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
NAME = st.from_regex(r"[a-zA-Zé_]\w{0,9}", fullmatch=True).filter(str.isidentifier)
NUMBER = {
    "byte": st.integers(SMALLEST["byte"], LARGEST["byte"]),
    "int": st.integers(SMALLEST["int"], LARGEST["int"]),
    "long": st.integers(SMALLEST["long"], LARGEST["long"]),
    "float": st.floats(-(2.0**126), 2.0**126, width=32),
    "double": st.floats(-8e307, 8e307),
}


@st.composite
def columns(draw: st.DrawFn, name: str, n: int) -> Column:
    storage = draw(st.sampled_from([*NUMBER, "str", "strL"]))
    value_label = ""
    if storage in NUMBER:
        cell = st.one_of(NUMBER[storage], st.sampled_from(MISSING_CODES))
        doubles = np.array(draw(st.lists(cell, min_size=n, max_size=n)), dtype=np.float64)
        values = from_double(doubles, storage)
        value_label = draw(st.sampled_from(["", "yesno"]))
    else:
        cell = TEXT if storage == "str" else st.one_of(TEXT, st.binary(max_size=9).filter(bool), st.just("x" * 3000))
        values = np.empty(n, dtype=object)
        values[:] = draw(st.lists(cell, min_size=n, max_size=n))
        if storage == "str":
            storage = f"str{max([1, *(len(t.encode()) for t in values)])}"
    return Column(name, storage, values, draw(st.sampled_from(["%9.0g", "%-12s", "%td"])), draw(TEXT), value_label)


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    names = draw(st.lists(NAME, min_size=1, max_size=5, unique=True))
    n = draw(st.integers(0, 6))
    made = {name: draw(columns(name, n)) for name in names}
    table = draw(st.dictionaries(st.one_of(st.integers(-9, 9), st.sampled_from(MISSING_CODES)), TEXT, min_size=1))
    notes = {"note0": "1", "note1": draw(TEXT)}
    return Dataset(
        made,
        n,
        label=draw(TEXT),
        sorted_by=tuple(names[: draw(st.integers(0, len(names)))]),
        value_labels={"yesno": table},
        characteristics={"_dta": notes, names[0]: {"unit": draw(TEXT)}},
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(datasets())
def test_what_is_written_comes_back(tmp_path: pathlib.Path, dataset: Dataset) -> None:
    path = str(tmp_path / "round.dta")
    write_dta(dataset, path)
    back = read_dta(path)
    assert_same(dataset, back)


def assert_same(left: Dataset, right: Dataset) -> None:
    assert (left.names, left.n, left.label, left.sorted_by) == (right.names, right.n, right.label, right.sorted_by)
    assert left.value_labels == right.value_labels
    assert left.characteristics == right.characteristics
    for a, b in zip(left.columns.values(), right.columns.values(), strict=True):
        assert (a.storage, a.format, a.label, a.value_label) == (b.storage, b.format, b.label, b.value_label)
        assert a.values.dtype == b.values.dtype
        assert a.values.tolist() == b.values.tolist()


def test_every_missing_code_keeps_its_native_value(tmp_path: pathlib.Path) -> None:
    codes = np.array(MISSING_CODES)
    made = {s: Column(s[0] + "x", s, from_double(codes, s), "%9.0g") for s in DTYPES}
    dataset = Dataset({c.name: c for c in made.values()}, 27)
    path = str(tmp_path / "m.dta")
    write_dta(dataset, path)
    back = read_dta(path)
    for storage in DTYPES:
        column = back.columns[storage[0] + "x"]
        assert numeric(column).tolist() == list(MISSING_CODES)
    assert back.columns["bx"].values.tolist() == list(range(101, 128))
    assert not back.columns["bx"].values.flags.writeable


def test_pandas_reads_what_we_write(tmp_path: pathlib.Path) -> None:
    made = [
        Column("b", "byte", np.array([-127, 100, 102], "<i1"), "%8.0g", "a byte", "lab"),
        Column("x", "double", np.array([1.5, -2.25, MISSING]), "%10.0g"),
        Column("s", "str8", np.array(["Zoë", "", "b c"], dtype=object), "%9s"),
        Column("long_one", "strL", np.array(["y" * 5000, "é", ""], dtype=object), "%9s"),
    ]
    table = {-127.0: "least", MISSING_BY_NAME[".a"]: "refused"}
    path = str(tmp_path / "p.dta")
    write_dta(Dataset({c.name: c for c in made}, 3, "A título", value_labels={"lab": table}), path)
    with pd.io.stata.StataReader(path, convert_categoricals=False) as reader:
        frame = reader.read()
        assert reader.data_label == "A título"
        assert reader.variable_labels()["b"] == "a byte"
        assert reader.value_labels() == {"lab": {-127: "least", 2147483622: "refused"}}
    assert frame["b"].tolist()[:2] == [-127, 100] and np.isnan(frame["b"][2])
    assert frame["x"].tolist()[:2] == [1.5, -2.25] and np.isnan(frame["x"][2])
    assert frame["s"].tolist() == ["Zoë", "", "b c"]
    assert frame["long_one"].tolist() == ["y" * 5000, "é", ""]


def test_more_variables_than_format_118_can_count(tmp_path: pathlib.Path) -> None:
    one = np.array([7], "<i1")
    dataset = Dataset({f"v{j}": Column(f"v{j}", "byte", one, "%8.0g") for j in range(32800)}, 1)
    path = str(tmp_path / "wide.dta")
    write_dta(dataset, path)
    assert pathlib.Path(path).read_bytes()[28:31] == b"119"
    back = read_dta(path)
    assert len(back.columns) == 32800 and back.columns["v32799"].values.tolist() == [7]


# ------------------------------------------------------------------------------------- what others have written

FRAME = pd.DataFrame(
    {
        "b": np.array([1, -3, 100], "i1"),
        "i": np.array([30000, -2, 5], "i2"),
        "l": np.array([2000000000, 1, -1], "i4"),
        "f": np.array([1.5, np.nan, -2.25], "f4"),
        "d": np.array([np.pi, 1e300, np.nan]),
        "s": ["abc", "", "naïve"],
        "c": pd.Categorical(["low", "high", "low"], categories=["low", "high"]),
    }
)


def check_frame(found: Dataset) -> None:
    assert found.names == tuple(FRAME.columns) and found.n == 3
    assert found.label == "hello"
    assert [c.storage for c in found.columns.values()][:5] == ["byte", "int", "long", "float", "double"]
    assert found.columns["b"].label == "first"
    assert found.columns["s"].values.tolist() == ["abc", "", "naïve"]
    for name in "bilfd":
        expected = FRAME[name].to_numpy(np.float64)
        assert numeric(found.columns[name]).tolist() == np.where(np.isnan(expected), MISSING, expected).tolist()
    assert found.value_labels[found.columns["c"].value_label] == {0.0: "low", 1.0: "high"}


def stata_file(path: pathlib.Path, version: int, order: str, **more: object) -> bytes:
    with_options = {"byteorder": order, "data_label": "hello", "variable_labels": {"b": "first"}, **more}
    FRAME.to_stata(path, write_index=False, version=version, **with_options)
    return path.read_bytes()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", [114, 117, 118, 119])
def test_pandas_files_of_either_byte_order(tmp_path: pathlib.Path, version: int, order: str) -> None:
    path = tmp_path / "x.dta"
    # pandas writes the long strings of format 117 in UTF-8, where Stata 13 has the machine's code page
    long_strings = {"convert_strl": ["s"]} if version >= 118 else {}
    stata_file(path, version, order, **long_strings)
    found = read_dta(str(path))
    check_frame(found)
    assert found.columns["s"].storage == ("strL" if version >= 118 else "str5")


@pytest.mark.parametrize("order", ["<", ">"])
def test_long_strings_of_format_117(tmp_path: pathlib.Path, order: str) -> None:
    texts = ["x" * 4000, "", "short", "short"]
    path = str(tmp_path / "x.dta")
    pd.DataFrame({"a": texts, "b": texts[::-1]}).to_stata(
        path, write_index=False, version=117, convert_strl=["a", "b"], byteorder=order
    )
    found = read_dta(path)
    assert found.columns["a"].storage == found.columns["b"].storage == "strL"
    assert found.columns["a"].values.tolist() == found.columns["b"].values.tolist()[::-1] == texts


@pytest.mark.parametrize("order", ["<", ">"])
def test_formats_115_and_113_differ_from_114_in_a_byte_and_in_format_widths(tmp_path: pathlib.Path, order: str) -> None:
    path = tmp_path / "x.dta"
    data = stata_file(path, 114, order)
    path.write_bytes(b"\x73" + data[1:])
    check_frame(read_dta(str(path)))
    k = len(FRAME.columns)
    at = 109 + k + 33 * k + 2 * (k + 1)          # header, types, names, sort list
    formats = b"".join(data[at + 49 * j : at + 49 * j + 12] for j in range(k))
    path.write_bytes(b"\x71" + data[1:at] + formats + data[at + 49 * k :])
    check_frame(read_dta(str(path)))
    with pd.io.stata.StataReader(path, convert_categoricals=False) as reader:
        assert reader.read()["i"].tolist() == [30000, -2, 5]


def test_before_format_113_only_the_largest_integer_was_missing(tmp_path: pathlib.Path) -> None:
    k, name = 2, 9
    types, names = b"bi", b"".join(n.ljust(name, b"\0") for n in (b"small", b"wide"))
    head = bytes([108, 2, 1, 0]) + k.to_bytes(2, "little") + (3).to_bytes(4, "little") + bytes(81) + bytes(18)
    formats = b"%8.0g".ljust(12, b"\0") * 2
    variables = types + names + bytes(2 * (k + 1)) + formats + bytes(2 * name) + bytes(2 * 81) + bytes(3)
    cells = np.array([(1, 5), (110, 32767), (127, 6)], dtype="<i1,<i2").tobytes()
    path = tmp_path / "old.dta"
    path.write_bytes(head + variables + cells)
    found = read_dta(str(path))
    assert found.columns["small"].storage == "int"          # 110 is a number there, and no byte can hold it now
    assert numeric(found.columns["small"]).tolist() == [1, 110, MISSING]
    assert found.columns["wide"].storage == "int"
    assert numeric(found.columns["wide"]).tolist() == [5, MISSING, 6]
    with pd.io.stata.StataReader(path) as reader:
        assert reader.read()["small"].tolist()[:2] == [1, 110]


def test_the_oldest_formats_come_through_pandas(tmp_path: pathlib.Path) -> None:
    head = bytes([104, 2, 1, 0]) + (2).to_bytes(2, "little") + (2).to_bytes(4, "little") + b"old".ljust(32, b"\0")
    names = b"".join(n.ljust(9, b"\0") for n in (b"x", b"s"))
    labels = b"".join(t.ljust(32, b"\0") for t in (b"a number", b""))
    variables = b"i" + bytes([127 + 3]) + names + bytes(6) + b"%9.0g".ljust(7, b"\0") * 2 + bytes(18) + labels
    cells = (5).to_bytes(2, "little") + b"ab\0" + (32767).to_bytes(2, "little") + b"cde"
    path = tmp_path / "old.dta"
    path.write_bytes(head + variables + cells)
    found = read_dta(str(path))
    assert found.label == "old" and found.columns["x"].label == "a number"
    assert numeric(found.columns["x"]).tolist() == [5, MISSING]
    assert found.columns["s"].values.tolist() == ["ab", "cde"]
    path.write_bytes((head + variables + cells)[:-4])
    assert error_of(path).rc == 688


def test_text_before_unicode_is_windows_text(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.dta"
    data = stata_file(path, 114, "<")
    path.write_bytes(data.replace(b"hello", b"\x93h\xe9l\x94"))
    assert read_dta(str(path)).label == "“hél”"


def test_every_reference_file_agrees_with_pandas(shared: pathlib.Path, tmp_path: pathlib.Path) -> None:
    paths = sorted((shared / "data").glob("*.dta"))
    assert len(paths) > 40
    for path in paths:
        ours = read_dta(str(path))
        with pd.io.stata.StataReader(path, convert_categoricals=False, convert_dates=False) as reader:
            theirs = reader.read()
            assert reader.variable_labels() == {name: c.label for name, c in ours.columns.items()}, path
            assert (reader.data_label, reader.time_stamp) == (ours.label, ours.timestamp), path
        assert list(theirs.columns) == list(ours.names) and len(theirs) == ours.n
        for name, column in ours.columns.items():
            if column.storage.startswith("str"):
                assert theirs[name].tolist() == column.values.tolist(), (path, name)
                continue
            values = numeric(column)
            given = theirs[name].to_numpy(np.float64)
            assert np.array_equal(np.isnan(given), values >= MISSING), (path, name)
            assert np.array_equal(given[~np.isnan(given)], values[values < MISSING]), (path, name)
        write_dta(ours, str(tmp_path / "again.dta"))
        assert_same(ours, read_dta(str(tmp_path / "again.dta")))


def test_a_file_stata_14_wrote_keeps_notes_labels_and_order(shared: pathlib.Path) -> None:
    auto = read_dta(str(shared / "data" / "auto.dta"))
    assert auto.label == "1978 Automobile Data" and auto.sorted_by == ("foreign",)
    assert auto.columns["foreign"].value_label == "origin"
    assert auto.value_labels["origin"] == {0.0: "Domestic", 1.0: "Foreign"}
    assert auto.columns["make"].storage == "str18" and auto.columns["gear_ratio"].format == "%6.2f"
    assert "note1" in auto.characteristics["_dta"]


# ------------------------------------------------------------------------------------------------------- damage


def error_of(path: pathlib.Path | str) -> StataError:
    with pytest.raises(StataError) as caught:
        read_dta(str(path))
    return caught.value


def test_errors_have_statas_words_and_codes(tmp_path: pathlib.Path) -> None:
    nowhere = tmp_path / "nowhere.dta"
    assert (error_of(nowhere).message, error_of(nowhere).rc) == (f"file {nowhere} not found", 601)
    text = tmp_path / "text.dta"
    for content in (b"", b"hello, world\n", b"<stata_dta><header><release>999</release>", b"\x00\x01\x02"):
        text.write_bytes(content)
        assert (error_of(text).message, error_of(text).rc) == (f"file {text} not Stata format", 610)
    assert error_of(tmp_path).rc == 603
    data = stata_file(text, 118, "<")
    text.write_bytes(data[: len(data) // 2])
    assert error_of(text).rc == 612
    assert error_of(text).message == ".dta file corrupt\n    The file unexpectedly ended before it should have."
    text.write_bytes(data.replace(b"</sortlist>", b"<xsortlist>"))
    assert error_of(text).rc == 688
    assert error_of(text).message.startswith(".dta file corrupt\n    The marker </sortlist> was not found in the file")


def test_a_header_that_claims_too_much_allocates_nothing(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.dta"
    old, new = stata_file(path, 114, "<"), stata_file(path, 118, "<")
    at = new.index(b"<N>") + 3
    claims = [
        old[:6] + b"\xff\xff\xff\x7f" + old[10:],
        old[:4] + b"\xff\x7f" + old[6:],
        new[:at] + b"\xff" * 7 + b"\x00" + new[at + 8 :],
        new.replace(b"<K>\x07\x00", b"<K>\xff\xff"),
    ]
    tracemalloc.start()
    for claim in claims:
        path.write_bytes(claim)
        assert error_of(path).rc in (612, 688)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


def test_mutations_end_in_a_dataset_or_in_a_stata_error(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.dta"
    originals = [
        stata_file(path, 114, "<"),
        stata_file(path, 117, ">", convert_strl=["s"]),
        stata_file(path, 118, "<", convert_strl=["s"]),
    ]
    chance = random.Random(20261122)
    refused = 0
    begun = time.perf_counter()
    for trial in range(240):
        data = bytearray(originals[trial % 3])
        if trial % 4 == 0:
            del data[chance.randrange(1, len(data)) :]
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        path.write_bytes(data)
        try:
            read_dta(str(path))
        except StataError as failure:
            assert failure.rc in (610, 612, 688)
            refused += 1
    assert refused > 60
    assert time.perf_counter() - begun < 10


def test_every_truncation_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.dta"
    data = stata_file(path, 118, "<", convert_strl=["s"])
    for end in range(0, len(data) - 1, 17):
        path.write_bytes(data[:end])
        assert error_of(path).rc in (610, 612, 688)


# ------------------------------------------------------------------------------------------------------- writing


def test_a_failed_write_leaves_the_old_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.dta"
    path.write_bytes(b"precious")
    broken = Dataset({"x": Column("x", "byte", np.array(["no number"], dtype=object), "%8.0g")}, 1)
    with pytest.raises(ValueError):
        write_dta(broken, str(path))
    assert path.read_bytes() == b"precious"
    assert os.listdir(tmp_path) == ["x.dta"]


def test_writing_where_there_is_no_folder(tmp_path: pathlib.Path) -> None:
    with pytest.raises(StataError) as caught:
        write_dta(Dataset(), str(tmp_path / "none" / "x.dta"))
    assert caught.value.rc == 603


def test_a_write_goes_through_a_link_and_marks_the_data_saved(tmp_path: pathlib.Path) -> None:
    target, link = tmp_path / "real.dta", tmp_path / "link.dta"
    target.write_bytes(b"")
    link.symlink_to(target)
    one = Dataset({"x": Column("x", "byte", np.array([1], "<i1"), "%8.0g")}, 1, changed=True)
    saved = write_dta(one, str(link), " 2 Mar 2026 08:05")
    assert link.is_symlink() and read_dta(str(target)).timestamp == " 2 Mar 2026 08:05"
    assert (saved.changed, saved.filename, saved.timestamp) == (False, str(link), " 2 Mar 2026 08:05")


def test_the_default_stamp_is_the_present_minute_in_english(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "x.dta")
    write_dta(Dataset({"x": Column("x", "byte", np.array([1], "<i1"), "%8.0g")}, 1), path)
    stamp = read_dta(path).timestamp
    parsed = time.mktime(time.strptime(stamp, "%d %b %Y %H:%M"))
    assert len(stamp) == 17 and abs(time.time() - parsed) < 180


def test_a_text_that_outgrew_its_type_is_kept_whole(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "x.dta")
    write_dta(Dataset({"s": Column("s", "str2", np.array(["ab", "abcé"], dtype=object), "%9s")}, 2), path)
    assert read_dta(path).columns["s"].values.tolist() == ["ab", "abcé"]
    assert read_dta(path).columns["s"].storage == "str5"
