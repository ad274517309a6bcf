"""``else``: what runs when the ``if`` before it did not."""

from __future__ import annotations

from ..errors import StataError
from ..syntax.tree import Statement
from .context import Context
from .if_ import branch
from .registry import command


@command("else", start="raw", control=True)
def else_(context: Context, statement: Statement) -> None:
    """else { ... }  or  else command  or  else if exp ...

    Run the statements if the condition of the preceding if was false.
    """
    taken, context.frame.branch = context.frame.branch, None
    if taken is None:
        raise StataError("else is not preceded by if", 198)
    rest = statement.rest.strip()
    if taken:
        context.frame.branch = True
        return
    if rest.startswith("if") and not rest[2:3].isalnum():
        start = statement.text.index("if", len(statement.text) - len(statement.rest))
        branch(context, statement, statement.text, start + 2)
    elif statement.body is not None:
        context.run_nodes(statement.body)
    else:
        assert context.runner is not None
        context.runner.run_line(rest)
