"""``shell`` and ``!``: run a program of the system, where that is permitted."""

from __future__ import annotations

from ..errors import StataError
from ..results.base import Messages
from ..syntax.tree import Statement
from .context import Context
from .registry import command


@command("shell", shortest="sh", start="raw")
def shell(context: Context, statement: Statement) -> Messages:
    """shell command line  or  ! command line

    Run a command line of the system and show what it prints.  Refused unless mixedcli was started with --allow-shell.
    """
    if not context.allow_shell:
        raise StataError("shell is not permitted; mixedcli --allow-shell permits it", 199)
    line = statement.rest.strip()
    if not line:
        raise StataError("shell needs a command line: there is nobody to type one", 198)
    import subprocess

    done = subprocess.run(
        line, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return Messages(tuple(done.stdout.decode("utf-8", "replace").splitlines()))
