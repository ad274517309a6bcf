"""import delimited: read delimited text."""

from __future__ import annotations

import re

from ..data.csv_read import TextForm, read_delimited
from ..errors import StataError
from ..syntax.spec import Choice, Kind, Option, OptionValues, incorrectly_specified
from ..syntax.tree import Statement
from ._shared.files import Imported, file_name, new_names, put_imported
from .context import Context
from .registry import command

_KEEP_CASES = (Choice("lower", "l"), Choice("upper", "u"), Choice("preserve", "p"))
OPTIONS = (
    Option("clear", "clear", help="drop the data in memory even if they have changed"),
    Option("delimiters", "delim", Kind.RAW, help="the characters that end a cell; collapse or asstring may follow"),
    Option("varnames", "varn", Kind.RAW, help="the row that holds the names, or nonames"),
    Option("rowrange", "rowr", Kind.RAW, help="first:last row to read"),
    Option("colrange", "colr", Kind.RAW, help="first:last column to read"),
    Option("case", "case", Kind.CHOICE, choices=_KEEP_CASES, help="the case of names: lower (default), upper, preserve"),
    Option("stringcols", "stringc", Kind.RAW, help="columns that stay text, or _all"),
    Option("numericcols", "numericc", Kind.RAW, help="columns that become numeric; text in them becomes missing"),
    Option("encoding", "enc", Kind.STRING, help="the text's encoding; by default UTF-8, or Latin-1 if it is not that"),
    Option("asdouble", "asd", help="numbers with decimals become doubles"),
    Option("asfloat", "asf", help="numbers with decimals become floats (the default unless set type double)"),
    Option("bindquotes", "bind", Kind.CHOICE, choices=(Choice("loose", "loose"), Choice("strict", "strict"),
                                                       Choice("nobind", "nobind")),
           help="nobind: quotes do not keep delimiters inside a cell"),
    Option("stripquotes", "strip", Kind.RAW, planned=True),
    Option("parselocale", "parsel", Kind.RAW, planned=True),
    Option("decimalseparator", "decimals", Kind.RAW, planned=True),
    Option("groupseparator", "groups", Kind.RAW, planned=True),
    Option("maxquotedrows", "maxquotedrows", Kind.RAW, help="accepted; quoted line ends are always read"),
)
_WORDS = {"tab": "\t", "comma": ",", "space": " ", "whitespace": " \t", "\\t": "\t"}


@command("import delimited", shortest="imp delim", start="file", options=OPTIONS)
def import_delimited(context: Context, statement: Statement) -> Imported:
    """import delimited [namelist] [using] filename [, clear delimiters() varnames() rowrange() colrange() case()
        stringcols() numericcols() encoding() asdouble asfloat bindquotes()]

    Read text whose cells end with commas or tabs (.csv is assumed).  The first row gives the names unless it holds
    data.  A column is numeric if every cell is a number, empty, or . to .z; whole numbers take the smallest type.
    """
    options = context.options(statement, OPTIONS)
    path = file_name(statement, ".csv")
    form = _form(options, context.settings.type, new_names(statement))
    data, encoding = read_delimited(path, form)
    return put_imported(context, data, options["clear"], "" if options["encoding"] else encoding)


def _form(options: OptionValues, default_type: str, variables: tuple[str, ...]) -> TextForm:
    delimiters, collapse, together = _delimiters(options["delimiters"])
    double = options["asdouble"] or (default_type == "double" and not options["asfloat"])
    columns = _range(options["colrange"], "colrange")
    return TextForm(
        delimiters=delimiters,
        collapse=collapse,
        together=together,
        quotes=options["bindquotes"] != "nobind",
        names=_names_row(options["varnames"]),
        rows=_range(options["rowrange"], "rowrange"),
        columns=(columns[0] or 1, columns[1]),
        case=options["case"] or "lower",
        texts=_columns(options["stringcols"], "stringcols"),
        numbers=_columns(options["numericcols"], "numericcols") or frozenset(),
        fraction="double" if double else "float",
        encoding=options["encoding"] or "",
        variables=variables,
    )


def _delimiters(text: str | None) -> tuple[str, bool, bool]:
    """(characters, collapse, one string) of ``delimiters("chars" [, collapse | asstring])``."""
    if text is None:
        return "", False, False
    match = re.fullmatch(r"""\s*(?:"([^"]*)"|`"(.*)"'|([^",]+|,))\s*(?:,\s*(\w+)\s*)?""", text)
    if match is None:
        raise incorrectly_specified("delimiters", None)
    characters = next(group for group in match.groups()[:3] if group is not None)
    how = match[4] or ""
    if how not in ("", "collapse", "asstring") or not characters:
        raise incorrectly_specified("delimiters", None)
    characters = _WORDS.get(characters.strip(), characters)
    if len(characters.replace("\\t", "\t")) == 1:
        how = "" if how == "asstring" else how
    return characters.replace("\\t", "\t"), how == "collapse", how == "asstring"


def _names_row(text: str | None) -> int | None:
    if text is None:
        return None
    if text.startswith("non") and "nonames".startswith(text):
        return 0
    if not re.fullmatch(r"[1-9]\d{0,8}", text):
        raise incorrectly_specified("varnames", None)
    return int(text)


def _range(text: str | None, option: str) -> tuple[int | None, int | None]:
    """``3``, ``3:``, ``:9`` or ``3:9``."""
    if text is None:
        return None, None
    match = re.fullmatch(r"\s*(\d{1,9})?\s*(:?)\s*(\d{1,9})?\s*", text)
    if match is None or not (match[1] or match[3]):
        raise incorrectly_specified(option, None)
    first, last = (int(group) if group else None for group in match.group(1, 3))
    if first == 0 or last == 0 or (first and last and last < first):
        raise incorrectly_specified(option, None)
    return first, last


def _columns(text: str | None, option: str) -> frozenset[int] | None:
    """Column numbers; None stands for all of them."""
    if text is None:
        return frozenset()
    if text.strip() == "_all":
        if option == "stringcols":
            return None
        return frozenset(range(1, 1 << 15))
    from ..syntax.numlist import read_integers

    try:
        return frozenset(read_integers(text))
    except StataError:
        raise incorrectly_specified(option, None) from None
