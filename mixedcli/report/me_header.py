"""The header of the generalized mixed models: title, family, groups, integration, tests.

Its right-hand block stands at column 49 in all versions.  What stands on the left after a colon ends at column 31 up to
version 16 and follows after one blank from 17 on.
"""

from __future__ import annotations

from ..formats import count, f, g
from ..results.me import MeResult
from ..results.mixed import GroupLevel
from .document import BLANK, Line, Style, Table, line
from .mixed_header import FixedBlock, average, group_table

EDGE = 31                             # where the values on the left end, up to version 16
_FAMILIES = {"gaussian": "Gaussian", "bernoulli": "Bernoulli", "poisson": "Poisson"}


def likelihood_words(result: MeResult) -> str:
    """``log likelihood``, or ``log pseudolikelihood`` with robust standard errors."""
    return "log pseudolikelihood" if result.vce != "oim" else "log likelihood"


def header(result: MeResult, style: Style) -> list[Line | Table]:
    """The lines of the header; nothing stands between it and the table below."""
    commas = style.version >= 14
    block = FixedBlock(commas)
    groups = () if result.options.nogroup else result.groups
    lines: list[Line | Table] = [block.line(result.title, "Number of obs", count(result.n, commas))]
    described = [line(labelled(label, value, style)) for label, value in _outcome(result, style)]
    lines += _censoring(result, block, style) or described
    if len(groups) > 1:
        lines += [BLANK, *group_table(groups, style).blocks, BLANK]
    elif groups:
        group = labelled("Group variable", groups[0].name, style)
        lines += [block.line(group, "Number of groups", count(groups[0].count, commas)), BLANK]
        lines += [*sizes(groups[0], block, commas), BLANK]
    if result.equations:
        lines += [] if groups else [BLANK]
        lines += [_integration(result, block, style), BLANK]
    left = f"{likelihood_words(result).capitalize()} = {g(result.ll, 10)}"
    return [*lines, block.line("", f"Wald chi2({result.df_m})", f(result.chi2, 10, 2)),
            block.line(left, "Prob > chi2", f(result.p, 6, 4))]


def labelled(label: str, value: str, style: Style) -> str:
    """``Group variable:            name`` or, from version 17 on, ``Group variable: name``."""
    if style.version >= 17:
        return f"{label}: {value}"
    return f"{label}:{value.rjust(max(EDGE - len(label) - 1, len(value) + 1))}"


def _outcome(result: MeResult, style: Style) -> list[tuple[str, str]]:
    """What is said of the outcome under the title."""
    out = []
    if result.command == "meglm":
        family, link = _FAMILIES.get(result.family, result.family), result.link
        if style.version >= 17:
            family, link = family[0].upper() + family[1:], "  " + link.capitalize()
        out += [("Family", family), ("Link", link)]
    if result.trials:
        out.append(("Binomial trials" if result.trials.isdigit() else "Binomial variable", result.trials))
    if result.family == "nbinomial":
        out.append(("Overdispersion", result.dispersion))
    return out


def _censoring(result: MeResult, block: FixedBlock, style: Style) -> list[Line | Table]:
    """The numbers of censored outcomes, with tobit's limits on the left, and a blank line."""
    found = result.censoring
    if found is None:
        return []
    kinds = [("Uncensored", found.uncensored), ("Left-censored", found.left), ("Right-censored", found.right)]
    left = ["", "", ""]
    if result.command == "meintreg":
        kinds.append(("Interval-cens.", found.interval))
        left.append("")
    else:
        width = max(len(found.lower), len(found.upper))
        left[1:] = [f"Limits: lower = {found.lower.rjust(width)}", f"        upper = {found.upper.rjust(width)}"]
    commas = style.version >= 14
    rows: list[Line | Table] = [
        block.line(text, f"   {kind}", count(n, commas)) for text, (kind, n) in zip(left, kinds, strict=True)
    ]
    return [*rows, BLANK]


def sizes(group: GroupLevel, block: FixedBlock, commas: bool) -> list[Line]:
    """The sizes of a single level's groups."""
    shown = [("min", count(group.minimum, commas)), ("avg", average(group.mean, commas)),
             ("max", count(group.maximum, commas))]
    if commas:
        return [block.label("Obs per group:"), *(block.line("", name, value, right=True) for name, value in shown)]
    return [block.line("", f"{'Obs per group:' if i == 0 else '':14} {name}", value)
            for i, (name, value) in enumerate(shown)]


def _integration(result: MeResult, block: FixedBlock, style: Style) -> Line:
    left = labelled("Integration method", result.method, style)
    if result.method == "laplace":
        return line(left)
    label = "Integration points" if style.version < 14 else "Integration pts."
    return block.line(left, label, str(result.points[0]))
