"""The whole GCSE one-liner as a process, beside lme4 (Rscript) and glmm (PyPI): medians and pairwise ratios."""

from __future__ import annotations

import argparse
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

LINE = "xtmixed gcse lrt || school: lrt if nstu > 4, mle nolog covariance(unstructured)"

LME4 = """suppressPackageStartupMessages(library(lme4))
d <- read.csv("{csv}")
print(summary(lmer(gcse ~ lrt + (1 + lrt | school), subset(d, nstu > 4), REML = FALSE)))
"""

GLMM = """import numpy as np, glmm
with open("{csv}") as stream:
    names = stream.readline().strip().split(",")
    table = np.fromstring(stream.read().replace("\\n", ","), sep=",").reshape(-1, len(names))
table = table[table[:, names.index("nstu")] > 4]
data = {{name: np.ascontiguousarray(table[:, i]) for i, name in enumerate(names)}}
data["school"] = data["school"].astype(int).astype(str)
fit = glmm.fit(data, "gcse ~ lrt + (1 + lrt | school)", reml=False)
print(fit)
"""


def write_csv(path: pathlib.Path) -> None:
    """The bundled GCSE data as text, so that each peer reads the same numbers in its usual way."""
    from mixedcli.data.columns import numeric
    from mixedcli.data.load import load

    data = load("gcse")
    names = ("school", "gcse", "lrt", "nstu")
    columns = [numeric(data.columns[name]) for name in names]
    rows = (",".join(f"{v:.9g}" for v in row) for row in zip(*columns, strict=True))
    path.write_text("\n".join([",".join(names), *rows]) + "\n")


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def report(name: str, ours: list[str], peer: list[str], runs: int, aim: float) -> None:
    """Run the two in turn and print medians and the median of the pairwise ratios."""
    seconds(ours), seconds(peer)
    pairs = [(seconds(ours), seconds(peer)) for _ in range(runs)]
    ratio = statistics.median(a / b for a, b in pairs)
    ours_s, peer_s = (statistics.median(column) for column in zip(*pairs, strict=True))
    sys.stdout.write(f"{name}: mixedcli {ours_s:.3f} s, peer {peer_s:.3f} s, ratio {ratio:.3f} (aim {aim})\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--glmm-python", default=sys.executable, help="a Python that has glmm installed")
    arguments = parser.parse_args()
    ours = [str(pathlib.Path(sys.executable).with_name("mixedcli")), "-u", "gcse", LINE]
    with tempfile.TemporaryDirectory() as folder:
        csv = pathlib.Path(folder, "exam.csv")
        write_csv(csv)
        for name, text, program, aim in (
            ("lme4", LME4, shutil.which("Rscript"), 0.15),
            ("glmm", GLMM, arguments.glmm_python, 1.5),
        ):
            script = pathlib.Path(folder, name)
            script.write_text(text.format(csv=csv))
            if program is None or subprocess.run([program, str(script)], capture_output=True, check=False).returncode:
                sys.stdout.write(f"{name}: not installed here, left out\n")
                continue
            report(name, ours, [program, str(script)], arguments.runs, aim)


if __name__ == "__main__":
    main()
