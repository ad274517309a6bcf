"""esttab as LaTeX, CSV, Markdown and HTML."""

from __future__ import annotations

import csv
import html
import io

from ..results.esttab import EsttabResult
from .esttab_grid import GridCell, GridRow, grid, notes

_LATEX = {
    "\\": r"\textbackslash{}", "_": r"\_", "&": r"\&", "%": r"\%", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
}
_LATEX_STATISTICS = {"N": r"\(N\)", "r2": r"\(R^{2}\)", "r2_a": r"adj. \(R^{2}\)", "r2_p": r"pseudo \(R^{2}\)",
                     "aic": r"\textit{AIC}", "bic": r"\textit{BIC}"}
_RULES = {False: (r"\hline\hline", r"\hline", r"\hline\hline"), True: (r"\toprule", r"\midrule", r"\bottomrule")}
_MARKDOWN = str.maketrans({c: "\\" + c for c in "\\`*_|<>#[]~"})


# ---- LaTeX ---------------------------------------------------------------------------------------------------


def latex_text(text: str) -> str:
    """``text`` with the characters that mean something to LaTeX escaped."""
    return "".join(_LATEX.get(c, c) for c in text)


def latex_table(result: EsttabResult) -> str:
    """A tabular, within a table environment if there is a title; ``booktabs`` has that package's rules."""
    shown = result.options
    top, middle, bottom = _RULES[shown.booktabs]
    columns = len(result.models) * (2 if shown.wide else 1)
    lines = [
        *([r"\begin{table}[htbp]\centering"] if shown.title else []),
        "{", r"\def\sym#1{\ifmmode^{#1}\else\(^{#1}\)\fi}",
        *([rf"\caption{{{latex_text(shown.title)}}}"] if shown.title else []),
        rf"\begin{{tabular}}{{l*{{{columns}}}{{c}}}}", top,
        *(_latex_row(row, middle, result) for row in grid(result)), bottom,
        *(rf"\multicolumn{{{columns + 1}}}{{l}}{{\footnotesize {note}}}\\" for note in _latex_notes(result)),
        r"\end{tabular}", "}",
        *([r"\end{table}"] if shown.title else []),
    ]
    return "\n".join(lines) + "\n"


def _latex_row(row: GridRow, rule: str, result: EsttabResult) -> str:
    if row.kind == "rule":
        return rule
    if row.kind == "gap":
        return r"\addlinespace" if result.options.booktabs else "[1em]"
    label = _latex_label(row)
    if row.kind == "equation":
        label = rf"\textbf{{{label}}}"
    if row.kind in ("numbers", "titles"):
        step = 2 if result.options.wide else 1
        cells = [rf"\multicolumn{{{step}}}{{c}}{{{latex_text(cell.text)}}}" for cell in row.cells[::step]]
        return "&".join([label.ljust(12), *cells]) + r"\\"
    return "&".join([label.ljust(12), *(_latex_cell(cell) for cell in row.cells)]) + r"\\"


def _latex_label(row: GridRow) -> str:
    if row.name in _LATEX_STATISTICS and row.label != "Observations":
        return _LATEX_STATISTICS[row.name]
    # What follows the end of a row and begins with a bracket or a star would be read as an argument of that end.
    return ("{}" if row.label[:1] in ("[", "*") else "") + latex_text(row.label)


def _latex_cell(cell: GridCell) -> str:
    stars = rf"\sym{{{latex_text(cell.stars)}}}" if cell.stars else ""
    return f"{latex_text(cell.text):>12}{stars:<9}"


def _latex_notes(result: EsttabResult) -> list[str]:
    lines = [latex_text(note) for note in notes(result)]
    lines = [rf"\textit{{{n[0]}}}{n[1:]}" if n.startswith(("t stat", "z stat", "p-val")) else n for n in lines]
    shown = result.options
    if shown.legend and shown.stars:
        lines.append(", ".join(rf"\sym{{{latex_text(symbol)}}} \(p<{level}\)" for symbol, level in shown.stars))
    return lines


# ---- CSV, Markdown, HTML -------------------------------------------------------------------------------------


def _legend(result: EsttabResult) -> list[str]:
    shown = result.options
    stars = [", ".join(f"{symbol} p<{level}" for symbol, level in shown.stars)] if shown.legend and shown.stars else []
    return notes(result) + stars


def _rows(result: EsttabResult) -> list[GridRow]:
    return [row for row in grid(result) if row.kind not in ("rule", "gap")]


def csv_table(result: EsttabResult) -> str:
    """Comma-separated values, every field in quotes; the notes stand in the first column."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    columns = len(result.models) * (2 if result.options.wide else 1)
    above = [result.options.title] if result.options.title else []
    for text in above:
        writer.writerow([text, *[""] * columns])
    for row in _rows(result):
        writer.writerow([row.label, *(cell.text + cell.stars for cell in row.cells)])
    for text in _legend(result):
        writer.writerow([text, *[""] * columns])
    return out.getvalue()


def markdown_table(result: EsttabResult) -> str:
    """A table with pipes; the first row of the grid is its heading."""
    first, *rest = _rows(result) or [GridRow("statistic", "", ())]
    if first.kind not in ("numbers", "titles"):
        first, rest = GridRow("numbers", "", (GridCell(),) * len(first.cells)), [first, *rest]
    lines = [f"**{_markdown(result.options.title)}**", ""] if result.options.title else []
    lines += [_markdown_row(first), "|" + " :--- |" + " :---: |" * len(first.cells), *map(_markdown_row, rest), ""]
    lines += [f"{_markdown(note)}  " for note in _legend(result)]
    return "\n".join(lines) + "\n"


def _markdown(text: str) -> str:
    return text.translate(_MARKDOWN)


def _markdown_row(row: GridRow) -> str:
    label = f"**{_markdown(row.label)}**" if row.kind == "equation" else _markdown(row.label)
    return "| " + " | ".join([label, *(_markdown(cell.text + cell.stars) for cell in row.cells)]) + " |"


def html_table(result: EsttabResult) -> str:
    """A whole page with one table."""
    step = 2 if result.options.wide else 1
    caption = f"<caption>{html.escape(result.options.title)}</caption>\n" if result.options.title else ""
    rows = "\n".join(_html_row(row, step) for row in _rows(result))
    span = len(result.models) * step + 1
    foot = "\n".join(f'<tr><td colspan="{span}">{html.escape(note)}</td></tr>' for note in _legend(result))
    foot = f"\n<tfoot>\n{foot}\n</tfoot>" if foot else ""
    table = f"<table>\n{caption}<tbody>\n{rows}\n</tbody>{foot}\n</table>"
    head = '<head><meta charset="utf-8"><title>Estimates</title></head>'
    return f"<!DOCTYPE html>\n<html>\n{head}\n<body>\n{table}\n</body>\n</html>\n"


def _html_row(row: GridRow, step: int) -> str:
    label = html.escape(row.label)
    if row.kind in ("numbers", "titles"):
        span = f' colspan="{step}"' if step > 1 else ""
        cells = "".join(f"<th{span}>{html.escape(cell.text)}</th>" for cell in row.cells[::step])
        return f"<tr><th></th>{cells}</tr>"
    name = f"<th>{label}</th>" if row.kind == "equation" else f"<td>{label}</td>"
    cells = "".join(f"<td>{html.escape(cell.text)}{_html_stars(cell)}</td>" for cell in row.cells)
    return f"<tr>{name}{cells}</tr>"


def _html_stars(cell: GridCell) -> str:
    return f"<sup>{html.escape(cell.stars)}</sup>" if cell.stars else ""
