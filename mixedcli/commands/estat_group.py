"""``estat group``: how many groups each level has, and how large they are."""

from __future__ import annotations

from ..report.document import Document, Style
from ..results.mixed import GroupLevel
from ..results.postest import GroupResult
from ..syntax.tree import Statement
from ._mixed.estat import mixed_model
from .context import Context
from .registry import command, layout


@command("estat group", shortest="estat gr")
def estat_group(context: Context, statement: Statement) -> GroupResult:
    """Show the number of groups of each level and the least, mean and most observations in a group."""
    context.options(statement, ())
    levels = mixed_model(context).levels
    return GroupResult(
        tuple(
            GroupLevel(p.level, p.groups.count, p.groups.minimum, p.groups.mean, p.groups.maximum) for p in levels
        )
    )


@layout(GroupResult)
def lay_out(result: GroupResult, style: Style) -> Document:
    from ..report.postest import group_document

    return group_document(result, style)
