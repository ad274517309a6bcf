"""Linear hypotheses about coefficients: from what the user typed to R b = r, and the Wald test of it.

A hypothesis is read over the columns of e(b) as an affine form ``weights @ b + constant``; two sides that are to be
equal give one row of R and one element of r.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...engine.tails import chi2_tail, f_tail
from ...errors import StataError
from ...formats import g
from ...records import record, replace
from ...results.base import Matrix
from ...results.postest import TestResult
from ...results.stripe import StripeName, plain_name
from ...syntax import tree
from ..context import Estimates

if TYPE_CHECKING:
    from ..context import Context

# A constraint whose part not explained by earlier ones is smaller than this, relative to itself, repeats them.
DEPENDENT = 1e-9


@record(eq=False)
class Coefficients:
    """e(b) and e(V): ``b`` of shape (k,), ``V`` of shape (k, k), and the names of the k columns."""

    names: tuple[StripeName, ...]
    b: np.ndarray
    V: np.ndarray

    @classmethod
    def of(cls, estimates: Estimates) -> Coefficients:
        """The coefficients of ``estimates``; r(301) if they have none."""
        matrices = estimates.stored().matrices
        if "b" not in matrices or "V" not in matrices:
            raise StataError("last estimates not found", 301)
        b: Matrix = matrices["b"]
        V = matrices["V"].values
        # A coefficient without a variance is as good as omitted.
        return cls(b.columns, b.values.reshape(-1), np.where(np.isfinite(V), V, 0.0))

    @property
    def equations(self) -> tuple[str, ...]:
        """The names of the equations, in order."""
        return tuple(dict.fromkeys(name.equation for name in self.names))

    def combined(self, weights: np.ndarray) -> np.ndarray:
        """``weights @ b`` for weights of shape (k,) or (rows, k).

        A correlation at its boundary is infinite in e(b); a combination that leaves it out must not see it.
        """
        used = (weights != 0).reshape(-1, len(self.b)).any(axis=0)
        return np.asarray(weights @ np.where(used, self.b, 0.0))

    def estimated(self, position: int) -> bool:
        """False for base levels and omitted terms, whose variance is zero."""
        return bool(self.V[position, position] > 0)

    def equation(self, typed: str) -> str:
        """The equation called ``typed``, or number k for ``#k``; r(111) if there is none."""
        equations = self.equations
        if typed in equations:
            return typed
        number = typed.removeprefix("#")
        if typed.startswith("#") and number.isdigit() and 1 <= int(number) <= len(equations):
            return equations[int(number) - 1]
        raise StataError(f"equation {typed} not found", 111)

    def positions(self, node: tree.Coefficient) -> list[int]:
        """The columns that ``node`` names: in one equation if it says which, in all equations otherwise.

        An equation without a name stands for all its coefficients but the constant.
        """
        if node.equation == "/" and "/" not in self.equations:
            # Up to version 14 such a parameter is an equation with a constant.
            return [i for i, name in enumerate(self.names) if name.equation == self.equation(node.name)]
        equation = self.equation(node.equation) if node.equation else None
        columns = [i for i, name in enumerate(self.names) if equation is None or name.equation == equation]
        if not node.name:
            return [i for i in columns if self.names[i].name != "_cons"]
        wanted = plain_name(node.name)
        found = [i for i in columns if plain_name(self.names[i].name) == wanted]
        if not found:
            where = f"[{equation}]" if equation is not None else ""
            raise StataError(f"{where}{node.name} not found", 111, node.span)
        return found


@record(eq=False)
class Affine:
    """``weights @ b + constant``: ``weights`` has shape (k,), one per column of e(b)."""

    weights: np.ndarray
    constant: float

    @property
    def is_constant(self) -> bool:
        return not self.weights.any()


@record(eq=False)
class Constraints:
    """R b = r: ``R`` has shape (m, k), ``r`` shape (m,)."""

    R: np.ndarray
    r: np.ndarray

    def __add__(self, other: Constraints) -> Constraints:
        return Constraints(np.vstack([self.R, other.R]), np.concatenate([self.r, other.r]))


# ---- from the tree to affine forms -----------------------------------------------------------------------------


