"""From the parser's reductions to the nodes of `mixedcli.syntax.tree`: matrix.lark.  See `build_terms`."""

from __future__ import annotations

from typing import Any

from .build_terms import checked_name, span_of
from .tree import Expr, IndexRange, Joined, MatrixAssignment, Submatrix, Transposed


class Matrices:
    """matrix.lark; what it has in common with expression.lark is built by `Expressions`."""

    def matrix(self, children: list[Any]) -> MatrixAssignment:
        name, exp = children[0], children[-1]
        row, column = (children[2], children[4]) if len(children) > 3 else (None, None)
        return MatrixAssignment(checked_name(str(name), span_of(name)), exp, row, column, span_of(name, exp))

    def rows_joined(self, children: list[Any]) -> Joined:
        return _joined("\\", children)

    def columns_joined(self, children: list[Any]) -> Joined:
        return _joined(",", children)

    def direct_product(self, children: list[Any]) -> Joined:
        left, _, right = children
        return Joined("#", (left, right), span_of(left, right))

    def transposition(self, children: list[Any]) -> Transposed:
        operand, prime = children
        return Transposed(operand, span_of(operand, prime))

    def submatrix(self, children: list[Any]) -> Submatrix:
        name, _, row, _, column, closing = children
        checked_name(str(name).partition("(")[0], span_of(name))
        return Submatrix("".join(name.split()), row, column, span_of(name, closing))

    def index_range(self, children: list[Any]) -> IndexRange:
        first, points = children[:2]
        last = children[2] if len(children) == 3 else None
        return IndexRange(first, last, span_of(first, points if last is None else last))

    def parameters(self, children: list[Any]) -> list[Expr]:
        if len(children) == 1:
            return children
        listed, _, exp = children
        listed.append(exp)
        return listed


def _joined(op: str, children: list[Any]) -> Joined:
    """One node for a whole row or column, however long: ``1,2,3`` is not ``(1,2),3`` to the depth of the tree."""
    left, _, right = children
    parts = (*left.parts, right) if isinstance(left, Joined) and left.op == op else (left, right)
    return Joined(op, parts, span_of(left, right))
