"""What bootstrap and jackknife return: statistics with standard errors from replications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from ..records import field, record, replace
from .base import Matrix, Result, Stored
from .posted import EquationRows
from .stripe import StripeName


@record
class ModelTest:
    """The test that all slopes are zero, and lines of the header that the model itself has: (label, text)."""

    statistic: float
    df: int
    p: float
    lines: tuple[tuple[str, float, int], ...] = ()    # label, value, decimals
    ll: float = float("nan")                          # shown for models fitted by maximum likelihood


@record(eq=False)
class Resampling:
    """The replications that vce(bootstrap) or vce(jackknife) of the command ``name`` took its variance from.

    ``kind``: bootstrap or jackknife.  ``replicates``: shape (complete replications, k), the rows of e(b); ``observed``:
    shape (k,), e(b) itself.  ``failed``: which replications failed.  ``clusters``: how many groups were drawn from, those
    of ``cluster``.  ``df``: None for normal inference.
    """

    kind: str
    name: str
    replicates: np.ndarray
    failed: tuple[bool, ...]
    observed: np.ndarray
    clusters: int = 0
    cluster: str = ""
    df: float | None = None
    dots: bool = True

    def added_to(self, stored: Stored) -> Stored:
        """e() of the command with what the replications add to it."""
        scalars = {"N_reps": float(len(self.replicates)), "N_misreps": float(sum(self.failed))}
        if self.clusters:
            scalars["N_clust"] = float(self.clusters)
        macros = {
            "prefix": self.kind, "vce": self.kind, "vcetype": self.kind.capitalize(),
            **({"cluster": self.cluster} if self.cluster else {}),
        }  # fmt: skip
        row, names = stored.matrices["b"].rows, stored.matrices["b"].columns
        found = _vectors(self.kind, self.observed, self.replicates)
        matrices = {name: Matrix(values[None, :], row, names) for name, values in found.items()}
        return replace(
            stored, scalars={**stored.scalars, **scalars}, macros={**stored.macros, **macros},
            matrices={**stored.matrices, **matrices},
        )


def _vectors(kind: str, b: np.ndarray, replicates: np.ndarray) -> dict[str, np.ndarray]:
    """The means of the replications, and the bias of the bootstrap, under Stata's names."""
    means = replicates.mean(axis=0) if len(replicates) else np.full(len(b), np.nan)
    if kind == "bootstrap":
        return {"b_bs": means, "bias": means - b}
    return {"b_jk": means}


@record
class ResampleResult(Result):
    """Replications of a command.

    ``kind``: bootstrap or jackknife.  ``b``: shape (k,), the statistics in the data; ``V``: shape (k, k);
    ``replicates``: shape (complete replications, k).  ``failed``: which replications failed.
    ``statistics``: (name, expression) of each, none when they are the coefficients of an estimation.
    ``title``: of the model, "" for expressions.  ``df``: None for normal inference.
    """

    schema: ClassVar[str] = "resample"

    kind: str
    command: str
    name: str
    n: int
    b: np.ndarray
    V: np.ndarray
    replicates: np.ndarray
    failed: tuple[bool, ...]
    names: tuple[StripeName, ...]
    equations: tuple[EquationRows, ...]
    statistics: tuple[tuple[str, str], ...] = ()
    title: str = ""
    test: ModelTest | None = None
    estimation: bool = True
    clusters: int = 0
    cluster: str = ""
    depvar: str = ""
    df: float | None = None
    level: float = 95
    value_labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    dots: bool = True
    notable: bool = False
    noheader: bool = False
    nolegend: bool = False
    nowarn: bool = False
    cmdline: str = ""

    def stored(self) -> Stored:
        """e() under Stata's names."""
        scalars = {
            "N": float(self.n), "N_reps": float(len(self.replicates)), "N_misreps": float(sum(self.failed)),
            "level": self.level, "k_exp": float(len(self.statistics)),
        }  # fmt: skip
        if self.clusters:
            scalars["N_clust"] = float(self.clusters)
        if self.df is not None:
            scalars["df_r"] = self.df
        macros = {
            "cmd": self.name if not self.statistics else self.kind, "prefix": self.kind, "command": self.command,
            "cmdline": self.cmdline, "vce": self.kind, "vcetype": self.kind.capitalize(), "cluster": self.cluster,
            "depvar": self.depvar, "title": self.title, "properties": "b V",
        }  # fmt: skip
        return Stored("e", scalars, {k: v for k, v in macros.items() if v}, self._matrices(), sample=True)

    def _matrices(self) -> dict[str, Matrix]:
        row = (StripeName("", "y1"),)
        vectors = {"b": self.b, "se": np.sqrt(np.diag(self.V)), **_vectors(self.kind, self.b, self.replicates)}
        out = {name: Matrix(values[None, :], row, self.names) for name, values in vectors.items()}
        return {**out, "V": Matrix(self.V, self.names, self.names)}
