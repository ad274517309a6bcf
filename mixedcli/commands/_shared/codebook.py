"""How `codebook` draws its entries: keys right-justified before a colon, a second key to their right, and tables below.

From version 17 on keys begin with a capital and one blank follows the colon; before, two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...formats import format_number, g

if TYPE_CHECKING:
    from ...report.document import Style
    from ..codebook import Codebook, VariableBook

_KEY, _SECOND = 22, 59               # the columns in which the two keys end, before their colons
_DATES = {"d": "daily", "w": "weekly", "m": "monthly", "q": "quarterly", "h": "halfyearly", "y": "yearly", "c": "clock",
          "C": "clock"}


def lines(result: Codebook, style: Style) -> list[str]:
    return [line for book in result.variables for line in _Page(book, style).lines()]


class _Page:
    """The entry of one variable."""

    def __init__(self, book: VariableBook, style: Style) -> None:
        self.book, self.style = book, style
        self.new = style.version >= 17
        self.gap = " " if self.new else "  "

    def lines(self) -> list[str]:
        book, rule = self.book, "-" * self.style.linesize
        out = ["", rule, *self._title(), rule, "", self._entry("Type", self._type())]
        if book.value_label:
            out.append(self._entry("Label", self._label()))
        out += ["", *self._counts()]
        if book.entries is not None:
            out += ["", *self._tabulation()]
        elif book.examples:
            out += ["", *self._examples()]
        elif not book.is_string:
            out += ["", *self._moments()]
        if book.problems:
            out += ["", self._entry("Warning", self._warning())]
        return out

    # ---- pieces ----

    def _key(self, name: str, end: int = _KEY) -> str:
        return f"{name if self.new else name[0].lower() + name[1:]:>{end}}:{self.gap}"

    def _entry(self, key: str, text: str, second: str = "", more: str = "") -> str:
        first = f"{self._key(key)}{text}"
        if not second:
            return first
        width = _SECOND - len(first)
        return f"{first}{second if self.new else second[0].lower() + second[1:]:>{width}}:{self.gap}{more}"

    def _title(self) -> list[str]:
        label = self.book.label or "(unlabeled)"
        room = self.style.linesize - len(self.book.name)
        if len(label) < room:
            return [f"{self.book.name}{label:>{room}}"]
        return [self.book.name, label[: self.style.linesize].rjust(self.style.linesize)]

    def _type(self) -> str:
        book = self.book
        if book.is_string:
            longest = f", but longest is str{book.longest}" if book.storage not in ("strL", f"str{book.longest}") else ""
            return f"{'String' if self.new else 'string'} ({book.storage}){longest}"
        date = _DATES.get(self._date(), "")
        return f"{'Numeric' if self.new else 'numeric'} {f'{date} date ' if date else ''}({book.storage})"

    def _date(self) -> str:
        match = re.match(r"%-?(?:t(\w)|(d))", self.book.format)
        return (match[1] or match[2]) if match else ""

    def _label(self) -> str:
        book = self.book
        if not book.label_exists:
            return f"{book.value_label}, but label does not exist"
        if book.unlabelled:
            one = book.unlabelled == 1
            return f"{book.value_label}, but {book.unlabelled} nonmissing value{' is' if one else 's are'} not labeled"
        return book.value_label

    def _count(self, n: int) -> str:
        return f"{n:,d}" if self.style.version >= 14 else str(n)

    def _counts(self) -> list[str]:
        book = self.book
        share = f"/{self._count(book.N)}"
        out = []
        if not book.is_string and book.known:
            out.append(self._entry("Range", f"[{g(book.min)},{g(book.max)}]", "Units", g(book.unit, 10)))
            if self._date():
                ends = ",".join(format_number(x, book.format).strip() for x in (book.min, book.max))
                out.append(self._entry("Or equivalently", f"[{ends}]"))
        missing = 'Missing ""' if book.is_string else "Missing ."
        out.append(self._entry("Unique values", self._count(book.unique), missing, self._count(book.missing) + share))
        if book.codes:
            extended = self._count(book.extended) + share
            out.append(self._entry("Unique mv codes", str(book.codes), "Missing .*", extended))
        return out

    def _tabulation(self) -> list[str]:
        book = self.book
        assert book.entries is not None
        edge = _KEY + 1 + len(self.gap) + 5
        if not book.value_label or not book.label_exists:
            rows = [f"{self._count(e.frequency):>{edge}}  {e.value}" for e in book.entries]
            return [f"{self._key('Tabulation')}Freq.  Value", *rows]
        rows = [f"{self._count(e.frequency):>{edge}}{e.value:>10}  {e.label}" for e in book.entries]
        return [f"{self._key('Tabulation')}Freq.   Numeric  Label", *rows]

    def _examples(self) -> list[str]:
        margin = " " * (_KEY + 1) + self.gap
        texts = [e.value if self.book.is_string else f"{e.value:<5} {e.label}" for e in self.book.examples]
        return [f"{self._key('Examples')}{texts[0]}", *(margin + text for text in texts[1:])]

    def _moments(self) -> list[str]:
        book = self.book
        width = 0 if self.new else 8
        edges = (8 if self.new else 11, 10)
        cells = [g(x, 8) for x in book.percentiles]
        heads = [f"{p}%" for p in (10, 25, 50, 75, 90)]
        return [
            self._entry("Mean", f"{g(book.mean, 8):>{width}}"),
            self._entry("Std. dev.", f"{g(book.sd, 8):>{width}}") if self.new
            else f"{'std. dev':>{_KEY}}:{self.gap}{g(book.sd, 8):>{width}}",
            "",
            f"{'Percentiles' if self.new else 'percentiles':>{_KEY}}:" + _across(heads, edges),
            " " * (_KEY + 1) + _across(cells, edges),
        ]

    def _warning(self) -> str:
        problems = self.book.problems
        joined = problems[0] if len(problems) == 1 else ", ".join(problems[:-1]) + ", and " + problems[-1]
        if len(problems) == 2:
            joined = " and ".join(problems)
        return f"Variable has {joined} blanks." if self.new else f"variable has {joined} blanks"


def _across(texts: Sequence[str], edges: tuple[int, int]) -> str:
    first, other = edges
    return f"{texts[0]:>{first}}" + "".join(f"{text:>{other}}" for text in texts[1:])


# ---- compact -------------------------------------------------------------------------------------------------


def compact_lines(result: Codebook, style: Style) -> list[str]:
    """One line per variable; every column is as wide as its contents."""
    heads = ("Variable", "Obs", "Unique", "Mean", "Min", "Max")
    rows = [
        (b.name, str(b.known), str(b.unique), *(g(x) for x in (b.mean, b.min, b.max))) for b in result.variables
    ]
    widths = [max(len(row[k]) for row in (heads, *rows)) for k in range(len(heads))]
    gaps = (0, 2, 1, 2, 2, 2)

    def line(cells: tuple[str, ...], label: str) -> str:
        parts = [f"{cells[0]:<{widths[0]}}"]
        parts += [" " * gap + f"{cell:>{w}}" for cell, w, gap in zip(cells[1:], widths[1:], gaps[1:], strict=True)]
        text = "".join(parts) + "  "
        return (text + label[: max(style.linesize - len(text), 8)]).rstrip()

    rule = "-" * style.linesize
    body = [line(row, book.label) for row, book in zip(rows, result.variables, strict=True)]
    return ["", line(heads, "Label"), rule, *body, rule]
