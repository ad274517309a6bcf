"""Data commands on 1,000,000 rows in 20,000 groups beside pandas' own call: medians and pairwise ratios (aim: 2).

Every comparison is of the same work on the same numbers, in one process, turn by turn.  The command runs as typed, from
the text to its printed result; pandas gets frames that are ready.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from mixedcli.commands.context import Context, State
from mixedcli.data.columns import new_numeric
from mixedcli.data.dataset import Dataset
from mixedcli.data.dta_write import write_dta
from mixedcli.session import Session

AIM = 2.0
Comparison = tuple[str, Callable[[], object], Callable[[], object]]


def pupils(rows: int, groups: int) -> Dataset:
    """Random rows in random order: ``id``, its group ``g`` and two measurements."""
    chance = np.random.default_rng(20261122)
    made = (
        new_numeric("id", np.arange(rows, dtype=np.float64), "long"),
        new_numeric("g", chance.integers(1, groups + 1, rows).astype(np.float64), "long"),
        new_numeric("x", chance.normal(size=rows), "double"),
        new_numeric("y", chance.normal(size=rows), "float"),
    )
    return Dataset({column.name: column for column in made}, rows)


def schools(groups: int) -> Dataset:
    """One row for each group."""
    chance = np.random.default_rng(7)
    made = (
        new_numeric("g", np.arange(1, groups + 1, dtype=np.float64), "long"),
        new_numeric("size", chance.integers(1, 100, groups).astype(np.float64), "int"),
        new_numeric("mean", chance.normal(size=groups), "double"),
    )
    return Dataset({column.name: column for column in made}, groups)


def frame(data: Dataset) -> pd.DataFrame:
    return pd.DataFrame({name: column.values for name, column in data.columns.items()})


def command(data: Dataset, line: str) -> Callable[[], object]:
    """Run ``line`` in a session that begins with ``data``."""

    def run() -> object:
        session = Session(Context(State(data=data)))
        for outcome in session.run(line):
            if outcome.error is not None:
                raise SystemExit(f"{line}: {outcome.error.message}")
        return session.context.data

    return run


def merges(rows: int, groups: int) -> Iterator[Comparison]:
    """``merge m:1`` and ``merge 1:1``; pandas' outer merge also sorts by key and marks where rows come from."""
    many, one = pupils(rows, groups), schools(groups)
    write_dta(one, "schools.dta")
    left, right = frame(many), frame(one)
    yield (
        "merge m:1",
        command(many, "merge m:1 g using schools"),
        lambda: left.merge(right, on="g", how="outer", indicator=True, validate="m:1"),
    )
    order = np.random.default_rng(3).permutation(rows)
    other = many.take(order).without(["g", "y"])
    write_dta(other, "other.dta")
    again = command(many, "merge 1:1 id using other, keepusing(id)")
    ids = frame(other)[["id"]]
    yield "merge 1:1", again, lambda: left.merge(ids, on="id", how="outer", indicator=True, validate="1:1")


def statistics_of_groups(rows: int, groups: int) -> Iterator[Comparison]:
    """``collapse`` and ``egen, by()``; both sides work in double and give the groups in order."""
    data = pupils(rows, groups)
    wide = frame(data)
    wide["y"] = wide["y"].astype(np.float64)
    yield (
        "collapse (mean)",
        command(data, "collapse (mean) x y, by(g)"),
        lambda: wide.groupby("g")[["x", "y"]].mean(),
    )
    yield (
        "collapse (mean) (sd) (count) (min) (max)",
        command(data, "collapse (mean) x (sd) sx=x (count) n=x (min) low=y (max) high=y, by(g)"),
        lambda: wide.groupby("g").agg(
            x=("x", "mean"), sx=("x", "std"), n=("x", "count"), low=("y", "min"), high=("y", "max")
        ),
    )
    yield (
        "collapse (median)",
        command(data, "collapse (median) x y, by(g)"),
        lambda: wide.groupby("g")[["x", "y"]].median(),
    )
    for function, peer in (("mean", "mean"), ("sd", "std"), ("count", "count"), ("max", "max"), ("median", "median")):
        yield (
            f"egen {function}(), by()",
            command(data, f"egen double new = {function}(x), by(g)"),
            lambda peer=peer: wide.groupby("g")["x"].transform(peer),  # type: ignore[misc]
        )


def regressions(rows: int, groups: int) -> Iterator[Comparison]:
    """``statsby: regress`` beside the group means of x, y and their products, all that a line per group takes."""
    data = pupils(rows, groups)
    wide = frame(data)
    wide["y"] = wide["y"].astype(np.float64)

    def moments() -> pd.DataFrame:
        x, y = wide["x"], wide["y"]
        return wide.assign(xx=x * x, xy=x * y, yy=y * y).groupby("g")[["x", "y", "xx", "xy", "yy"]].mean()

    line = "statsby a=_b[_cons] b=_b[x] se=_se[x] r2=e(r2), by(g) clear: regress y x"
    yield "statsby: regress", command(data, line), moments


COMPARISONS: tuple[Callable[[int, int], Iterator[Comparison]], ...] = (merges, statistics_of_groups, regressions)


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def report(name: str, ours: Callable[[], object], peer: Callable[[], object], runs: int) -> None:
    """Run the two in turn and print medians and the median of the pairwise ratios."""
    seconds(ours), seconds(peer)
    pairs = [(seconds(ours), seconds(peer)) for _ in range(runs)]
    ratio = statistics.median(a / b for a, b in pairs)
    ours_s, peer_s = (statistics.median(column) for column in zip(*pairs, strict=True))
    sys.stdout.write(f"{name}: mixedcli {ours_s:.3f} s, pandas {peer_s:.3f} s, ratio {ratio:.2f} (aim {AIM:g})\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--groups", type=int, default=20_000)
    parser.add_argument("--only", default="", help="run comparisons whose name contains this")
    arguments = parser.parse_args()
    here = pathlib.Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for each in COMPARISONS:
                for name, ours, peer in each(arguments.rows, arguments.groups):
                    if arguments.only in name:
                        report(name, ours, peer, arguments.runs)
        finally:
            os.chdir(here)


if __name__ == "__main__":
    main()
