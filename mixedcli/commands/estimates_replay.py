"""``estimates replay``: print stored results again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..records import record
from ..results.base import Result
from ..syntax.tree import Statement
from . import registry
from ._estimates.common import ACTIVE, find_estimates, stored_names
from .context import Context, Estimates
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Style


@record
class ReplayedModel:
    """``name`` is empty for the active results."""

    name: str
    result: Result


@record
class Replay(Result):
    """The results printed again, in the order asked for."""

    schema: ClassVar[str] = "estimates replay"

    models: tuple[ReplayedModel, ...]


@command("estimates replay", shortest="est r", start="names")
def estimates_replay(context: Context, statement: Statement) -> Replay:
    """estimates replay [names]

    Print the named results again (patterns with * and ? and _all are names too), or the active ones. What is active
    stays so.
    """
    context.options(statement, ())
    words = statement.arguments
    if not words:
        return Replay((ReplayedModel("", replayed(context, context.estimates)),))
    models = []
    for word in words:
        if word.text == ACTIVE:
            models.append(ReplayedModel("", replayed(context, find_estimates(context, word))))
            continue
        names = stored_names(context, (word,))
        models += [ReplayedModel(name, replayed(context, context.state.saved[name])) for name in names]
    return Replay(tuple(models))


def replayed(context: Context, estimates: Estimates) -> Result:
    """What the command of ``estimates`` shows when it is given without arguments."""
    macros = estimates.stored().macros
    name = macros.get("cmd2") or macros.get("cmd", "")
    if name not in registry.command_files():
        return estimates.result
    before = context.state
    context.change(estimates=estimates)
    try:
        result = registry.load(name).run(context, Statement(text=name, word=name))
    finally:
        context.state = before
    return estimates.result if result is None else result


@layout(Replay)
def lay_out(result: Replay, style: Style) -> Document:
    """Every set of results under a heading between two rules as wide as the page."""
    from ..report.document import BLANK, Document, line

    document = Document()
    rule = line("-" * style.linesize)
    for model in result.models:
        heading = f"Model {model.name}" if model.name else "Active results"
        body = registry.layout_of(model.result)(model.result, style)
        document += Document((BLANK, rule, line(heading), rule)) + body
    return document
