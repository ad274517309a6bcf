"""What the prefixes of a statement ask for: quietly, noisily, capture, version, and those that are commands."""

from __future__ import annotations

from .commands import registry
from .errors import NotBuilt, StataError
from .records import record, replace
from .syntax.tree import Prefix


@record
class Modes:
    """What the prefixes of a statement ask for.

    ``silent``: None leaves it as it is.  ``command``: the first prefix that is a command of its own (by, statsby); what
    follows it is that command's business.  ``wrong``: an error that ``capture`` may catch.
    """

    silent: bool | None = None
    capture: bool = False
    loud: bool = False
    version: float | None = None
    command: Prefix | None = None
    wrong: StataError | None = None

    @classmethod
    def of(cls, prefixes: tuple[Prefix, ...], text: str) -> Modes:
        modes = cls()
        for prefix in prefixes:
            if prefix.name == "quietly":
                modes = replace(modes, silent=True)
            elif prefix.name == "noisily":
                modes = replace(modes, silent=False, loud=True)
            elif prefix.name == "capture":
                modes = replace(modes, silent=True, capture=True)
            elif prefix.name == "version":
                modes = _with_version(modes, prefix)
            else:
                return _with_command(modes, prefix)
        return modes


def _with_version(modes: Modes, prefix: Prefix) -> Modes:
    from .commands.version import version_number

    try:
        return replace(modes, version=version_number(prefix.args))
    except StataError as error:
        return replace(modes, wrong=error.at(prefix.span))


def _with_command(modes: Modes, prefix: Prefix) -> Modes:
    name = "by" if prefix.name == "bysort" else prefix.name
    if name in registry.command_files():
        sort = prefix.name == "bysort"
        return replace(modes, command=replace(prefix, name=name, args=f"{prefix.args}, sort" if sort else prefix.args))
    return replace(modes, wrong=NotBuilt(f"the {prefix.name} prefix", prefix.span))
