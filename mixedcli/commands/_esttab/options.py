"""What esttab is told: its options, and the layout that follows from them."""

from __future__ import annotations

import re

from ...errors import StataError
from ...results.esttab import EsttabOptions, StatisticRow
from ...syntax.spec import Kind, Option, OptionValues, incorrectly_specified

FORMATS = ("text", "tex", "rtf", "csv", "md", "html")
_SUFFIXES = {".tex": "tex", ".rtf": "rtf", ".csv": "csv", ".md": "md", ".html": "html", ".htm": "html"}
_SECONDS = ("se", "p", "ci", "z", "t")
# Format, and label in text: what a summary statistic has when it is asked for by its own option.
_SUMMARIES = {"r2": "%9.3f", "ar2": "%9.3f", "pr2": "%9.3f", "aic": "a3", "bic": "a3"}
_STORED = {"ar2": "r2_a", "pr2": "r2_p"}
_SECOND_FORMATS = {"t": "%9.2f", "z": "%9.2f", "se": "a3", "p": "%9.3f", "ci": "a3"}
_ITEM = re.compile(r'`"(.*?)"\'|"([^"]*)"|(\S+)')


def _with_format(name: str, shortest: str, help: str) -> Option:
    return Option(name, shortest, Kind.STRING, help, optional_args=True)


OPTIONS = (
    _with_format("b", "b", "the format of the coefficients: 3, %9.3f, a3"),
    _with_format("se", "se", "standard errors below the coefficients"),
    _with_format("t", "t", "t statistics below the coefficients (the default)"),
    _with_format("z", "z", "z statistics below the coefficients"),
    _with_format("p", "p", "p-values below the coefficients"),
    _with_format("ci", "ci", "confidence intervals below the coefficients"),
    Option("not", "not", help="nothing below the coefficients"),
    Option("star", "star", Kind.RAW, "stars: star(* 0.10 ** 0.05 *** 0.01)", optional_args=True),
    Option("nostar", "nostar", help="no stars"),
    Option("eform", "ef", help="exponentiated coefficients; standard deviations and variances stay as they are"),
    Option("brackets", "br", help="square brackets instead of parentheses"),
    Option("noparentheses", "nopa", help="nothing around the second numbers"),
    Option("keep", "keep", Kind.RAW, "these coefficients only; names and patterns"),
    Option("drop", "drop", Kind.RAW, "not these coefficients"),
    Option("order", "order", Kind.RAW, "these coefficients first"),
    Option("label", "l", help="labels of variables and values instead of names"),
    Option("title", "ti", Kind.STRING, "a title above the table"),
    Option("mtitles", "mti", Kind.RAW, "model titles; without texts the names of the estimates", optional_args=True),
    Option("nomtitles", "nomti", help="no model titles"),
    Option("nodepvars", "nodep", help="the names of the estimates instead of dependent variables"),
    Option("nonumbers", "nonum", help="no model numbers"),
    Option("scalars", "sca", Kind.RAW, 'more of e() below the table; "name label" gives a label'),
    Option("stats", "st", Kind.RAW, "what stands below the table: stats(N r2, fmt(0 3) labels(...))"),
    Option("sfmt", "sfmt", Kind.STRING, "the format of scalars()"),
    Option("noobs", "noobs", help="no number of observations"),
    _with_format("r2", "r2", "the R-squared"),
    _with_format("ar2", "ar2", "the adjusted R-squared"),
    _with_format("pr2", "pr2", "the pseudo R-squared"),
    _with_format("aic", "aic", "Akaike's information criterion"),
    _with_format("bic", "bic", "Schwarz's information criterion"),
    Option("wide", "wide", help="the second numbers beside the coefficients"),
    Option("compress", "com", help="narrower columns"),
    Option("nogaps", "nogap", help="no blank lines between coefficients"),
    Option("nonotes", "nonote", help="no legend below the table"),
    Option("addnotes", "addn", Kind.RAW, "more lines below the table, each in quotes"),
    Option("varwidth", "varw", Kind.INTEGER, "the width of the names", low=4),
    Option("modelwidth", "modelw", Kind.INTEGER, "the width of the numbers", low=4),
    Option("level", "lev", Kind.REAL, "confidence level", low=10, high=99.99),
    Option("booktabs", "book", help="LaTeX with the rules of booktabs"),
    Option("tex", "tex", help="LaTeX"),
    Option("rtf", "rtf", help="rich text"),
    Option("csv", "csv", help="comma-separated values"),
    Option("md", "md", help="Markdown"),
    Option("html", "html", help="HTML"),
    Option("replace", "replace", help="overwrite the file"),
    Option("append", "append", help="add the table to the file"),
    Option("plain", "plain", planned=True),
    Option("cells", "cells", Kind.RAW, planned=True),
    Option("beta", "beta", Kind.RAW, planned=True, optional_args=True),
    Option("main", "main", Kind.RAW, planned=True),
    Option("aux", "aux", Kind.RAW, planned=True),
    Option("unstack", "uns", planned=True),
    Option("indicate", "ind", Kind.RAW, planned=True),
    Option("rename", "ren", Kind.RAW, planned=True),
    Option("coeflabels", "coef", Kind.RAW, "names or labels of coefficients: coeflabels(lrt \"Reading test\")"),
    Option("mgroups", "mg", Kind.RAW, planned=True),
    Option("longtable", "longt", planned=True),
    Option("fragment", "frag", planned=True),
    Option("alignment", "ali", Kind.RAW, planned=True),
)


