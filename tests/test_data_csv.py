"""Delimited text in: storage types, names, missing values.  Rules from the manual entry for import delimited."""

from __future__ import annotations

import io
import pathlib

import numpy as np
import pytest

from mixedcli.data.columns import numeric
from mixedcli.data.csv_read import read_csv
from mixedcli.data.storage import MISSING, MISSING_BY_NAME
from mixedcli.errors import StataError


def read(text: str, **more: object):
    return read_csv(io.StringIO(text), **more)


def test_smallest_storage_types() -> None:
    found = read("a,b,c,d,e,f,s\n1,200,40000,3000000000,.5,1e200,x\n100,-5,1,2,3,.5,yz\n")
    assert [c.storage for c in found.columns.values()] == ["byte", "int", "long", "double", "float", "double", "str2"]
    assert numeric(found.columns["e"]).tolist() == [0.5, 3]
    assert found.columns["d"].values.tolist() == [3e9, 2]
    assert not found.changed and found.filename == "" and found.n == 2


def test_numbers_just_inside_and_outside_a_byte() -> None:
    assert read("a\n100\n-127\n").columns["a"].storage == "byte"
    assert read("a\n101\n").columns["a"].storage == "int"
    assert read("a\n-128\n").columns["a"].storage == "int"
    assert read("a\n32741\n").columns["a"].storage == "long"
    assert read("a\n2147483621\n").columns["a"].storage == "double"


def test_names_become_lower_case_and_keep_the_header_as_label() -> None:
    found = read("ID,Sepal.Length,gdp (US$),2010,id,if,_x\n1,2,3,4,5,6,7\n")
    assert found.names == ("id", "sepallength", "gdpus", "v4", "v5", "v6", "_x")
    assert [c.label for c in found.columns.values()] == ["ID", "Sepal.Length", "gdp (US$)", "2010", "id", "if", ""]


def test_missing_cells() -> None:
    found = read("a,b,s\n1,.,x\n,.b,\nNA,2.5,z\n")
    assert numeric(found.columns["a"]).tolist() == [1, MISSING, MISSING]
    assert numeric(found.columns["b"]).tolist() == [MISSING, MISSING_BY_NAME[".b"], 2.5]
    assert found.columns["s"].values.tolist() == ["x", "", "z"]
    assert read("a\n1\nNA\n", missing=()).columns["a"].storage == "str2"


@pytest.mark.parametrize("cell", ["1_000", "inf", "nan", "0x10", "1,5"])
def test_what_python_might_take_for_a_number_is_text(cell: str) -> None:
    found = read(f'a\n1\n"{cell}"\n')
    assert found.columns["a"].values.tolist() == ["1", cell]


def test_a_first_row_of_numbers_is_data() -> None:
    found = read("1,abc\n2,de\n")
    assert found.names == ("v1", "v2") and found.n == 2
    assert read("id,2010,2011\n1,2,3\n").names == ("id", "v2", "v3")


def test_quotes_tabs_blank_lines_and_short_rows() -> None:
    found = read('a\tb\tc\n"x\ty"\t"say ""hi"""\t1\n\n2,5\t\n')
    assert found.columns["a"].values.tolist() == ["x\ty", "2,5"]
    assert found.columns["b"].values.tolist() == ['say "hi"', ""]
    assert numeric(found.columns["c"]).tolist() == [1, MISSING]


def test_text_found_late_turns_the_whole_column_to_text() -> None:
    rows = 70000
    text = "x,y\n" + "1,2\n" * rows + "1,late\n"
    found = read(text)
    assert found.columns["y"].values.tolist() == ["2"] * rows + ["late"]
    assert found.columns["x"].storage == "byte" and found.n == rows + 1


def test_bytes_streams_marks_and_old_code_pages(tmp_path: pathlib.Path) -> None:
    assert read_csv(io.BytesIO(b"\xef\xbb\xbfa\r\n1\r\n")).names == ("a",)
    assert read_csv(io.BytesIO("s\nzoë\n".encode("latin-1"))).columns["s"].values.tolist() == ["zoë"]
    path = tmp_path / "x.csv"
    path.write_text("s\nzoë\n", encoding="utf-8")
    column = read_csv(str(path)).columns["s"]
    assert column.values.tolist() == ["zoë"] and column.storage == "str4"


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
def test_nothing_in_nothing_out(text: str) -> None:
    assert read(text).names == () and read(text).n == 0


def test_a_header_alone() -> None:
    assert read("a,b\n").names == ("a", "b") and read("a,b\n").n == 0


def test_errors(tmp_path: pathlib.Path) -> None:
    for path, rc in ((tmp_path / "none.csv", 601), (tmp_path, 603)):
        with pytest.raises(StataError) as caught:
            read_csv(str(path))
        assert caught.value.rc == rc


def test_agrees_with_pandas_on_random_numbers() -> None:
    import pandas as pd

    chance = np.random.default_rng(3)
    frame = pd.DataFrame({"n": chance.integers(-9999, 9999, 500), "x": chance.normal(size=500)})
    found = read_csv(io.StringIO(frame.to_csv(index=False)))
    assert found.columns["n"].values.tolist() == frame["n"].tolist()
    assert np.array_equal(found.columns["x"].values, frame["x"].to_numpy(np.float32))
