"""From a typed word to a command: discovery, abbreviation, layouts.

A command is one file in this folder.  Its name follows from the file's name: ``xtmixed.py`` holds ``xtmixed``,
``estat_icc.py`` holds ``estat icc``, ``assert_.py`` holds ``assert`` (a trailing underscore avoids a Python keyword).
Files that begin with an underscore are shared helpers.  Only the files whose name the typed word could abbreviate are
imported, so a hundred commands cost a one-liner nothing.
"""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import NotBuilt, StataError
from ..records import record
from ..results.base import Messages, Result
from ..syntax.spec import Option, abbreviates
from ..syntax.tree import Statement

if TYPE_CHECKING:
    from ..report.document import Document, Style
    from .context import Context

Run = Callable[["Context", Statement], Result | None]
R = TypeVar("R", bound=Result)
Layout = Callable[[Any, "Style"], "Document"]

_HELPERS = {"__init__", "registry", "context", "planned"}


@record
class CommandSpec:
    """A command as declared: ``name`` in full, its least abbreviation, grammar start rule, options, and its function.

    ``start`` is a start rule of `mixedcli.syntax.parser` or ``raw`` (the command reads ``statement.rest`` itself).
    ``by``: what the by prefix does: ``loop`` runs the command group by group, ``native`` leaves the groups to the
    command, ``""`` refuses.  ``control``: it runs other statements, which account for themselves.  ``expands`` False:
    macros in its line are left for the command (``while``).
    """

    name: str
    shortest: str
    start: str
    options: tuple[Option, ...]
    run: Run
    help: str
    by: str = ""
    control: bool = False
    expands: bool = True


_specs: dict[str, CommandSpec] = {}
_layouts: dict[type, Layout] = {}


def command(
    name: str,
    *,
    shortest: str | None = None,
    start: str = "standard",
    options: tuple[Option, ...] = (),
    by: str = "",
    control: bool = False,
    expands: bool = True,
) -> Callable[[Run], Run]:
    """Register the decorated function as the Stata command ``name``; its docstring is the help text."""

    def register(run: Run) -> Run:
        help_text = run.__doc__ or ""
        _specs[name] = CommandSpec(name, shortest or name, start, options, run, help_text, by, control, expands)
        return run

    return register


def layout(result_type: type[R]) -> Callable[[Callable[[R, Style], Document]], Callable[[R, Style], Document]]:
    """Register the decorated function as the layout of ``result_type``."""

    def register(function: Callable[[R, Style], Document]) -> Callable[[R, Style], Document]:
        _layouts[result_type] = function
        return function

    return register


def layout_of(result: Result) -> Layout:
    """The layout registered for the type of ``result``."""
    return _messages if isinstance(result, Messages) else _layouts[type(result)]


def _messages(result: Messages, style: Style) -> Document:
    from ..report.document import Document, lines

    return Document(tuple(line for text in result.lines for line in lines(text)))


@functools.cache
def command_files() -> dict[str, str]:
    """Command name -> module name, from the names of the files in this folder; nothing is imported."""
    stems = (f.removesuffix(".py") for f in os.listdir(os.path.dirname(__file__)) if f.endswith(".py"))
    return {stem.strip("_").replace("_", " "): stem for stem in stems if stem not in _HELPERS and stem[0] != "_"}


def load(name: str) -> CommandSpec:
    """The spec of the command called ``name`` in full, importing its file."""
    if name not in _specs:
        importlib.import_module(f"{__package__}.{command_files()[name]}")
    return _specs[name]


def _abbreviated(word: str, second: str | None) -> CommandSpec | None:
    """The command whose first word ``word`` abbreviates and whose second word (if it has one) ``second`` does."""
    for name in sorted(command_files()):
        first, _, rest = name.partition(" ")
        if not first.startswith(word) or bool(rest) != (second is not None):
            continue
        if rest and not (second and rest.startswith(second)):
            continue
        spec = load(name)
        short_first, _, short_rest = spec.shortest.partition(" ")
        if abbreviates(word, first, short_first) and (not rest or abbreviates(second or "", rest, short_rest)):
            return spec
    return None


@functools.cache
def families() -> frozenset[str]:
    """The first words of commands whose names have two (``estat icc``, ``label define``)."""
    return frozenset(name.partition(" ")[0] for name in command_files() if " " in name)


@functools.cache
def _begins_family(word: str) -> bool:
    return any(family.startswith(word) for family in families())


def resolve(word: str, second: str = "") -> tuple[CommandSpec, bool]:
    """The command that ``word`` (and perhaps the next word) names, and whether the second word was part of the name.

    Raises ``command foo is unrecognized`` r(199), or `NotBuilt` for what Stata has and this program does not.
    """
    # The second word mostly is an argument, new in every turn of a loop: it must not fill the cache.
    return _resolve(word, second if second and _begins_family(word) else "")


@functools.lru_cache(maxsize=4096)
def _resolve(word: str, second: str) -> tuple[CommandSpec, bool]:
    from .planned import planned, refusal

    if second:
        spec = _abbreviated(word, second)
        if spec is not None:
            return spec, True
    spec = load(word) if word in command_files() else _abbreviated(word, None)
    if spec is not None:
        return spec, False
    refused = refusal(word)
    if refused:
        raise refused
    known = planned(word, second)
    if known:
        raise NotBuilt(known)
    family = next((f for f in sorted(families()) if abbreviates(word, f, f[:3])), None)
    if family and second:
        raise StataError(f"{family} subcommand {second} is unrecognized", 199)
    if family:
        raise StataError("subcommand required", 198)
    raise StataError(f"command {word} is unrecognized", 199)
