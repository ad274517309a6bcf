"""The random part as it is fitted: columns rescaled, equations gathered by level, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mixedcli.engine import scaling
from mixedcli.engine.batched import Array
from mixedcli.engine.boundary import Pair, Restriction, restrict
from mixedcli.engine.model import EquationPlace, GroupSizes, RandomEquation, combined_directions, gather_levels
from mixedcli.engine.nested import Directions
from mixedcli.engine.structure import effective_structure, factor_basis, parameter_pairs, report

from ...records import record

LevelColumns = tuple[Array, np.ndarray]


@record(eq=False)
class RandomPart:
    """levels: fitted columns (q, n) and group codes (n,), top down.  places: one per equation, None without columns.
    sizes: the groups of each equation's level, None without columns."""

    levels: tuple[LevelColumns, ...]
    places: tuple[EquationPlace | None, ...]
    sizes: tuple[GroupSizes | None, ...]

    def bases(self) -> list[Array]:
        """The factor's basis of every equation with columns."""
        return [factor_basis(place.structure, place.q) for place in self.placed]

    @property
    def placed(self) -> list[EquationPlace]:
        """The equations with columns."""
        return [place for place in self.places if place is not None]

    def directions(self, bases: Sequence[Array]) -> list[Directions]:
        """Lambda of every level as a linear function of all bases' coefficients."""
        return combined_directions(self.places, [z.shape[0] for z, _ in self.levels], bases)


def random_part(equations: Sequence[RandomEquation]) -> RandomPart:
    """Rescale the columns of z and gather the equations of each level."""
    levels, places = gather_levels(equations, _columns)
    sizes: list[GroupSizes | None] = []
    for place in places:
        if place is None:
            sizes.append(None)
            continue
        ordered = np.sort(levels[place.level][1])
        counts = np.diff(np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1], [True]])))
        sizes.append(GroupSizes(counts.size, int(counts.min()), float(counts.mean()), int(counts.max())))
    return RandomPart(tuple(levels), tuple(places), tuple(sizes))


def _columns(z: Array, structure: str) -> scaling.Columns:
    """As for linear models, but with a lower triangular map (the columns taken from the last): then the product of map,
    Lambda and a lower triangular C is the Cholesky factor of a posterior covariance in the user's own columns, and the
    nodes of a product rule do not depend on the rescaling."""
    if effective_structure(structure, z.shape[1]) == "unstructured":
        found = scaling.orthonormal(z[:, ::-1])
        if found is not None:
            return scaling.Columns(
                np.ascontiguousarray(found.rows[::-1]), found.map[::-1, ::-1], found.inverse[::-1, ::-1]
            )
    return scaling.rescaled(z, common=structure in ("identity", "exchangeable"))


@record(eq=False)
class ReportedPart:
    """theta (r,): ln sds and atanh corrs of all equations; jacobian (r, number of phi); per equation its pairs and G;
    boundary: positions in theta of what is held."""

    theta: Array
    jacobian: Array
    pairs: tuple[tuple[Pair, ...], ...]
    covariances: tuple[Array, ...]
    boundary: tuple[int, ...]


def reported_part(part: RandomPart, bases: Sequence[Array], held: Sequence[frozenset[Pair]], phi: Array) -> ReportedPart:
    """``bases`` and ``held`` per equation with columns; ``phi`` their coefficients, one equation after another."""
    pairs = tuple(() if p is None else parameter_pairs(p.structure, p.q) for p in part.places)
    count = sum(map(len, pairs))
    theta, jacobian = np.zeros(count), np.zeros((count, phi.size))
    covariances: list[Array] = []
    boundary: list[int] = []
    row = first = placed = 0
    for place, wanted in zip(part.places, pairs, strict=True):
        if place is None:
            covariances.append(np.zeros((0, 0)))
            continue
        basis = bases[placed]
        local = Directions(basis, np.arange(first, first + basis.shape[0]))
        factor, back = local.factor(phi), place.columns.map
        g = back @ (factor @ factor.T) @ back.T
        rows = slice(row, row + len(wanted))
        slopes = back @ local.slopes(factor) @ back.T
        theta[rows], jacobian[rows, local.index] = report(g, slopes, wanted, held[placed])
        for r, pair in enumerate(wanted, row):
            if pair in held[placed] or not np.isfinite(theta[r]):
                boundary.append(r)
                if pair[0] == pair[1]:
                    g[pair[0], :] = g[:, pair[0]] = 0.0
        covariances.append(0.5 * (g + g.T))
        row, first, placed = row + len(wanted), first + basis.shape[0], placed + 1
    return ReportedPart(theta, jacobian, pairs, tuple(covariances), tuple(boundary))


def restrictions(part: RandomPart, phi: Array, threshold: float) -> list[Restriction | None]:
    """For every equation with columns, the boundary nearest to its part of phi; None where it is not near."""
    out, at = [], 0
    for place in part.placed:
        size = factor_basis(place.structure, place.q).shape[0]
        out.append(restrict(place, phi[at : at + size], threshold))
        at += size
    return out
