"""What the duplicates commands share: the groups of equal observations, the heading, the table of list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...data.columns import group_codes
from ...records import record
from ...results.base import Result, Stored
from ...syntax.spec import Kind, Option
from ...syntax.tree import Statement
from ..list import rule_positions
from ..registry import layout
from .listing import Heading, table
from .tables import chosen_names, chosen_rows, is_left, page, paragraph, refuse, values_text

if TYPE_CHECKING:
    from ...report.document import Document, Style
    from ..context import Context

LIST_OPTIONS = (
    Option("separator", "sep", Kind.INTEGER, low=0, help="draw a rule after every # observations; default 5"),
    Option("sepby", "sepby", Kind.VARLIST, help="draw a rule where these variables change"),
    Option("abbreviate", "ab", Kind.INTEGER, low=5, help="shortest width to which names are cut; default 8"),
    Option("nolabel", "nol", help="show values, not their labels"),
    Option("clean", "c", help="a table without rules"),
    Option("noheader", "noh", help="do not show the names of the variables"),
    Option("table", "t", help="accepted: there is no other form"),
    Option("force", "force", help="accepted and ignored"),
)


@record(eq=False)
class Groups:
    """The observations looked at and the groups of equal ones.

    ``names``: the variables compared; ``everything``: all of them, because none was named.  ``rows``: row numbers.
    ``codes``: the group of each, in the order of the values.  ``sizes``: of each group.
    """

    names: tuple[str, ...]
    everything: bool
    rows: np.ndarray
    codes: np.ndarray
    sizes: np.ndarray

    @property
    def copies(self) -> np.ndarray:
        """For each row how often its observation occurs; shape (m,)."""
        return self.sizes[self.codes]

    @property
    def where(self) -> str:
        return "all variables" if self.everything else " ".join(self.names)

    @property
    def first(self) -> np.ndarray:
        """Whether a row is the first of its group: bool, shape (m,)."""
        out = np.zeros(len(self.codes), dtype=bool)
        out[np.unique(self.codes, return_index=True)[1]] = True
        return out


def equal_observations(context: Context, statement: Statement) -> Groups:
    """The groups of equal observations in ``[varlist] [if] [in]``; missing values are equal to each other."""
    refuse(statement, using=True)
    names = tuple(dict.fromkeys(chosen_names(context, statement)))
    rows = chosen_rows(context, statement)
    if names:
        codes, first = group_codes([context.data.columns[name] for name in names], rows)
        sizes = np.bincount(codes, minlength=len(first))
    else:
        codes, sizes = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return Groups(names, not statement.varlist, rows, codes, sizes)


def heading(where: str, style: Style) -> list[str]:
    """The line that all begin with, and the blank lines around it."""
    return ["", *paragraph(f"Duplicates in terms of {where}", 0, 4, style.linesize)]


# ---- list and examples ---------------------------------------------------------------------------------------


@record
class DuplicateList(Result):
    """Duplicated observations, or one of each group.

    ``groups``: the number of each group, ``counts``: how often it occurs (only for examples), ``observations``: from 1.
    ``variables``: name, texts and whether they stand at the left.  ``rules_before`` as in `list`.
    """

    where: str
    groups: tuple[int, ...]
    counts: tuple[int, ...] | None
    observations: tuple[int, ...]
    variables: tuple[tuple[str, tuple[str, ...], bool], ...]
    rules_before: tuple[int, ...] = ()
    shortest: int = 8
    clean: bool = False
    header: bool = True

    def stored(self) -> Stored:
        return Stored("r")


def listed(context: Context, statement: Statement, examples: bool) -> DuplicateList:
    """The observations that occur more than once, by group; with ``examples`` the first of each."""
    options = context.options(statement, LIST_OPTIONS)
    groups = equal_observations(context, statement)
    repeated = np.flatnonzero(groups.copies > 1)
    if examples:
        repeated = repeated[groups.first[repeated]]
    repeated = repeated[np.argsort(groups.codes[repeated], kind="stable")]
    numbers = np.unique(groups.codes[repeated], return_inverse=True)[1] + 1
    rows = groups.rows[repeated]
    data = context.data
    variables = tuple(
        (name, tuple(values_text(data, data.columns[name], rows, bool(options["nolabel"]))), is_left(data.columns[name]))
        for name in groups.names
    )
    return DuplicateList(
        where=groups.where,
        groups=tuple(numbers.tolist()),
        counts=tuple(groups.copies[repeated].tolist()) if examples else None,
        observations=tuple((rows + 1).tolist()),
        variables=variables,
        rules_before=rule_positions(context, rows, options["separator"], options["sepby"]),
        shortest=options["abbreviate"] or 8,
        clean=bool(options["clean"]),
        header=not options["noheader"],
    )


@layout(DuplicateList)
def lay_out_list(result: DuplicateList, style: Style) -> Document:
    lines = heading(result.where, style)
    if not result.observations:
        return page([*lines, "", "(0 observations are duplicates)"])
    modern = style.version >= 17
    numbers = [("Group" if modern else "group:", result.groups)]
    if result.counts is not None:
        numbers.append(("Count" if modern else "#", result.counts))
        numbers.append(("Obs" if modern else "e.g. obs", result.observations))
    else:
        numbers.append(("Obs" if modern else "obs:", result.observations))
    columns = [(name, tuple(str(each) for each in values), False) for name, values in numbers]
    headings = [Heading.of(name, texts, left, 8 if k < len(numbers) else result.shortest)
                for k, (name, texts, left) in enumerate([*columns, *result.variables])]
    cells = list(zip(*(texts for _, texts, _ in [*columns, *result.variables]), strict=True))
    margins = ["  "] * len(cells)
    body = table(headings, cells, margins, set(result.rules_before), style.linesize, result.clean, result.header)
    return page([*lines, *body])
