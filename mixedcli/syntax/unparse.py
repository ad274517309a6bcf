"""From trees back to text, in one canonical spelling: parsing the text gives an equal tree."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from . import tree

# How tightly each operator binds; the same order as in grammar/expression.lark.
_LEVELS = (("|",), ("&",), (">", "<", ">=", "<=", "==", "!="), ("+", "-"), ("*", "/"), (), ("^",))
_BINARY = {operator: level for level, operators in enumerate(_LEVELS, 1) for operator in operators}
_NEGATION, _POWER, _INVERSION, _ATOM = 6, 7, 8, 9
_SPACED = {"|", "&", "+", "-", ">", "<", ">=", "<=", "==", "!="}


def unparse(node: Any) -> str:
    """The text of an expression, a varlist term, a varlist (a tuple of terms) or a whole `Statement`."""
    if isinstance(node, tuple):
        return " ".join(unparse(part) for part in node)
    return _WRITERS[type(node)](node)


def quote(text: str) -> str:
    """``text`` as a string literal: in double quotes, or in compound ones if it holds a double quote."""
    return f"`\"{text}\"'" if '"' in text else f'"{text}"'


# ---- expressions ---------------------------------------------------------------------------------------------


def _tightness(node: tree.Expr) -> int:
    if isinstance(node, tree.Binary):
        return _BINARY[node.op]
    if isinstance(node, tree.Unary):
        return _INVERSION if node.op == "!" else _NEGATION
    return _ATOM


def _within(node: tree.Expr, least: int) -> str:
    """``node`` where something at least as tight as ``least`` is wanted."""
    text = unparse(node)
    return text if _tightness(node) >= least else f"({text})"


def _signed(node: tree.Expr) -> str:
    """``node`` as an exponent or the operand of ``!``, which may carry signs of its own."""
    if isinstance(node, tree.Unary):
        return node.op + _signed(node.operand)
    return _within(node, _ATOM)


def _binary(node: tree.Binary) -> str:
    level = _BINARY[node.op]
    left = _within(node.left, level)
    if node.op == "/" and isinstance(node.left, tree.Binary) and node.left.op == "*" and _matrices.get():
        left = f"({left})"
    right = _signed(node.right) if node.op == "^" else _within(node.right, level + 1)
    blank = " " if node.op in _SPACED else ""
    return f"{left}{blank}{node.op}{blank}{right}"


def _unary(node: tree.Unary) -> str:
    if node.op == "!":
        return f"!{_signed(node.operand)}"
    return node.op + _within(node.operand, _NEGATION)


def _number(node: tree.Number) -> str:
    text = repr(node.value)
    return text.removesuffix(".0")


def _index_range(node: tree.IndexRange) -> str:
    last = "." if node.last is None else unparse(node.last)
    return f"{unparse(node.first)}..{last}"


# Whether a matrix expression is being written, where / goes before *.
_matrices: ContextVar[bool] = ContextVar("matrices", default=False)


def _matrix_assignment(node: tree.MatrixAssignment) -> str:
    mark = _matrices.set(True)
    try:
        return _matrix_text(node)
    finally:
        _matrices.reset(mark)


def _matrix_text(node: tree.MatrixAssignment) -> str:
    if node.row is None or node.column is None:
        return f"{node.target} = {unparse(node.exp)}"
    return f"{node.target}[{unparse(node.row)}, {unparse(node.column)}] = {unparse(node.exp)}"


def _coefficient(node: tree.Coefficient) -> str:
    return (f"[{node.equation}]" if node.equation else "") + node.name


def _stored(node: tree.Stored) -> str:
    return f"{node.kind}[{node.key}]" if node.kind.startswith("_") else f"{node.kind}({node.key})"


# ---- varlists ------------------------------------------------------------------------------------------------


def factor_prefix(operator: tree.FactorOperator) -> str:
    """The operator with its dot: ``i.``, ``ib2.``, ``2bn.``, ``i(1 3).``, ``co.``."""
    if operator.kind == "c":
        return "co." if operator.omitted else "c."
    letters = "o" if operator.omitted else ""
    levels = operator.levels
    base = _base(operator)
    if len(levels) == 1:
        # Without the o a single level stands alone: 2.x rather than i2.x.
        return f"io{levels[0]}{base}." if letters else f"{levels[0]}{base}."
    listed = f"({' '.join(map(str, levels))})" if levels else ""
    return f"i{letters}{listed}{base}."


def _base(operator: tree.FactorOperator) -> str:
    if operator.base_at is not None:
        return f"b(#{operator.base_at})"
    if operator.base is None:
        return ""
    if operator.base == "none":
        return "bn"
    if isinstance(operator.base, int):
        return "b" if operator.levels == (operator.base,) else f"b{operator.base}"
    return f"b({operator.base})"


def _interaction(node: tree.Interaction) -> str:
    sign = "##" if node.full else "#"
    return sign.join(unparse(part) for part in node.parts)


# ---- statements ----------------------------------------------------------------------------------------------


def _option(node: tree.OptionText) -> str:
    return node.name if node.args is None else f"{node.name}({node.args})"


def _with_options(text: str, options: tuple[tree.OptionText, ...]) -> str:
    return f"{text}, {' '.join(map(_option, options))}" if options else text


def _equation(node: tree.Equation) -> str:
    terms = f"R.{node.random_factor}" if node.random_factor else unparse(node.terms)
    return _with_options(f"{node.level}:{' ' if terms else ''}{terms}", node.options)


def _in_range(node: tree.InRange) -> str:
    first, last = (("l" if end == -1 else str(end)) for end in (node.first, node.last))
    return f"in {first}" if first == last else f"in {first}/{last}"


def _weight(node: tree.Weight) -> str:
    return f"[{node.kind or 'weight'}={unparse(node.exp)}]"


def _assignment(node: tree.Assignment, argument: str | None) -> str:
    """``argument`` is the text between the parentheses of an egen function."""
    value = unparse(node.exp)
    if argument is not None and isinstance(node.exp, tree.Call):
        value = f"{node.exp.function}({argument})"
    label = f":{node.label}" if node.label else ""
    return f"{node.storage + ' ' if node.storage else ''}{node.target}{label} = {value}"


def _hypothesis(node: tree.Hypothesis, several: bool) -> str:
    text = " = ".join(unparse(side) for side in node.sides)
    return f"({text})" if several and (len(node.sides) > 1 or isinstance(node.sides[0], tree.Binary)) else text


def _word(node: tree.Word) -> str:
    return quote(node.text) if node.quoted else node.text


def _display_value(node: tree.DisplayValue) -> str:
    return f"{node.format + ' ' if node.format else ''}{unparse(node.exp)}"


def _display_directive(node: tree.DisplayDirective) -> str:
    if node.name in ("text", "result", "error", "input"):
        return f"as {node.name}"
    name = {"duplicate": "dup", "comma": ","}.get(node.name, node.name)
    argument = "" if node.argument is None else f"({unparse(node.argument)})"
    return name if name == "," else f"_{name}{argument}"


def _arguments(node: tree.Statement) -> str:
    """What follows the word of a statement that has ``arguments``."""
    hypotheses = sum(isinstance(argument, tree.Hypothesis) for argument in node.arguments)
    return " ".join(
        _hypothesis(argument, hypotheses > 1) if isinstance(argument, tree.Hypothesis) else unparse(argument)
        for argument in node.arguments
    )


def _subject(node: tree.Statement) -> list[str]:
    """What the statement is about: the part before if, in, weight and options."""
    if node.assignment is not None:
        return [_assignment(node.assignment, node.arguments[0].text if node.arguments else None)]
    if node.arguments:
        return [_arguments(node)]
    if node.expressions:
        return [unparse(node.expressions)]
    parts = [unparse(node.varlist)] if node.varlist else []
    return [*parts, f"= {unparse(node.exp)}"] if node.exp is not None else parts


def _statement(node: tree.Statement) -> str:
    parts = [node.word] if node.word else []
    parts += _subject(node)
    # People write if and in after the last equation, and Stata's own output does; the fixed part comes first here.
    if node.condition is not None:
        parts.append(f"if {unparse(node.condition)}")
    if node.in_range is not None:
        parts.append(_in_range(node.in_range))
    if node.weight is not None:
        parts.append(_weight(node.weight))
    if node.using is not None:
        parts.append(f"using {quote(node.using)}")
    text = _with_options(" ".join(parts), node.options)
    return " || ".join([text, *map(_equation, node.equations)]).strip()


_WRITERS: dict[type, Callable[[Any], str]] = {
    tree.Number: _number,
    tree.Missing: lambda node: node.code,
    tree.String: lambda node: quote(node.value),
    tree.Name: lambda node: node.name,
    tree.Subscript: lambda node: f"{node.name}[{unparse(node.index)}]",
    tree.MatrixElement: lambda node: f"{node.name}[{unparse(node.row)}, {unparse(node.column)}]",
    tree.IndexRange: _index_range,
    tree.Submatrix: lambda node: f"{node.name}[{unparse(node.row)}, {unparse(node.column)}]",
    tree.Transposed: lambda node: f"{_within(node.operand, _ATOM)}'",
    tree.Joined: lambda node: f"({f' {node.op} '.join(_within(part, _ATOM) for part in node.parts)})",
    tree.MatrixAssignment: _matrix_assignment,
    tree.DateLiteral: lambda node: f"t{node.unit}({node.text})",
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Call: lambda node: f"{node.function}({', '.join(map(unparse, node.args))})",
    tree.Stored: _stored,
    tree.FactorValue: lambda node: f"{node.level}.{node.name}",
    tree.TimeValue: lambda node: f"{node.operator}.{node.name}",
    tree.Coefficient: _coefficient,
    tree.NamePattern: lambda node: node.pattern,
    tree.NameRange: lambda node: f"{node.first}-{node.last}",
    tree.Operated: lambda node: factor_prefix(node.operator) + unparse(node.operand),
    tree.TimeOperated: lambda node: f"{node.operator}.{unparse(node.operand)}",
    tree.Interaction: _interaction,
    tree.TermGroup: lambda node: f"({unparse(node.terms)})",
    tree.Equation: _equation,
    tree.OptionText: _option,
    tree.InRange: _in_range,
    tree.Weight: _weight,
    tree.Word: _word,
    tree.DisplayValue: _display_value,
    tree.DisplayDirective: _display_directive,
    tree.Statement: _statement,
}
