"""display: strings and values of expressions, with formats and places on the line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from ..data.storage import MISSING
from ..errors import StataError, type_mismatch
from ..formats import g, parse_format
from ..records import record, replace
from ..results.base import Result
from ..syntax.tree import DisplayDirective, DisplayValue, Statement
from ._shared.tables import in_format, page
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context

_STYLES = frozenset(("text", "result", "error", "input"))
_MOST = 100_000          # a line longer than this is surely a mistake


@record
class Piece:
    """A run of text and its style; ``value`` is the number or string it came from (None for blanks)."""

    text: str
    style: str = "text"
    value: float | str | None = None


@record
class Display(Result):
    """What was displayed, line by line; ``continues``: the last line is to be continued by the next display."""

    schema: ClassVar[str] = "display"

    lines: tuple[tuple[Piece, ...], ...]
    continues: bool = False

    @property
    def values(self) -> tuple[float | str, ...]:
        return tuple(piece.value for line in self.lines for piece in line if piece.value is not None)


@command("display", shortest="di", start="expressions")
def display(context: Context, statement: Statement) -> Display:
    """display [[%fmt] expression | "text" | as style | _col(#) _skip(#) _newline(#) _dup(#) _char(#) _continue] ...:
    show text and the values of expressions."""
    writer = _Writer(context)
    for item in statement.arguments:
        writer.take(item)
    return Display(tuple(tuple(line) for line in writer.lines), writer.continues)


class _Writer:
    """Puts the items of one display on lines."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.environment = replace(context.environment(), display=True)
        self.lines: list[list[Piece]] = [[]]
        self.style = "text"
        self.times = 1
        self.continues = False
        self.quoted = False
        self.linesize = context.settings.linesize

    def take(self, item: DisplayValue | DisplayDirective) -> None:
        if isinstance(item, DisplayValue):
            self.show(item)
        elif item.name in _STYLES:
            self.style = item.name
        elif item.name == "comma":
            self.write(" ")
        elif item.name == "continue":
            self.continues = True
        elif item.name == "quote":
            self.quoted = True
        else:
            self.place(item)

    @property
    def column(self) -> int:
        """How many characters stand on the line."""
        return sum(len(piece.text) for piece in self.lines[-1])

    def write(self, text: str, value: float | str | None = None) -> None:
        if len(text) > _MOST:
            raise StataError("expression too long", 130)
        self.lines[-1].append(Piece(text, self.style, value))

    def show(self, item: DisplayValue) -> None:
        from ..expr.evaluate import evaluate_scalar

        value = evaluate_scalar(item.exp, self.context.data, self.environment)
        text = self.text(value, item)
        for _ in range(self.times):
            self.write(text, value if isinstance(value, str) or abs(value) < MISSING else math.nan)
        self.times = 1

    def text(self, value: float | str, item: DisplayValue) -> str:
        """A value in the item's format; without one a number is shown as by %10.0g, without blanks."""
        if isinstance(value, str):
            from ._shared.smcl import plain

            if self.quoted:
                self.quoted = False
                value = f'`"{value}"\''
            value = plain(value, self.linesize, self.column)
        if item.format is None:
            return value if isinstance(value, str) else g(value, 10)
        parts = parse_format(item.format)
        if parts is None:
            raise StataError("invalid %format", 120, item.span)
        if (parts.kind == "s") != isinstance(value, str):
            if isinstance(value, str):
                raise type_mismatch(item.span)
            return g(value, 10).ljust(parts.width) if parts.left else g(value, 10).rjust(parts.width)
        return in_format(value, item.format)

    def place(self, item: DisplayDirective) -> None:
        """_newline, _skip, _column, _dup, _char, _asis."""
        count = self.number(item)
        if item.name == "newline":
            self.lines.extend([] for _ in range(min(count, _MOST)))
        elif item.name == "skip":
            self.write(" " * count)
        elif item.name == "column":
            self.write(" " * max(count - 1 - self.column, 0))
        elif item.name == "duplicate":
            self.times = min(max(count, 0), _MOST)
        elif item.name == "char":
            self.write(chr(count) if 0 < count < 0x110000 else "")

    def number(self, item: DisplayDirective) -> int:
        """The whole number in the parentheses of a directive; 1 without parentheses."""
        from ..expr.evaluate import evaluate_scalar

        if item.argument is None:
            return 1
        value = evaluate_scalar(item.argument, self.context.data, self.environment)
        if isinstance(value, str):
            raise type_mismatch(item.span)
        return int(value) if abs(value) <= _MOST else 0


@layout(Display)
def lay_out(result: Display, style: Style) -> Document:
    from ..records import replace
    from ..report.document import COMMAND, ERROR, PLAIN, RESULT, Span, line

    styles = {"text": PLAIN, "result": RESULT, "error": ERROR, "input": COMMAND}
    printed = page(line(*(Span(p.text, styles[p.style]) for p in pieces if p.text)) for pieces in result.lines)
    return replace(printed, continues=result.continues)
