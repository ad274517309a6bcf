"""``datasets/lecture.do`` runs from beginning to end as a batch file, with the numbers that the lecture prints."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("lecture")
    done = subprocess.run(
        [sys.executable, "-m", "mixedcli", "-b", "do", "lecture.do"],
        capture_output=True, text=True, cwd=folder, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return pathlib.Path(folder, "lecture.log").read_text(encoding="utf-8")


def test_it_ends_well(log: str) -> None:
    assert log.endswith("\n. \nend of do-file\n")
    assert not re.search(r"^r\(\d+\);", log, flags=re.MULTILINE)


def test_the_separate_regressions_to_every_printed_digit(log: str) -> None:
    """LECTURE.md, step 1."""
    assert re.search(r"alpha \| +64 +-\.1805974 +3\.291357 +-8\.519253 +6\.838716\n", log)
    assert re.search(r"beta \| +64 +\.5390514 +\.1766135 +\.0380965 +1\.076979\n", log)
    assert re.search(r"alpha \| +10\.833 *\n", log)
    assert re.search(r"beta \| +\.208622 +\.031192 *\n", log)


@pytest.mark.parametrize(
    "printed",
    [
        "Log likelihood = -14018.571", "Wald chi2(1)       =   2041.42", "chibar2(01) =   403.32",
        "Log likelihood = -13998.423", "Wald chi2(1)       =    779.93", "chi2(3) =   443.62",
        "Log likelihood = -13992.533", "Wald chi2(5)       =    804.34", "chi2(3) =   381.44",
    ],
)  # fmt: skip
def test_the_mixed_models_as_printed(printed: str, log: str) -> None:
    """LECTURE.md, steps 3, 4 and 6."""
    assert printed in log


def test_the_likelihood_ratio_test_of_the_slope(log: str) -> None:
    """2 * (-13998.42343 + 14018.57114) from the two log likelihoods of models.json."""
    assert re.search(r"LR chi2\(2\)  = +40\.30", log)
