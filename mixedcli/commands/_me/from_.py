"""from(A): where the search for a generalized mixed model begins."""

from __future__ import annotations

import math

import numpy as np

from ...engine.structure import parameter_pairs
from ...errors import StataError
from ...results.base import Matrix
from .._ml.model import MlData
from ..context import Context
from .model import RandomPart, starting_matrix, starting_values
from .plan import MePlan

# A variance of zero, or a correlation of one, is no place to begin: the search could not leave it.
_SMALLEST, _LARGEST = 1e-6, 0.99


def starting_theta(
    context: Context, plan: MePlan, data: MlData, random: tuple[RandomPart, ...], extra: tuple[str, ...]
) -> np.ndarray:
    """Theta from a matrix: an e(b) of the me commands, known by its variances' names, or else the elements of theta.

    Theta are coefficients, further parameters, ln sds and atanh correlations.
    Raises r(111) for an unknown matrix or a name that it lacks, r(503) for a wrong number of elements, r(504) for
    missing values.
    """
    name = plan.options["from"].strip()
    named = _by_name(starting_matrix(context, name), plan.depvar)
    if any(key.startswith("/var(") for key in named):
        return _from_variances(named, name, plan, data, random, extra)
    size = data.design.X.shape[1] + len(extra)
    size += sum(len(parameter_pairs(part.structure, len(part.terms))) for part in random)
    return starting_values(context, name, size)


def _by_name(matrix: Matrix, depvar: str) -> dict[str, float]:
    """The elements of a row vector by the names of their columns; ``/name`` for parameters outside the fixed part."""
    out = {}
    for column, value in zip(matrix.columns, matrix.values[0], strict=True):
        if column.equation == "/":
            key = f"/{column.name}"
        else:
            key = column.name if column.equation in ("", depvar) else f"/{column.equation}"
        out[key] = float(value)
    return out


def _from_variances(
    named: dict[str, float], name: str, plan: MePlan, data: MlData, random: tuple[RandomPart, ...],
    extra: tuple[str, ...],
) -> np.ndarray:
    def value(key: str) -> float:
        if key not in named:
            raise StataError(f"matrix {name} has no column {key.lstrip('/')}", 111)
        return named[key]

    def ln_sd(key: str) -> float:
        return 0.5 * math.log(max(value(key), _SMALLEST))

    out = [value(data.design.terms[int(k)].name) for k in data.design.columns]
    scaled = plan.family.scaled
    out += [value(f"/{each}") for each in (extra[:-1] if scaled else extra)]
    out += [ln_sd(f"/var(e.{plan.depvar})")] if scaled else []
    for part in random:
        columns = [f"{column}[{part.path}]" for column in part.columns]
        for i, j in parameter_pairs(part.structure, len(part.terms)):
            if i == j:
                out.append(ln_sd(f"/var({columns[i]})"))
                continue
            size = math.exp(ln_sd(f"/var({columns[i]})") + ln_sd(f"/var({columns[j]})"))
            r = value(f"/cov({columns[j]},{columns[i]})") / size
            out.append(math.atanh(min(max(r, -_LARGEST), _LARGEST)))
    return np.array(out)
