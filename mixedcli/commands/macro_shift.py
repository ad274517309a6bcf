"""``macro shift``: move the arguments of a program down."""

from __future__ import annotations

from ..errors import StataError
from ..syntax.tree import Statement
from .context import Context
from .registry import command


@command("macro shift", shortest="ma s", start="raw", control=True)
def macro_shift(context: Context, statement: Statement) -> None:
    """macro shift [#]

    Give the local macro 1 the content of 2, 2 that of 3, and so on; # times.
    """
    text = statement.rest.strip() or "1"
    if not text.isdecimal():
        raise StataError("invalid syntax", 198)
    held = context.frame.locals
    places = sorted(int(name) for name in held if name.isdecimal() and name != "0")
    contents = {place: held[str(place)] for place in places}
    for place in places:
        context.set_local(str(place), "")
    for place, content in contents.items():
        if place > int(text):
            context.set_local(str(place - int(text)), content)
    last = places[-1] if places else 0
    kept = (contents.get(place, "") for place in range(int(text) + 1, last + 1))
    context.set_local("*", " ".join(content for content in kept if content))
