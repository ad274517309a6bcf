"""The linear mixed model as the engine works on it: rescaled columns, levels, cross-products, profiled deviance."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from mixedcli.engine import scaling
from mixedcli.engine.batched import Array
from mixedcli.engine.crossproducts import Codes, CrossProducts, collect
from mixedcli.engine.nested import Directions, NestedProfile
from mixedcli.engine.structure import effective_structure, factor_basis, starting_factor

from ..records import record


@record
class RandomEquation:
    """One random part: z (n, q), q may be 0; groups (n,) integer codes; a covariance structure's name.

    Equations come from the top level down.  Codes of a lower level must already be unique across its parents; equations
    that repeat a level give the same partition and are independent of each other (block-diagonal G).
    """

    z: ArrayLike
    groups: ArrayLike
    structure: str = "independent"


@record
class GroupSizes:
    """Number of groups of a level and rows per group."""

    count: int
    minimum: int
    mean: float
    maximum: int


@record
class EquationPlace:
    """Where an equation lies: its level, its columns in that level's Z, its place among the factor parameters.

    columns: map from the columns of z to those fitted (z_fitted = z @ map).  keys (J,): its group codes, ascending;
    position (J,): where each of these groups lies among the level's groups.
    """

    level: int
    start: int
    structure: str
    columns: scaling.Columns
    scale: Array
    keys: Codes
    position: Codes
    sizes: GroupSizes

    @property
    def q(self) -> int:
        return int(self.columns.map.shape[0])

    @property
    def own(self) -> slice:
        return slice(self.start, self.start + self.q)


@record
class Response:
    """y = X_fitted @ offset + scale * r: what is fitted is r, the residual of least squares scaled to rms one.

    exact: least squares leaves nothing.
    """

    offset: Array
    scale: float
    exact: bool


@record
class Model:
    """Everything the fit needs after its single pass over the rows."""

    data: CrossProducts
    profile: NestedProfile
    fixed: scaling.Columns
    response: Response
    equations: tuple[EquationPlace | None, ...]
    widths: tuple[int, ...]


def prepare(y: Array, x: Array, equations: Sequence[RandomEquation], reml: bool) -> Model:
    """Rescale the columns and reduce the rows to cross-products.

    ValueError for a rank-deficient X, or levels that are not nested.  The arrays are those of `fit_lmm`.
    """
    rows = np.empty((x.shape[1] + 1, y.size))
    fixed = scaling.orthonormal(x, out=rows[:-1])
    if fixed is None:
        raise ValueError("the columns of X are linearly dependent")
    response = _response(y, fixed.rows, rows[-1])
    levels, places = gather_levels(equations, _random_columns)
    data = collect(rows, levels)
    filled = tuple(p if p is None else _with_groups(p, e, data, levels) for p, e in zip(places, equations, strict=True))
    widths = tuple(z.shape[0] for z, _ in levels)
    return Model(data, NestedProfile(data, reml), fixed, response, filled, widths)


def _response(y: Array, rows: Array, residual: Array) -> Response:
    """Least squares on orthonormal columns, repeated once for the last digits; the scaled residual goes to
    ``residual``."""
    n = y.size
    largest = float(max(y.max(initial=0.0), -y.min(initial=0.0))) or 1.0
    np.divide(y, largest, out=residual)
    size = float(np.sqrt(residual @ residual / n))
    offset = np.zeros(rows.shape[0])
    for _ in range(2):
        step = rows @ residual / n
        residual -= step @ rows
        offset += step
    scale = float(np.sqrt(residual @ residual / n))
    if scale <= 1e-13 * size:
        return Response(offset * largest, largest, True)
    residual /= scale
    return Response(offset * largest, scale * largest, False)


def gather_levels(
    equations: Sequence[RandomEquation], rescale: Callable[[Array, str], scaling.Columns]
) -> tuple[list[tuple[Array, Codes]], list[EquationPlace | None]]:
    """Gather equations of the same level; an equation without columns has no place.

    rescale: makes the fitted columns of an equation from its z (n, q) and its structure.
    """
    levels: list[tuple[list[Array], Codes]] = []
    places: list[EquationPlace | None] = []
    for equation in equations:
        z = np.asarray(equation.z, dtype=float)
        codes = np.asarray(equation.groups, dtype=np.intp)
        if z.shape[1] == 0:
            places.append(None)
            continue
        if not levels or not _same_partition(levels[-1][1], codes):
            levels.append(([], codes))
        columns = rescale(z, equation.structure)
        start = sum(block.shape[0] for block in levels[-1][0])
        levels[-1][0].append(columns.rows)
        empty = np.zeros(0, dtype=np.intp)
        structure = effective_structure(equation.structure, z.shape[1])
        scale = scaling.root_mean_squares(z)
        sizes = GroupSizes(0, 0, 0.0, 0)
        places.append(EquationPlace(len(levels) - 1, start, structure, columns, scale, empty, empty, sizes))
    joined = [blocks[0] if len(blocks) == 1 else np.concatenate(blocks) for blocks, _ in levels]
    return [(z, codes) for z, (_, codes) in zip(joined, levels, strict=True)], places


def _same_partition(a: Codes, b: Codes) -> bool:
    """Whether two codings group the rows alike (equal codes in the usual case; relabelled ones are found too)."""
    if a is b or np.array_equal(a, b):
        return True
    _, place_a = np.unique(a, return_inverse=True)
    _, place_b = np.unique(b, return_inverse=True)
    count_a, count_b = int(place_a.max()) + 1, int(place_b.max()) + 1
    return count_a == count_b and np.unique(place_a * count_b + place_b).size == count_a


def _random_columns(z: Array, structure: str) -> scaling.Columns:
    if effective_structure(structure, z.shape[1]) == "unstructured":
        columns = scaling.orthonormal(z)
        if columns is not None:
            return columns
    return scaling.rescaled(z, common=structure in ("identity", "exchangeable"))


def _with_groups(
    place: EquationPlace, equation: RandomEquation, data: CrossProducts, levels: list[tuple[Array, Codes]]
) -> EquationPlace:
    level = data.levels[place.level]
    codes = np.asarray(equation.groups, dtype=np.intp)
    keys, position = level.keys, np.arange(level.keys.size)
    if not (codes is levels[place.level][1] or np.array_equal(codes, levels[place.level][1])):
        keys, first = np.unique(codes, return_index=True)
        position = np.searchsorted(level.keys, levels[place.level][1][first])
    counts = level.counts
    sizes = GroupSizes(counts.size, int(counts.min()), float(counts.mean()), int(counts.max()))
    return EquationPlace(place.level, place.start, place.structure, place.columns, place.scale, keys, position, sizes)


def directions_for(model: Model, bases: Sequence[Array]) -> list[Directions]:
    """Combine the equations' factor bases (k, q, r), one per equation with a place, into one set per level."""
    return combined_directions(model.equations, model.widths, bases)


