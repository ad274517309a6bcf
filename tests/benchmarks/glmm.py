"""Generalized mixed models beside glmm (PyPI) and lme4's glmer: ratios of the times of the fits.

Ours are timed with standard errors and without; both ratios are shown.

The bundled data of contraceptive use and melanoma deaths, and simulated binary outcomes of 100,000 rows in 2,000 groups.
Every program gets the same numbers; peers run in processes of their own, which time themselves, and all take turns.
`--large` adds 1,000,000 rows in 20,000 groups: its time beside that of the 100,000 rows, and the memory it takes.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

# one BLAS thread, as the program asks for; the peers' processes inherit it
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from mixedcli.data.load import load
from mixedcli.engine.glmm import fit_glmm
from mixedcli.engine.model import RandomEquation
from mixedcli.engine.response.bernoulli import bernoulli
from mixedcli.engine.response.poisson import poisson
from mixedcli.records import record

Columns = dict[str, np.ndarray]


@record(eq=False)
class Model:
    """A model and its aims: our time over that of each peer.

    random: the covariates with random effects (the constant is one) of every level; groups from the top down.
    """

    data: str
    outcome: str
    covariates: tuple[str, ...]
    groups: tuple[str, ...]
    points: int
    aims: dict[str, float]
    slopes: tuple[str, ...] = ()
    offset: str = ""

    def formula(self) -> str:
        """In the language of lme4."""
        parts = [*self.covariates, *(f"({' + '.join(['1', *self.slopes])} | {group})" for group in self.groups)]
        return f"{self.outcome} ~ {' + '.join(parts)}"

    def family(self) -> str:
        return "poisson" if self.offset else "binomial"


CHILDREN = ("urban", "age", "child1", "child2", "child3")
MODELS = {
    "contraception, 7 points": Model(
        "bangladesh", "c_use", CHILDREN, ("district",), 7, {"glmm": 0.4, "glmer": 0.02}
    ),
    "contraception, slope, Laplace": Model(
        "bangladesh", "c_use", CHILDREN, ("district",), 1, {"glmm": 1.5}, slopes=("urban",)
    ),
    "melanoma, three levels, Laplace": Model(
        "melanoma", "deaths", ("uv",), ("nation", "region"), 1, {"glmm": 1.5}, offset="logexpected"
    ),
    "100,000 rows, 7 points": Model(
        "simulated", "y", ("x1", "x2", "x3"), ("g",), 7, {"glmm": 0.45, "glmer": 0.03}
    ),
}
GROWTH = 10 * 1.2

GLMM = """import sys, time
import numpy as np
import glmm
data, models = {{}}, {models!r}
for name in sorted({{m[0] for m in models.values()}}):
    with open(f"{folder}/{{name}}.csv") as stream:
        names = stream.readline().strip().split(",")
        table = np.loadtxt(stream, delimiter=",")
    data[name] = {{each: np.ascontiguousarray(table[:, i]) for i, each in enumerate(names)}}
    for each in ("district", "nation", "region", "g"):
        if each in data[name]:
            data[name][each] = data[name][each].astype(int).astype(str)
print("ready", flush=True)
for line in sys.stdin:
    name, formula, family, points, offset = models[line.strip()]
    options = {{"nagq": points}} if points > 1 else {{}}
    if offset:
        options["offset"] = data[name][offset]
    start = time.perf_counter()
    fit = glmm.fit(data[name], formula, family=family, **options)
    seconds = time.perf_counter() - start
    found = next(getattr(fit, k) for k in ("loglik", "log_likelihood", "logLik", "llf") if hasattr(fit, k))
    print(seconds, float(found() if callable(found) else found), flush=True)
"""

GLMER = """suppressPackageStartupMessages(library(lme4))
models <- list({models})
data <- lapply(c({sets}), function(name) read.csv(file.path("{folder}", paste0(name, ".csv"))))
input <- file("stdin", "r")
cat("ready\\n")
repeat {{
    line <- readLines(input, n = 1)
    if (length(line) == 0) break
    m <- models[[line]]
    d <- data[[m$data]]
    formula <- as.formula(m$formula)
    gc()
    seconds <- system.time(fit <- glmer(formula, d, family = m$family, nAGQ = m$points))[["elapsed"]]
    cat(seconds, format(as.numeric(logLik(fit)), digits = 14), "\\n")
}}
"""

Fit = Callable[[str], tuple[float, float]]      # a model's name -> seconds, log likelihood


def simulated(rows: int, groups: int, seed: int) -> Columns:
    """Binary outcomes, two continuous covariates and a binary one, a group effect with standard deviation 1.1."""
    chance = np.random.default_rng(seed)
    g = np.sort(chance.integers(1, groups + 1, rows))
    x1, x2 = np.round(chance.normal(size=(2, rows)), 4)
    x3 = (chance.random(rows) < 0.4).astype(float)
    eta = -0.5 + 0.8 * x1 - 0.4 * x2 + 0.5 * x3 + 1.1 * chance.normal(size=groups + 1)[g]
    y = (chance.random(rows) < 1.0 / (1.0 + np.exp(-eta))).astype(float)
    return {"g": g.astype(float), "y": y, "x1": x1, "x2": x2, "x3": x3}


def bundled(name: str) -> Columns:
    columns = {each: np.asarray(c.values, dtype=float) for each, c in load(name).columns.items()}
    if "expected" in columns:
        columns["logexpected"] = np.log(columns["expected"])
    return columns


def write(folder: pathlib.Path, name: str, columns: Columns) -> None:
    rows = (",".join(f"{v:.17g}" for v in row) for row in zip(*(c.tolist() for c in columns.values()), strict=True))
    (folder / f"{name}.csv").write_text("\n".join([",".join(columns), *rows]) + "\n")


def ours(sets: dict[str, Columns], errors: bool = True) -> Fit:
    def fit(name: str) -> tuple[float, float]:
        model = MODELS[name]
        d = sets[model.data]
        constant = np.ones(d[model.outcome].size)
        x = np.column_stack([*(d[each] for each in model.covariates), constant])
        z = np.column_stack([*(d[each] for each in model.slopes), constant])
        offset = d[model.offset] if model.offset else None
        structure = "unstructured" if model.slopes else "independent"
        groups = [d[group].astype(int) for group in model.groups]
        start = time.perf_counter()
        response = poisson(d[model.outcome]) if model.offset else bernoulli(d[model.outcome])
        found = fit_glmm(
            response,
            x,
            [RandomEquation(z, codes, structure) for codes in groups],
            offset,
            method="laplace" if model.points == 1 else "mcaghermite",
            points=model.points,
            start="moments",
            errors=errors,
        )
        return time.perf_counter() - start, found.loglik

    return fit


def _answering(command: list[str]) -> Fit | None:
    """A process that answers a model's name with seconds and log likelihood; None where it cannot start."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    sink, source = process.stdin, process.stdout
    if source.readline().strip() != "ready":
        return None

    def fit(name: str) -> tuple[float, float]:
        sink.write(name + "\n")
        sink.flush()
        seconds, loglik = (float(word) for word in source.readline().split())
        return seconds, loglik

    return fit


