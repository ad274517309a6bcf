"""assert: stop unless something is true."""

from __future__ import annotations

import numpy as np

from ..errors import StataError, type_mismatch
from ..expr.evaluate import evaluate, is_string
from ..expr.sample import sample_mask
from ..results.base import Messages
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.data import counted, invalid_syntax
from .context import Context
from .registry import command

OPTIONS = (
    Option("rc0", "rc0", help="do not stop if the assertion is false"),
    Option("null", "null", help="return code 8 if there was nothing to check"),
    Option("fast", "fast", help="do not count the contradictions"),
)


@command("assert", shortest="as", start="expression_only", options=OPTIONS, by="native")
def assert_(context: Context, statement: Statement) -> Messages | None:
    """assert exp [if] [in] [, rc0 null fast]

    Say and do nothing if exp is true (not zero) in every observation; otherwise stop with r(9).  An expression without
    variables, such as r(mean)==5, is evaluated once.
    """
    options = context.options(statement, OPTIONS)
    if statement.exp is None:
        raise invalid_syntax()
    data, env = context.data, context.environment()
    value = evaluate(statement.exp, data, env)
    if is_string(value):
        raise type_mismatch(statement.exp.span)
    rows = sample_mask(data, statement.condition, statement.in_range, env)
    everywhere = isinstance(value, np.ndarray)
    restricted = statement.condition is not None or statement.in_range is not None
    if not rows.any() and (everywhere or restricted):
        if options["null"]:
            raise StataError("assertion is null", 8)
        return None
    wrong = int(np.count_nonzero(rows & (np.asarray(value) == 0))) if everywhere else int(value == 0)
    if not wrong:
        return None
    message = "assertion is false"
    if everywhere and not options["fast"]:
        contradictions = counted(wrong, "contradiction", "contradictions", context.version)
        observations = counted(int(rows.sum()), "observation", "observations", context.version)
        message = f"{contradictions} in {observations}\n{message}"
    if options["rc0"]:
        return Messages((message,))
    raise StataError(message, 9)