def texts(raw: str) -> list[str]:
    """The words and quoted texts of ``raw``."""
    return [next(part for part in match.groups() if part is not None) for match in _ITEM.finditer(raw)]


def number_format(text: str, option: str) -> str:
    """``3`` as ``%9.3f``; ``a3``, ``%9.3f`` and ``fmt`` as they are.  Raises r(120) for what is no format."""
    text = text.strip()
    if text.isdigit() and len(text) == 1:
        return f"%9.{text}f"
    if re.fullmatch(r"a[1-9]?", text):
        return text if len(text) == 2 else "a3"
    if not re.fullmatch(r"%-?\d+[.,]\d+[efg]c?", text):
        raise StataError(f"invalid %format in {option}()", 120)
    return text


def output_format(options: OptionValues, filename: str | None) -> str:
    """What is written: what an option says, else what the file's suffix says, else text."""
    asked = [name for name in FORMATS[1:] if options[name]]
    if len(asked) > 1:
        raise StataError(f"options {asked[0]} and {asked[1]} may not be combined", 198)
    if asked or not filename:
        return asked[0] if asked else "tex" if options["booktabs"] else "text"
    suffix = next((suffix for suffix in _SUFFIXES if filename.lower().endswith(suffix)), "")
    return _SUFFIXES.get(suffix, "text")


def read_layout(options: OptionValues, level: float) -> EsttabOptions:
    """How the numbers are shown.  Raises r(198) for options that exclude each other."""
    second, second_format = _second(options)
    label, compress = options["label"], options["compress"]
    names = (16 if compress else 20) if label else (10 if compress else 12)
    wide = options["wide"] and bool(second)
    return EsttabOptions(
        format=number_format(options["b"], "b") if isinstance(options["b"], str) else "a3",
        second=second,
        second_format=second_format,
        stars=_stars(options),
        brackets=options["brackets"] or second == "ci",
        parentheses=not options["noparentheses"],
        numbers=not options["nonumbers"],
        titles=not options["nomtitles"],
        gaps=not options["nogaps"] and bool(second) and not wide,
        wide=wide,
        label=label,
        eform=options["eform"],
        booktabs=options["booktabs"],
        legend=not options["nonotes"],
        title=options["title"] or "",
        notes=tuple(texts(options["addnotes"] or "")),
        varwidth=options["varwidth"] or names,
        modelwidth=options["modelwidth"] or (9 if compress else 12),
        level=options["level"] or level,
    )


def _second(options: OptionValues) -> tuple[str, str]:
    asked = [name for name in _SECONDS if options[name]]
    if len(asked) > 1 or (asked and options["not"]):
        both = (*asked, "not")[:2]
        raise StataError(f"options {both[0]} and {both[1]} may not be combined", 198)
    if options["not"]:
        return "", "%9.2f"
    name = asked[0] if asked else "t"
    given = options[name]
    return name, number_format(given, name) if isinstance(given, str) else _SECOND_FORMATS[name]


def _stars(options: OptionValues) -> tuple[tuple[str, str], ...]:
    """(symbol, level) from the widest to the narrowest level."""
    if options["nostar"]:
        return ()
    if not isinstance(options["star"], str) or not options["star"].strip():
        return EsttabOptions().stars
    words = texts(options["star"])
    pairs = list(zip(words[::2], words[1::2], strict=False))
    try:
        levels = [float(level) for _, level in pairs]
    except ValueError:
        raise incorrectly_specified("star", options.spans.get("star")) from None
    if len(words) % 2 or not all(0 < level <= 1 for level in levels) or levels != sorted(levels, reverse=True):
        raise incorrectly_specified("star", options.spans.get("star"))
    return tuple(pairs)


# ---- what stands below the coefficients ----------------------------------------------------------------------


def read_statistics(options: OptionValues) -> tuple[StatisticRow, ...]:
    """The rows below the table: ``stats()``, or N and what the other options ask for."""
    if options["stats"] is not None:
        return _listed(options["stats"], options)
    rows = [] if options["noobs"] else [StatisticRow("N", "", "%18.0g")]
    for name, default in _SUMMARIES.items():
        given = options[name]
        if given:
            fmt = number_format(given, name) if isinstance(given, str) else default
            rows.append(StatisticRow(_STORED.get(name, name), "", fmt))
    fmt = number_format(options["sfmt"], "sfmt") if options["sfmt"] else "a3"
    for item in texts(options["scalars"] or ""):
        name, _, label = item.partition(" ")
        rows.append(StatisticRow(name, label.strip() or name, fmt))
    return tuple(rows)


def _listed(text: str, options: OptionValues) -> tuple[StatisticRow, ...]:
    head, _, tail = text.partition(",")
    names = head.split()
    formats = _suboption(tail, "fmt")
    labels = _suboption(tail, "labels?")
    if not names or (tail.strip() and not formats and not labels):
        raise incorrectly_specified("stats", options.spans.get("stats"))
    rows = []
    for i, name in enumerate(names):
        last = formats[min(i, len(formats) - 1)] if formats else ""
        fmt = number_format(last, "fmt") if last else "%18.0g" if name == "N" else "a3"
        rows.append(StatisticRow(name, labels[i] if i < len(labels) else name, fmt))
    return tuple(rows)


def _suboption(text: str, name: str) -> list[str]:
    match = re.search(rf"\b{name}\(((?:[^()\"]|\"[^\"]*\"|\([^()]*\))*)\)", text)
    return texts(match[1]) if match else []