def combined_directions(
    equations: Sequence[EquationPlace | None], widths: Sequence[int], bases: Sequence[Array]
) -> list[Directions]:
    """The same for these equations at levels of these numbers of columns."""
    chosen: list[list[tuple[EquationPlace, Array, int]]] = [[] for _ in widths]
    next_index = 0
    for place, basis in zip((p for p in equations if p is not None), bases, strict=True):
        chosen[place.level].append((place, basis, next_index))
        next_index += basis.shape[0]
    return [_embed(parts, width) for parts, width in zip(chosen, widths, strict=True)]


def _embed(parts: list[tuple[EquationPlace, Array, int]], width: int) -> Directions:
    blocks, index, column = [], [], 0
    total = sum(basis.shape[2] for _, basis, _ in parts)
    for place, basis, first in parts:
        block = np.zeros((basis.shape[0], width, total))
        block[:, place.own, column : column + basis.shape[2]] = basis
        blocks.append(block)
        index.append(np.arange(first, first + basis.shape[0]))
        column += basis.shape[2]
    return Directions(np.concatenate(blocks), np.concatenate(index))


def full_bases(model: Model) -> list[Array]:
    return [factor_basis(p.structure, p.q) for p in model.equations if p is not None]


def starting_values(model: Model) -> Array:
    """phi to start from: the best of the method of moments, the same with moderate variances, and two fixed guesses.

    The deviance can have several minima when identity or exchangeable columns differ much in size; the smallest guess
    is close to no random effects at all, so that the fit is not worse than that.
    """
    placed = [place for place in model.equations if place is not None]
    if not placed:
        return np.zeros(0)
    moments = _moment_variances(model)
    guesses = [moments, [np.minimum(v, 25.0) for v in moments]]
    guesses += [[np.where(v > 0.0, size, 0.0) for v in moments] for size in (0.1, 1e-4)]
    candidates = [
        np.concatenate([starting_factor(place.structure, guess[place.level][place.own]) for place in placed])
        for guess in guesses
    ]
    directions = directions_for(model, full_bases(model))
    values = [model.profile.evaluate(phi, directions, order=0).value for phi in candidates]
    return candidates[int(np.nanargmin([*values[:-1], np.nan_to_num(values[-1], nan=np.inf)]))]


def _moment_variances(model: Model) -> list[Array]:
    """Relative variances per level and column, kept within (0.01, 1e8); zero for columns of zeros.

    Squared group sums of the residuals against their expectations: for components Z_c with variance v_c,
    E[e'Z_c Z_c'e] = sigma^2 tr(Z_c Z_c') + sum_d v_d |Z_c'Z_d|^2 (Haseman-Elston regression); every term is in the
    cross-products.  The loss of the fixed effects' degrees of freedom is ignored.
    """
    offsets = np.concatenate([[0], np.cumsum(model.widths)]).astype(int)
    count = int(offsets[-1])
    system, right = np.zeros((count + 1, count + 1)), np.zeros(count + 1)
    n = model.data.n
    system[0, 0] = right[0] = n
    for level, block in enumerate(model.data.levels):
        for a in range(model.widths[level]):
            c = offsets[level] + a
            upto = offsets[level + 1]
            system[c + 1, 1 : upto + 1] = system[1 : upto + 1, c + 1] = (block.products[:upto, a] ** 2).sum(-1)
            system[0, c + 1] = system[c + 1, 0] = block.products[c, a].sum()
            right[c + 1] = (block.products[-1, a] ** 2).sum()
    solution = np.linalg.lstsq(system, right, rcond=None)[0]
    noise = float(solution[0]) if solution[0] > 1e-10 else 0.05
    relative = np.clip(solution[1:] / noise, 0.01, 1e8)
    relative[np.diag(system)[1:] == 0.0] = 0.0
    return [relative[a:b] for a, b in itertools.pairwise(offsets)]
