"""The random part of a generalized mixed model: variances and covariances from ln sds and atanh correlations.

Tables and e(b) have a row for each variance and covariance, also where a structure makes some of them equal
(identity, exchangeable); the engine has one parameter for those.
"""

from __future__ import annotations

import math

import numpy as np

from ...engine.tails import normal_two_sided
from ...records import record, replace
from ...results.me import MeEquation
from ...results.mixed import RandomParameter
from .._mixed.result import random_parameters, sd_parameter
from .model import MeModel, RandomPart

LARGEST = 709.0                       # exp of more does not fit into a double


@record(eq=False)
class Block:
    """The parameters of one equation as shown: sds of the columns, then correlations, column by column.

    ``places`` (k,): which element of theta each is.  ``pairs`` (k): the columns of each, twice the same for an sd.
    ``part``: the equation with a structure in which every one is a parameter of its own.
    """

    part: RandomPart
    places: np.ndarray
    pairs: tuple[tuple[int, int], ...]


def blocks(model: MeModel) -> list[Block]:
    """One block per equation."""
    at = len(model.fit.beta) + len(model.fit.extra)
    out = []
    for part, own in zip(model.random, model.fit.theta_pairs, strict=True):
        pairs = shown_pairs(part)
        shared = part.structure in ("identity", "exchangeable")
        which = [int(i != j) if shared else k for k, (i, j) in enumerate(pairs)]
        free = {"identity": "independent", "exchangeable": "unstructured"}.get(part.structure, part.structure)
        out.append(Block(replace(part, structure=free), at + np.array(which, dtype=np.int64), pairs))
        at += len(own)
    return out


def shown_pairs(part: RandomPart) -> tuple[tuple[int, int], ...]:
    """The columns of each variance (twice the same) and covariance, column by column."""
    q = len(part.columns)
    pairs = tuple((i, i) for i in range(q))
    if part.structure in ("unstructured", "exchangeable"):
        pairs += tuple((j, i) for j in range(q) for i in range(j + 1, q))
    return pairs


def random_equations(model: MeModel, z: float) -> tuple[MeEquation, ...]:
    """The random part with intervals of ``z`` standard errors in the metric of each kind."""
    out = []
    for part, block in zip(model.random, blocks(model), strict=True):
        here = block.places
        parameters = random_parameters(block.part, model.fit.theta[here], model.V[np.ix_(here, here)], z)
        tests = [_covariance_test(each) for each in parameters]
        out.append(MeEquation(
            part.level, part.path, part.structure, part.columns, parameters,
            tuple(test[0] for test in tests), tuple(test[1] for test in tests),
        ))
    return tuple(out)


def _covariance_test(parameter: RandomParameter) -> tuple[float, float]:
    """z and p of a covariance; variances are not tested."""
    if parameter.kind == "sd":
        return math.nan, math.nan
    ratio = parameter.var.value / parameter.var.se
    return ratio, normal_two_sided(ratio)


def residual_parameter(model: MeModel, z: float) -> RandomParameter | None:
    """The residual variance of a normal outcome, whose ln sd is the last of the further parameters."""
    if not model.plan.family.scaled:
        return None
    at = len(model.fit.beta) + len(model.fit.extra) - 1
    return sd_parameter((f"e.{model.plan.depvar}",), float(model.fit.theta[at]), float(model.V[at, at]), z)


def variance_metric(model: MeModel) -> tuple[np.ndarray, np.ndarray]:
    """(values (m,), jacobian (m, P)): the variances and covariances of all blocks, and their derivatives in theta.

    v_k = exp(2 t_k), c_kl = tanh(a_kl) exp(t_k + t_l).  What lies at its boundary has zero derivatives.
    """
    theta = model.fit.theta
    values, rows = [], []
    for block in blocks(model):
        for place, (i, j) in zip(block.places, block.pairs, strict=True):
            one, other = block.places[i], block.places[j]
            product = math.exp(min(theta[one] + theta[other], LARGEST))
            r = 1.0 if i == j else math.tanh(theta[place])
            cov = r * product if product > 0 and not math.isnan(r) else 0.0
            row = np.zeros(len(theta))
            row[one] += cov
            row[other] += cov
            if i != j and not math.isnan(r):
                row[place] = product * (1 - r * r)
            values.append(cov)
            rows.append(row)
    return np.array(values), np.array(rows).reshape(len(values), len(theta))


def constraints(model: MeModel) -> tuple[tuple[str, str], ...]:
    """Pairs of parameters, by their names in e(b), which a structure makes equal."""
    out = []
    for part, block in zip(model.random, blocks(model), strict=True):
        names = parameter_names(block)
        for place in dict.fromkeys(block.places.tolist()):
            same = [name for name, mine in zip(names, block.places, strict=True) if mine == place]
            out += [(name, same[-1]) for name in same[:-1]] if part.structure != "independent" else []
    return tuple(out)


def parameter_names(block: Block) -> list[str]:
    """``var(x[district])``, ``cov(x[district],_cons[district])``: the names in e(b)."""
    return names_in(block.part, block.pairs)


def names_in(part: RandomPart, pairs: tuple[tuple[int, int], ...]) -> list[str]:
    """The same for the variances and covariances ``pairs`` of an equation."""
    columns = [f"{column}[{part.path}]" for column in part.columns]
    return [f"var({columns[i]})" if i == j else f"cov({columns[i]},{columns[j]})" for i, j in pairs]
