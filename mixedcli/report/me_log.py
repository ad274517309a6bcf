"""The iteration log of the generalized mixed models, and what is said before it."""

from __future__ import annotations

from ..formats import g
from ..results.me import MeResult
from ..results.xtme import XtmeResult
from ..results.xtre import XtreResult
from .document import BLANK, RESULT, Line, Span, Style, Table, line
from .me_header import likelihood_words
from .ml import separation_lines


def notes(result: MeResult | XtmeResult | XtreResult, style: Style) -> list[Line | Table]:
    """What was left out and why."""
    stop = "." if style.version >= 17 else ""
    out: list[Line | Table] = [line(_stopped(note, stop)) for note in result.notes]
    for each in result.separations:
        out += [BLANK, *separation_lines(each, style)]
    return out


def _stopped(note: str, stop: str) -> str:
    """A note with the full stop that its version has; those in parentheses never have one."""
    return note if note.startswith("(") else note.rstrip(".") + stop


def settings(result: MeResult, style: Style) -> list[Line | Table]:
    """How the survival times are set."""
    survival = result.survival
    if survival is None or not survival.shown:
        return []
    modern = style.version >= 17
    width, gap = (19, " ") if modern else (20, "  ")
    rows = [("failure _d", survival.failure), ("analysis time _t", survival.time), *survival.more]
    out: list[Line | Table] = [BLANK]
    for label, text in rows:
        shown = label[0].upper() + label[1:] if modern and label != "id" else label.upper() if modern else label
        out.append(line(f"{shown}:".rjust(width) + gap + text))
    return out


def iteration_log(result: MeResult, style: Style) -> list[Line | Table]:
    """The search without random effects, its starting values with them, and the search of the whole model.

    That the search did not converge is said even where the log is not wanted, but not when results are shown again.
    """
    failure = [] if result.convergence.converged else [line("convergence not achieved")]
    logs = result.logs
    if result.options.nolog:
        return [*failure] if logs.fixed else []
    if not result.equations:
        return [*_iterations(result, "Iteration", logs.fixed, style), *failure]
    out: list[Line | Table] = [BLANK, line("Fitting fixed-effects model:")]
    out += _iterations(result, "Iteration", logs.fixed, style)
    out += [BLANK, line("Refining starting values:"), *_iterations(result, "Grid node", (logs.grid,), style, "")]
    out += [BLANK, line("Fitting full model:"), *_iterations(result, "Iteration", logs.full, style), *failure]
    return out


def _iterations(
    result: MeResult, word: str, logliks: tuple[float, ...], style: Style, end: str = "  "
) -> list[Line | Table]:
    words = likelihood_words(result)
    words = words.capitalize() if style.version >= 18 else words
    out: list[Line | Table] = [BLANK]
    for i, ll in enumerate(logliks):
        start = f"{word} {i}:".ljust(14 if style.version >= 18 else 15)
        out.append(line(f"{start}{words} = ", Span(g(ll, 10).rjust(10), RESULT), end))
    return out
