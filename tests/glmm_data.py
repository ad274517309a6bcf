"""Small made-up data for mixed models that any program makes again number by number: no random generator of a library.

Run as a script, it writes these and the bundled sets as CSV text for `peers/glmm.R`: python glmm_data.py FOLDER.
"""

from __future__ import annotations

import pathlib
import sys

import numpy as np

Columns = dict[str, np.ndarray]
BUNDLED = ("bangladesh", "melanoma", "epilepsy", "fife")


def uniforms(count: int, seed: int) -> np.ndarray:
    """The minimal standard generator of Park and Miller (1988): x <- 16807 x mod (2^31 - 1)."""
    out = np.empty(count)
    for i in range(count):
        seed = seed * 16807 % 2147483647
        out[i] = seed / 2147483647
    return out


def normals(count: int, seed: int) -> np.ndarray:
    """Sums of twelve uniforms less six, to four decimals."""
    return np.round(uniforms(12 * count, seed).reshape(count, 12).sum(1) - 6.0, 4)


def _cumulative(rate: np.ndarray, u: np.ndarray) -> np.ndarray:
    """The Poisson quantiles of u at these rates."""
    out, chance = np.zeros(u.size), np.exp(-rate)
    total = chance.copy()
    for k in range(1, 400):
        above = u > total
        if not above.any():
            break
        out[above] = k
        chance = chance * rate / k
        total = total + chance
    return out


def panel() -> Columns:
    """40 groups of 8 rows: a binary y, k of m trials, an overdispersed count, a positive g, an ordered o in 1 .. 4."""
    group = np.repeat(np.arange(1.0, 41.0), 8)
    n = group.size
    x, w = normals(n, 11), (uniforms(n, 12) < 0.4).astype(float)
    u = np.repeat(normals(40, 13), 8)
    eta = -0.2 + 0.7 * x - 0.5 * w + 0.8 * u
    chance = 1.0 / (1.0 + np.exp(-eta))
    m = np.floor(3.0 + 9.0 * uniforms(n, 14))
    tries = uniforms(n * 12, 15).reshape(n, 12)
    k = ((tries < chance[:, None]) & (np.arange(12) < m[:, None])).sum(1).astype(float)
    spread = -np.log(uniforms(2 * n, 16).reshape(n, 2)).sum(1) / 2.0
    return {
        "group": group,
        "x": x,
        "w": w,
        "y": (uniforms(n, 17) < chance).astype(float),
        "k": k,
        "m": m,
        "count": _cumulative(np.exp(0.8 + 0.5 * eta) * spread, uniforms(n, 18)),
        "g": np.round(np.exp(eta) * -np.log(uniforms(3 * n, 19).reshape(n, 3)).sum(1) / 3.0, 5),
        "o": 1.0 + np.digitize(eta + np.log(1.0 / uniforms(n, 20) - 1.0), [-1.5, 0.0, 1.2]),
    }


def crossed() -> Columns:
    """Two matings of each of 14 females with each of 11 males: counts."""
    female, male = (c.ravel().repeat(2) for c in np.meshgrid(np.arange(1.0, 15.0), np.arange(1.0, 12.0), indexing="ij"))
    n = female.size
    x = normals(n, 21)
    eta = 0.3 + 0.4 * x + 0.6 * normals(14, 22)[female.astype(int) - 1] + 0.4 * normals(11, 23)[male.astype(int) - 1]
    return {"female": female, "male": male, "x": x, "count": _cumulative(np.exp(eta), uniforms(n, 24))}


def times() -> Columns:
    """30 groups of 6 times to an event, censored at 2."""
    group = np.repeat(np.arange(1.0, 31.0), 6)
    n = group.size
    x = normals(n, 31)
    eta = -0.3 + 0.6 * x + 0.7 * np.repeat(normals(30, 32), 6)
    time = np.round((-np.log(uniforms(n, 33)) * np.exp(-eta)) ** 0.7, 5) + 1e-5
    return {"group": group, "x": x, "time": np.minimum(time, 2.0), "failed": (time < 2.0).astype(float)}


MADE = {"panel": panel, "crossed": crossed, "times": times}


def bundled(name: str) -> Columns:
    """The columns of a bundled data set."""
    from mixedcli.data.load import load

    data = load(name)
    return {each: np.asarray(column.values, dtype=float) for each, column in data.columns.items()}


def main(folder: pathlib.Path) -> None:
    sets = {name: make() for name, make in MADE.items()} | {name: bundled(name) for name in BUNDLED}
    for name, columns in sets.items():
        rows = (",".join(f"{v:.17g}" for v in row) for row in zip(*columns.values(), strict=True))
        (folder / f"{name}.csv").write_text("\n".join([",".join(columns), *rows]) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