class Reader:
    """Reads expressions over the coefficients of one set of estimates.

    ``lookup(kind, key)`` gives the value of ``e(N)``, ``r(mean)``, ``_se[x]`` and the like.
    """

    def __init__(self, coefficients: Coefficients, lookup: Callable[[str, str], object]) -> None:
        self.coefficients = coefficients
        self.lookup = lookup

    def affine(self, node: tree.Expr) -> Affine:
        """``node`` as an affine form; r(131) if it is not linear in the coefficients."""
        if isinstance(node, tree.Number):
            return self._constant(node.value)
        if isinstance(node, tree.Coefficient):
            return self._coefficient(node)
        if isinstance(node, tree.Stored):
            return self._constant(self._stored(node))
        if isinstance(node, tree.Unary) and node.op in "+-":
            operand = self.affine(node.operand)
            return operand if node.op == "+" else Affine(-operand.weights, -operand.constant)
        if isinstance(node, tree.Binary):
            return self._binary(node)
        raise StataError("invalid syntax", 198, node.span)

    def _constant(self, value: float) -> Affine:
        return Affine(np.zeros(len(self.coefficients.names)), float(value))

    def _coefficient(self, node: tree.Coefficient) -> Affine:
        if not node.name:
            raise StataError("invalid syntax", 198, node.span)
        form = self._constant(0.0)
        form.weights[self.coefficients.positions(node)[0]] = 1.0
        return form

    def _stored(self, node: tree.Stored) -> float:
        value = self.lookup(node.kind, node.key)
        if not isinstance(value, float):
            raise StataError(f"{node.kind}({node.key}) not found", 111, node.span)
        return value

    def _binary(self, node: tree.Binary) -> Affine:
        left, right = self.affine(node.left), self.affine(node.right)
        with np.errstate(all="ignore"):
            return self._combined(node, left, right)

    def _combined(self, node: tree.Binary, left: Affine, right: Affine) -> Affine:
        if node.op in ("+", "-"):
            sign = 1.0 if node.op == "+" else -1.0
            return Affine(left.weights + sign * right.weights, left.constant + sign * right.constant)
        if node.op == "*" and (left.is_constant or right.is_constant):
            factor, form = (left, right) if left.is_constant else (right, left)
            return Affine(factor.constant * form.weights, factor.constant * form.constant)
        if node.op == "/" and right.is_constant:
            if right.constant == 0:
                raise StataError("division by zero", 198, node.span)
            return Affine(left.weights / right.constant, left.constant / right.constant)
        if node.op == "^" and left.is_constant and right.is_constant:
            return self._constant(_power(left.constant, right.constant, node.span))
        raise StataError("not possible with test", 131, node.span)


def _power(base: float, exponent: float, span: tree.Span) -> float:
    with np.errstate(all="ignore"):
        value = float(np.power(base, exponent))
    if not np.isfinite(value):
        raise StataError("invalid syntax", 198, span)
    return value


def read_constraints(hypotheses: Sequence[tree.Hypothesis], reader: Reader, constant: bool = False) -> Constraints:
    """R and r of the hypotheses in the order typed.

    A coefficient standing alone is tested against zero in every equation that has it, an equation in all its
    coefficients (``constant``: and its constant).  Sides set equal give one row for each side after the first.
    """
    rows: list[Affine] = []
    for hypothesis in hypotheses:
        sides = hypothesis.sides
        if len(sides) == 1 and isinstance(sides[0], tree.Coefficient):
            rows += _zero(_named(sides[0], reader.coefficients, constant), reader.coefficients)
        elif len(sides) == 1:
            rows.append(reader.affine(sides[0]))
        else:
            forms = [reader.affine(side) for side in sides]
            rows += [_difference(forms[0], form) for form in forms[1:]]
    return stack(rows, len(reader.coefficients.names))


def _named(node: tree.Coefficient, coefficients: Coefficients, constant: bool) -> list[int]:
    positions = coefficients.positions(node)
    if constant and not node.name:
        equation = coefficients.equation(node.equation)
        positions = [i for i, name in enumerate(coefficients.names) if name.equation == equation]
    return positions


def _zero(positions: Iterable[int], coefficients: Coefficients) -> list[Affine]:
    unit = np.eye(len(coefficients.names))
    return [Affine(unit[i], 0.0) for i in positions]


def _difference(left: Affine, right: Affine) -> Affine:
    return Affine(left.weights - right.weights, left.constant - right.constant)


def stack(rows: Sequence[Affine], k: int) -> Constraints:
    """Affine forms that are to be zero, as R b = r over ``k`` coefficients; r(504) for numbers too large."""
    R = np.array([form.weights for form in rows]).reshape(len(rows), k)
    r = np.array([0.0 - form.constant for form in rows])
    if not (np.isfinite(R).all() and np.isfinite(r).all()):
        raise StataError("constraint has missing values", 504)
    return Constraints(R, r)


# ---- the Wald test ---------------------------------------------------------------------------------------------


