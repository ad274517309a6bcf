"""xtreg fe, be and re on 1,000,000 rows in 20,000 panels beside linearmodels and R's plm: the ratio to the faster.

Every program gets the same numbers in memory, and every timing is of one fit with its standard errors and R-squared:
xtreg as typed, from the text to its printed result.  plm runs in a process of its own, which times itself; the three
take turns.
"""

from __future__ import annotations

import argparse
import importlib.util
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np

from mixedcli.data.columns import new_numeric
from mixedcli.data.dataset import Dataset
from mixedcli.report.text import to_text
from mixedcli.session import Session

AIM = 0.1
NAMES = ("x1", "x2", "x3")
MODELS = {"fe": "within", "be": "between", "re": "random"}

PLM = """suppressPackageStartupMessages(library(plm))
d <- as.data.frame(matrix(readBin("{path}", "double", {count}), ncol = {columns}))
names(d) <- c("g", "t", "x1", "x2", "x3", "y")
p <- pdata.frame(d, index = c("g", "t"))
input <- file("stdin", "r")
cat("ready\\n")
repeat {{
    model <- readLines(input, n = 1)
    if (length(model) == 0 || model == "") break
    gc()
    seconds <- system.time({{ m <- plm(y ~ x1 + x2 + x3, data = p, model = model); s <- summary(m) }})[["elapsed"]]
    cat(seconds, paste(format(coef(m), digits = 12), collapse = " "), "\\n")
}}
"""


def panels(rows: int, groups: int) -> dict[str, np.ndarray]:
    """Sorted panels of equal length, covariates that vary within and between them, and a panel effect."""
    chance = np.random.default_rng(20261123)
    each = rows // groups
    g = np.repeat(np.arange(1.0, groups + 1), each)
    effect = np.repeat(chance.normal(size=groups), each)
    out = {"g": g, "t": np.tile(np.arange(1.0, each + 1), groups)}
    for name in NAMES:
        out[name] = chance.normal(size=g.size) + np.repeat(chance.normal(size=groups), each)
    out["y"] = 1.0 + sum(out[name] * b for name, b in zip(NAMES, (0.5, -1.0, 0.25), strict=True)) + effect
    out["y"] += chance.normal(size=g.size)
    return out


Fit = Callable[[str], tuple[float, list[float]]]     # a model -> seconds, and the coefficients of x1, x2, x3


def ours(columns: dict[str, np.ndarray]) -> Fit:
    session = Session()
    made = [new_numeric(n, v, "long" if n in ("g", "t") else "double") for n, v in columns.items()]
    session.context.data = Dataset({column.name: column for column in made}, columns["y"].size)
    list(session.run("quietly xtset g t"))

    def fit(model: str) -> tuple[float, list[float]]:
        start = time.perf_counter()
        (outcome,) = session.run(f"xtreg y {' '.join(NAMES)}, {model}")
        assert outcome.error is None, outcome.error
        assert outcome.document is not None
        to_text(outcome.document)
        seconds = time.perf_counter() - start
        stored = session.context.estimates.stored().matrices["b"]
        b = dict(zip([name.name for name in stored.columns], stored.values[0], strict=True))
        return seconds, [b[name] for name in NAMES]

    return fit


def linearmodels(columns: dict[str, np.ndarray]) -> Fit | None:
    """linearmodels with a frame that is indexed already; None where it is not installed."""
    if importlib.util.find_spec("linearmodels") is None:
        return None
    import pandas as pd
    from linearmodels.panel import BetweenOLS, PanelOLS, RandomEffects

    frame = pd.DataFrame(columns).astype({"g": int, "t": int}).set_index(["g", "t"])
    frame.insert(0, "const", 1.0)
    x = frame[["const", *NAMES]]

    def fit(model: str) -> tuple[float, list[float]]:
        start = time.perf_counter()
        if model == "fe":
            result = PanelOLS(frame["y"], x, entity_effects=True).fit()
        else:
            result = (BetweenOLS if model == "be" else RandomEffects)(frame["y"], x).fit()
        str(result.summary)
        return time.perf_counter() - start, [float(result.params[name]) for name in NAMES]

    return fit


def plm(columns: dict[str, np.ndarray], folder: pathlib.Path) -> Fit | None:
    """plm in an R process that stays; None without R or without plm."""
    program = shutil.which("Rscript")
    if program is None or subprocess.run([program, "-e", "library(plm)"], capture_output=True, check=False).returncode:
        return None
    path, script = folder / "panels.bin", folder / "plm.R"
    np.concatenate(list(columns.values())).tofile(path)
    count = sum(column.size for column in columns.values())
    script.write_text(PLM.format(path=path, count=count, columns=len(columns)))
    process = subprocess.Popen([program, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    source, sink = process.stdout, process.stdin
    assert source.readline().strip() == "ready"

    def fit(model: str) -> tuple[float, list[float]]:
        sink.write(MODELS[model] + "\n")
        sink.flush()
        seconds, *b = (float(word) for word in source.readline().split())
        return seconds, b[-len(NAMES) :]

    return fit


def report(model: str, mine: Fit, peers: dict[str, Fit], runs: int) -> None:
    """Run them in turn; the ratio is the median over turns of our time to that of the faster peer in the same turn."""
    for each in (mine, *peers.values()):
        each(model)
    times: dict[str, list[float]] = {name: [] for name in ("mixedcli", *peers)}
    apart = 0.0
    for _ in range(runs):
        seconds, b = mine(model)
        times["mixedcli"].append(seconds)
        for name, peer in peers.items():
            seconds, theirs = peer(model)
            times[name].append(seconds)
            apart = max(apart, *(abs(one - other) for one, other in zip(b, theirs, strict=True)))
    medians = ", ".join(f"{name} {statistics.median(each):.3f} s" for name, each in times.items())
    line = f"{model}: {medians}"
    if peers:
        fastest = [min(turn) for turn in zip(*(times[name] for name in peers), strict=True)]
        ratio = statistics.median(a / b for a, b in zip(times["mixedcli"], fastest, strict=True))
        line += f", ratio to the faster peer {ratio:.3f} (aim {AIM}); coefficients differ by {apart:.1e}"
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--groups", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    columns = panels(arguments.rows, arguments.groups)
    with tempfile.TemporaryDirectory() as folder:
        found = {"linearmodels": linearmodels(columns), "plm": plm(columns, pathlib.Path(folder))}
        for name, fit in found.items():
            if fit is None:
                sys.stdout.write(f"{name}: not installed here, left out\n")
        peers = {name: fit for name, fit in found.items() if fit is not None}
        mine = ours(columns)
        for model in MODELS:
            report(model, mine, peers, arguments.runs)


if __name__ == "__main__":
    main()
