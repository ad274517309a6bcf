"""What do, run and include share."""

from __future__ import annotations

from ...errors import Leave, StataError
from ..context import Context, Frame
from .program import positional, words
from .scripts import read_script, script_name


def run_file(context: Context, rest: str, echo: bool, own_frame: bool = True) -> None:
    """Run the do-file that ``rest`` names with the arguments that follow; ``exit`` in it ends it."""
    name, arguments = _split(rest)
    if not name:
        raise StataError("invalid file specification", 198)
    text, name = read_script(name), script_name(name)
    runner = context.runner
    assert runner is not None
    if own_frame:
        with runner.frame(Frame(name, locals=positional(arguments))):
            runner.run_text(text, name, echo)
        return
    try:
        runner.run_text(text, name, echo)
    except Leave as leave:
        if leave.everything:
            raise
        if leave.status:
            raise StataError("", leave.status) from None


def _split(rest: str) -> tuple[str, str]:
    """The file's name and the arguments."""
    text = rest.strip()
    found = words(text)
    if not found:
        return "", ""
    if text.startswith('`"'):
        return found[0], text[len(found[0]) + 4 :].strip()
    if text.startswith('"'):
        return found[0], text[len(found[0]) + 2 :].strip()
    return found[0], text[len(found[0]) :].strip()