def independent_rows(R: np.ndarray, V: np.ndarray) -> np.ndarray:
    """Which rows of R (shape (m, k)) add to the rank of R V R': bool, shape (m,), the first of dependent ones kept.

    The rows are orthogonalised in the metric of V, after its columns are scaled to unit variance.
    """
    factor = R @ _square_root(V)
    basis: list[np.ndarray] = []
    keep = np.zeros(len(R), dtype=bool)
    for i, row in enumerate(factor):
        size = np.linalg.norm(row)
        rest = row.copy()
        for _ in range(2):   # once more, because one pass leaves rounding errors
            for direction in basis:
                rest -= (rest @ direction) * direction
        left = np.linalg.norm(rest)
        if size > 0 and left > DEPENDENT * size:
            keep[i] = True
            basis.append(rest / left)
    return keep


def _square_root(V: np.ndarray) -> np.ndarray:
    """A with V = A A', shape (k, k); V may be singular, and its variables of very different scale."""
    scale = np.sqrt(np.maximum(np.diag(V), 0.0))
    safe = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(V / np.outer(safe, safe))
    # An eigenvalue that is only rounding error is zero: its direction has no variance.
    values = np.where(values > 1e-14 * len(values), values, 0.0)
    return scale[:, None] * vectors * np.sqrt(values)


def wald(constraints: Constraints, coefficients: Coefficients) -> tuple[float, np.ndarray]:
    """The Wald chi2 of R b = r without its dependent rows (nan if none is left), and which rows were kept (bool)."""
    keep = independent_rows(constraints.R, coefficients.V)
    if not keep.any():
        return float("nan"), keep
    R = constraints.R[keep]
    distance = coefficients.combined(R) - constraints.r[keep]
    factor = R @ _square_root(coefficients.V)
    _, upper = np.linalg.qr(factor.T)
    z = np.linalg.solve(upper.T, distance)
    return float(z @ z), keep


def wald_test(
    context: Context, constraints: Constraints, coefficients: Coefficients, df_r: float | None = None
) -> TestResult:
    """The test of ``constraints``, which are kept as the last test: chi2, or F when there are residual degrees of
    freedom (``df_r``, else e(df_r))."""
    if df_r is None:
        df_r = context.estimates.stored().scalars.get("df_r")
    remember(context, constraints)
    return wald_result(constraints, coefficients, df_r)


def wald_result(constraints: Constraints, coefficients: Coefficients, df_r: float | None) -> TestResult:
    """The Wald test of ``constraints``: chi2, or F with ``df_r`` denominator degrees of freedom."""
    chi2, keep = wald(constraints, coefficients)
    df = int(np.count_nonzero(keep))
    if df_r is None:
        statistic, p = chi2, chi2_tail(chi2, df)
    else:
        statistic = chi2 / df if df else math.nan
        p = f_tail(statistic, df, df_r) if df else math.nan
    return TestResult(
        constraints=constraint_texts(constraints, coefficients),
        statistic=statistic,
        df=df,
        p=p,
        df_r=df_r,
        dropped=tuple(int(i) + 1 for i in np.flatnonzero(~keep)),
    )


# ---- how constraints are written -------------------------------------------------------------------------------


def coefficient_text(name: StripeName) -> str:
    """``[gcse]lrt``, or ``lrt`` where e(b) has no equations."""
    return f"[{name.equation}]{name.name}" if name.equation else name.name


def constraint_text(weights: np.ndarray, r: float, names: Sequence[StripeName]) -> str:
    """One constraint, its terms in the order of e(b): ``- [y]a + 2*[y]b = 1``."""
    text = ""
    for name, weight in zip(names, weights.tolist(), strict=True):
        if weight == 0:
            continue
        times = "" if abs(weight) == 1 else f"{g(abs(weight))}*"
        sign = "- " if weight < 0 else "+ " if text else ""
        text += f"{sign}{times}{coefficient_text(name)} "
    return f"{text or '0 '}= {g(float(r) + 0.0)}"


def constraint_texts(constraints: Constraints, coefficients: Coefficients) -> tuple[str, ...]:
    """Every constraint as it is printed."""
    rows = zip(constraints.R, constraints.r, strict=True)
    return tuple(constraint_text(weights, float(r), coefficients.names) for weights, r in rows)


# ---- the last test ---------------------------------------------------------------------------------------------


@record
class TestedEstimates(Estimates):
    """Estimates that remember the last test made of them, for ``accumulate``; new estimates remember nothing."""

    constraints: Constraints | None = None


def remember(context: Context, constraints: Constraints) -> None:
    """Keep ``constraints`` as those of the last test of the active estimates."""
    now = context.estimates
    if isinstance(now, TestedEstimates):
        context.change(estimates=replace(now, constraints=constraints))
    else:
        context.change(estimates=TestedEstimates(now.result, now.model, now.sample, now.name, now.added, constraints))


def remembered(context: Context) -> Constraints:
    """The constraints of the last test; ``last test not found`` r(302) if there was none."""
    now = context.estimates
    if isinstance(now, TestedEstimates) and now.constraints is not None:
        return now.constraints
    raise StataError("last test not found", 302)
