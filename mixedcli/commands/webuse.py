"""webuse: load a data set of Stata's web site, if it is bundled here."""

from __future__ import annotations

import textwrap

from ..data.load import load
from ..errors import NotBuilt, StataError
from ..resources import dataset_names, dataset_path
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._shared.data import Loaded, invalid_syntax, refuse_unsaved
from .context import Context
from .registry import command
from .use import put_in_memory

OPTIONS = (Option("clear", "clear", help="drop the data in memory even if they have changed"),)


@command("webuse", start="names", options=OPTIONS)
def webuse(context: Context, statement: Statement) -> Loaded:
    """webuse name [, clear]

    Load a data set by the name it has on Stata's web site.  This program opens no network connection: only bundled data
    sets are found (see `sysuse dir`); download others yourself, then `use` them.
    """
    options = context.options(statement, OPTIONS)
    words = [word.text for word in statement.arguments]
    if words[:1] in (["set"], ["query"]):
        raise NotBuilt(f"webuse {words[0]}")
    if len(words) != 1:
        raise invalid_syntax()
    name = words[0].removesuffix(".dta")
    if dataset_path(name) is None:
        raise StataError(_not_here(name), 601, statement.arguments[0].span)
    refuse_unsaved(context, options["clear"])
    return put_in_memory(context, load(name, bundled_first=True))


def _not_here(name: str) -> str:
    bundled = f"mixedcli does not use the network; it comes with {', '.join(dataset_names())}"
    rest = f"Download {name}.dta yourself, then type use {name}."
    lines = [line for text in (bundled, rest) for line in textwrap.wrap(text, 75)]
    return "\n".join([f"file {name}.dta not found", *("    " + line for line in lines)])
