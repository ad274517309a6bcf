"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import pathlib

import pytest
from hypothesis import settings

# The same examples in every run; HYPOTHESIS_PROFILE=default looks for new ones.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ROOT = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> pathlib.Path:
    """The top of the source tree."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> pathlib.Path:
    """The reference material beside the repository; tests that need it skip where it is absent."""
    path = ROOT.parent / "shared"
    if not (path / "reference").is_dir():
        pytest.skip("needs the reference material in ../shared, which is not here")
    return path