def glmm(python: str, folder: pathlib.Path) -> Fit | None:
    models = {k: (m.data, m.formula(), m.family(), m.points, m.offset) for k, m in MODELS.items()}
    script = folder / "peer.py"
    script.write_text(GLMM.format(models=models, folder=folder))
    return _answering([python, str(script)])


def glmer(folder: pathlib.Path) -> Fit | None:
    program = shutil.which("Rscript")
    if program is None:
        return None
    lines = []
    for name, m in MODELS.items():
        formula = m.formula() + (f" + offset({m.offset})" if m.offset else "")
        lines.append(
            f'"{name}" = list(data = "{m.data}", formula = "{formula}", family = "{m.family()}", points = {m.points})'
        )
    sets = ", ".join(f'{each} = "{each}"' for each in dict.fromkeys(m.data for m in MODELS.values()))
    script = folder / "peer.R"
    script.write_text(GLMER.format(models=",\n    ".join(lines), sets=sets, folder=folder))
    return _answering([program, str(script)])


def report(name: str, mine: dict[str, Fit], peers: dict[str, Fit], runs: int) -> None:
    """Run them in turn; each ratio is the median over turns of our time to the peer's in the same turn."""
    fits = {**mine, **{k: f for k, f in peers.items() if k != "glmer" or "glmer" in MODELS[name].aims}}
    for key, fit in fits.items():
        if key != "glmer":
            fit(name)                              # once to be warm; glmer takes long, and is not faster later
    times: dict[str, list[float]] = {key: [] for key in fits}
    loglik: dict[str, float] = {}
    for _ in range(runs):
        for key, fit in fits.items():
            seconds, loglik[key] = fit(name)
            times[key].append(seconds)
    line = f"{name}: " + ", ".join(f"{key} {1000 * statistics.median(each):.1f} ms" for key, each in times.items())
    for key in peers:
        if key in times:
            aim = MODELS[name].aims.get(key)
            ratios = [
                statistics.median(a / b for a, b in zip(times[each], times[key], strict=True)) for each in mine
            ]
            line += f"; of {key} {' and '.join(f'{r:.3f}' for r in ratios)}" + (f" (aim {aim})" if aim else "")
            line += f", log likelihood differs by {loglik['with errors'] - loglik[key]:.1e}"
    say(line)


def report_growth(runs: int, small: Columns) -> None:
    """Ten times the rows and groups: at most ten times the time, and a fifth."""
    name = "100,000 rows, 7 points"
    large = simulated(1_000_000, 20_000, 505)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pairs = [
        (ours({"simulated": large})(name)[0], ours({"simulated": small})(name)[0]) for _ in range(max(1, runs // 2))
    ]
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ratio = statistics.median(a / b for a, b in pairs)
    seconds = statistics.median(a for a, _ in pairs)
    say(
        f"1,000,000 rows, 7 points: {seconds:.2f} s, {ratio:.1f} times the 100,000 rows (aim {GROWTH:g});"
        f" memory at most {after / 1024:.0f} MB, {before / 1024:.0f} MB of it before the fit"
    )


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--glmm-python", default=sys.executable, help="a Python that has glmm installed")
    parser.add_argument("--large", action="store_true", help="1,000,000 rows as well")
    parser.add_argument("--only", default="", help="models whose name contains this")
    arguments = parser.parse_args()
    sets = {name: bundled(name) for name in ("bangladesh", "melanoma")}
    sets["simulated"] = simulated(100_000, 2_000, 909)
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        for name, columns in sets.items():
            write(folder, name, columns)
        peers = {"glmm": glmm(arguments.glmm_python, folder), "glmer": glmer(folder)}
        for key, fit in peers.items():
            if fit is None:
                say(f"{key}: not installed here, left out")
        mine = {"with errors": ours(sets), "without": ours(sets, errors=False)}
        for name in MODELS:
            if arguments.only in name:
                report(name, mine, {key: fit for key, fit in peers.items() if fit is not None}, arguments.runs)
    if arguments.large:
        report_growth(arguments.runs, sets["simulated"])


if __name__ == "__main__":
    main()
