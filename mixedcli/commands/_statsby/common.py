"""What a statsby line asks for: the statistics, the groups, and the command to be run on each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...design.varlist import expand_names
from ...errors import StataError
from ...records import fields, is_record, record, replace
from ...syntax import tree
from ...syntax.parser import parse, parse_leading_expression, parse_varlist, split_head
from ...syntax.spec import Kind, Option, OptionValues
from ...syntax.tree import Statement
from .. import registry
from .._shared.clauses import split_clauses
from .._shared.data import check_name
from .._shared.files import check_target, with_suffix
from .._shared.waves import looks_at_all_rows
from ..registry import CommandSpec

if TYPE_CHECKING:
    from ..context import Context

OPTIONS = (
    Option("by", "by", Kind.RAW, "the groups: variables, and , missing to make missing values a group"),
    Option("clear", "clear", help="replace the data in memory even if they have not been saved"),
    Option("saving", "sa", Kind.RAW, "save the results to a file, and leave the data: filename [, replace double]"),
    Option("total", "t", help="also the command on all observations"),
    Option("double", "double", help="store the results in double precision"),
    Option("nodots", "nodots", help="suppress the dots"),
    Option("nolegend", "noleg", help="suppress the list of what is done"),
    Option("force", "force", help="accepted"),
    Option("forcedrop", "forcedrop", help="accepted; every group is run on data of its own"),
    Option("nowarn", "nowarn", help="accepted"),
    Option("subsets", "su", help="also all combinations of some of the variables", planned=True),
    Option("basepop", "base", Kind.RAW, "restrict the first run", planned=True),
    Option("noisily", "noi", help="show the output of the command", planned=True),
    Option("trace", "trace", help="trace the command", planned=True),
    Option("verbose", "v", help="show the full list", planned=True),
)
_NAME = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)")
_ALL = re.compile(r"\s*(_b|_se)(?![\w\[])")


@record
class Wanted:
    """A statistic: the new variable, the expression, and its text; ``exp`` None stands for all of ``_b`` or ``_se``."""

    name: str
    exp: tree.Expr | None
    text: str


@record
class Saving:
    """Where the results go: a path, and whether they are stored in double precision there."""

    path: str
    double: bool = False


@record
class Request:
    """``statistics`` as typed (none: the usual ones of the command); ``by``: full names; ``missing``: a group too."""

    statistics: tuple[Wanted, ...]
    by: tuple[str, ...]
    missing: bool
    options: OptionValues
    saving: Saving | None
    command: GroupCommand


@record
class GroupCommand:
    """The command after the colon: its text, its full name, and what it parses to (None for programs and the like)."""

    text: str
    name: str
    spec: CommandSpec | None
    parsed: Statement | None
    offset: int


def read_request(context: Context, statement: Statement) -> Request:
    """The request of a statsby statement, whose text up to the colon is ``statement.span``.

    Raises r(198) for what does not fit, r(111) for unknown variables, r(110) for a name given twice, r(602) for a
    file that exists.
    """
    if not statement.prefixed.strip():
        raise StataError("invalid syntax", 198)
    end = statement.span[1] - 1
    start = statement.span[0] + len("statsby")
    listed, at, tail = split_clauses(replace(statement, text=statement.text[:end], rest=statement.text[start:end]))
    if tail.condition is not None or tail.in_range is not None or tail.weight is not None or tail.using is not None:
        raise StataError("invalid syntax", 198)
    options = context.options(tail, OPTIONS)
    by, missing = _by(options["by"], context)
    saving = _saving(options["saving"])
    command = read_command(context, statement.prefixed)
    wanted = read_statistics(statement.text[: at + len(listed)], at)
    _check_names(wanted, by)
    return Request(wanted, by, missing, options, saving, command)


def _by(text: str | None, context: Context) -> tuple[tuple[str, ...], bool]:
    if text is None:
        return (), False
    names, comma, rest = text.partition(",")
    if comma and rest.strip() not in ("", "missing", "miss", "mis", "m"):
        raise StataError("option by() incorrectly specified", 198)
    found = tuple(dict.fromkeys(expand_names(parse_varlist(names.strip()), context.data)))
    return found, bool(comma and rest.strip())


def _saving(text: str | None) -> Saving | None:
    if text is None:
        return None
    name, _, rest = text.partition(",")
    words = rest.replace(",", " ").split()
    unknown = [word for word in words if word not in ("replace", "double")]
    if unknown or not name.strip():
        raise StataError("option saving() incorrectly specified", 198)
    path = with_suffix(name.strip().strip('"'), ".dta")
    check_target(path, "replace" in words)
    return Saving(path, "double" in words)


def read_statistics(text: str, at: int) -> tuple[Wanted, ...]:
    """``alpha=_b[_cons] beta=(_b[lrt]/2) r(N) _se``, from ``at`` on; those without a name are called _stat_1, ..."""
    found: list[Wanted] = []
    while at < len(text) and text[at:].strip():
        whole, named = _ALL.match(text, at), _NAME.match(text, at)
        if whole:
            found.append(Wanted("", None, whole[1]))
            at = whole.end()
            continue
        begin = named.end() if named else at
        exp, at = parse_leading_expression(text, begin)
        name = named[1] if named else f"_stat_{sum(each.exp is not None for each in found) + 1}"
        found.append(Wanted(name, exp, _without_parentheses(text[begin:at].strip())))
    return tuple(found)


def _without_parentheses(text: str) -> str:
    """``(exp)`` as ``exp``, if the two belong together."""
    depth = 0
    for i, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and i < len(text) - 1:
            return text
    return text[1:-1].strip() if text.startswith("(") else text


def _check_names(wanted: tuple[Wanted, ...], by: tuple[str, ...]) -> None:
    seen = set(by)
    for each in wanted:
        if each.exp is None:
            continue
        check_name(each.name)
        if each.name in seen:
            raise StataError(f"variable {each.name} already defined", 110)
        seen.add(each.name)


# ---- the command ---------------------------------------------------------------------------------------------


def read_command(context: Context, text: str) -> GroupCommand:
    """The command after the colon.  Raises r(199) for one that is unknown, and the errors of its syntax."""
    text = text.strip()
    head = split_head(text)
    if head.word in context.state.programs and head.word not in registry.command_files():
        return GroupCommand(text, head.word, None, None, head.offset)
    spec, two_words = registry.resolve(head.word, "")
    raw = spec.start == "raw" or two_words or any(p.name in registry.command_files() for p in head.prefixes)
    parsed = None if raw else parse(text, spec.start, head.word, head.offset)
    return GroupCommand(text, spec.name, spec, parsed, head.offset)


def without_sample(command: GroupCommand) -> str:
    """The text of the command without its if and in, for data that hold nothing but its sample."""
    parsed = command.parsed
    text = command.text
    if parsed is None:
        return text
    cuts = []
    if parsed.condition is not None:
        cuts.append((text.rindex("if", 0, parsed.condition.span[0] + 1), parsed.condition.span[1]))
    if parsed.in_range is not None:
        cuts.append((text.rindex("in", 0, parsed.in_range.span[0] + 2), parsed.in_range.span[1]))
    for start, end in sorted(cuts, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


def counts_rows(node: object) -> bool:
    """True if an expression depends on where a row stands: ``_n``, ``_N``, ``x[1]``, ``L.x``, running sums."""
    if isinstance(node, tree.Name):
        return node.name in ("_n", "_N")
    if isinstance(node, (tree.Subscript, tree.TimeValue)):
        return True
    if isinstance(node, tree.Call):
        return looks_at_all_rows(node) or any(counts_rows(each) for each in node.args)
    if is_record(node):
        return any(counts_rows(getattr(node, each.name)) for each in fields(node) if each.name != "span")
    return False
