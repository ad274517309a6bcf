"""Which file a name means: paths, suffixes, bundled names, standard input."""

from __future__ import annotations

import io
import pathlib

import numpy as np
import pytest

from mixedcli.data.dataset import Column, Dataset
from mixedcli.data.dta_write import write_dta
from mixedcli.data.load import load
from mixedcli.errors import NotBuilt, StataError


@pytest.fixture()
def here(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(path: pathlib.Path) -> None:
    write_dta(Dataset({"mine": Column("mine", "byte", np.array([1], "<i1"), "%8.0g")}, 1), str(path))


def test_a_suffix_is_added_and_the_name_kept(here: pathlib.Path) -> None:
    put(here / "some.dta")
    assert load("some").filename == load("some.dta").filename == "some.dta"
    assert load(str(here / "some")).names == ("mine",)
    assert not load("some").changed


def test_bundled_names_when_nothing_is_in_the_way(here: pathlib.Path) -> None:
    assert load("gcse").n == load("gcse.dta").n == 4059
    assert load("gcse").filename == "gcse.dta"
    put(here / "gcse.dta")
    assert load("gcse").names == ("mine",)
    assert load("gcse", bundled_first=True).n == 4059


def test_delimited_text_by_suffix_and_from_a_stream(here: pathlib.Path) -> None:
    (here / "x.csv").write_text("a,b\n1,2\n")
    assert load("x.csv").names == ("a", "b")
    assert load("x.csv").filename == ""
    assert load("-", stream=io.StringIO("q\n3\n")).names == ("q",)
    assert load("-", stream=io.BytesIO(b"q\n3\n")).n == 1


@pytest.mark.parametrize(
    ("name", "rc", "message"),
    [
        ("nothere", 601, "file nothere.dta not found"),
        ("nothere.csv", 601, "file nothere.csv not found"),
        ("../gcse", 601, "file ../gcse.dta not found"),
        ("", 198, "invalid file specification"),
        ("a\0b", 603, "file a\0b.dta could not be opened"),
    ],
)
def test_errors(here: pathlib.Path, name: str, rc: int, message: str) -> None:
    with pytest.raises(StataError) as caught:
        load(name)
    assert (caught.value.message, caught.value.rc) == (message, rc)


def test_an_address_is_not_built_yet() -> None:
    with pytest.raises(NotBuilt):
        load("https://example.org/x.dta")


def test_reading_stata_files_loads_neither_pandas_nor_scipy(root: pathlib.Path) -> None:
    import subprocess
    import sys

    code = "import sys; from mixedcli.data.load import load; load('gcse'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    loaded = set(done.stdout.split())
    assert "numpy" in loaded
    assert not {"pandas", "scipy", "csv"} & loaded
