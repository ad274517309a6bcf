"""generate: a new variable from an expression."""

from __future__ import annotations

from ..data.columns import missing_rows
from ..errors import StataError
from ..expr.evaluate import evaluate
from ..expr.names import resolve_variable
from ..expr.sample import sample_mask
from ..records import replace
from ..syntax.spec import Kind, Option
from ..syntax.tree import Statement
from ._shared.data import Generated, check_name, check_new_variable, make_column, moved, with_order
from .context import Context
from .registry import command

OPTIONS = (
    Option("before", "be", Kind.NAME, help="put the new variable before this one"),
    Option("after", "a", Kind.NAME, help="put the new variable after this one"),
)


@command("generate", shortest="g", start="assignment", options=OPTIONS, by="native")
def generate(context: Context, statement: Statement) -> Generated:
    """generate [type] newvar[:lblname] = exp [if] [in] [, before(varname) after(varname)]

    Create a variable.  Without a type it is a float (see `set type`), or a str# just wide enough.  Arithmetic is done
    in double precision.  Observations outside if and in become missing.
    """
    options = context.options(statement, OPTIONS)
    assignment = statement.assignment
    if assignment is None:
        raise StataError("=exp required", 100)
    data, env = context.data, context.environment()
    check_new_variable(assignment.target, data, assignment.span)
    if assignment.label:
        check_name(assignment.label, assignment.span)
    rows = sample_mask(data, statement.condition, statement.in_range, env)
    value = evaluate(assignment.exp, data, env)
    try:
        column = make_column(assignment.target, assignment.storage, value, rows, context.settings.type)
    except StataError as error:
        raise error.at(assignment.exp.span) from None
    column = replace(column, value_label=assignment.label or "")
    before, after = (resolve_variable(options[k], data) if options[k] else None for k in ("before", "after"))
    if before and after:
        raise StataError("options before() and after() may not be combined", 198)
    changed = data.with_column(column)
    if before or after:
        changed = with_order(changed, moved(changed.names, (column.name,), before, after))
    context.data = changed
    return Generated(column.name, column.storage, int(missing_rows(column).sum()))
