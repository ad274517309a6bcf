"""What estat gof prints."""

from __future__ import annotations

from collections.abc import Sequence

from ..formats import count, f, g
from ..results.gof import BinaryGof, CountGof, GofGroup
from .document import BLANK, RESULT, Document, Line, Span, Style, line

_EDGE = 30                            # up to version 16 labels end here


def count_document(result: CountGof, style: Style) -> Document:
    """estat gof after poisson: deviance, then Pearson."""
    blocks: list[Line] = []
    tests = (("Deviance", result.deviance, result.p_deviance), ("Pearson", result.pearson, result.p_pearson))
    for name, chi2, p in tests:
        values = (f"{name} goodness-of-fit".ljust(24), g(chi2)), (f"Prob > chi2({result.df})".ljust(24), f(p, 9, 4))
        blocks += [BLANK, *(line(f"         {label} = ", Span(value.rjust(9), RESULT)) for label, value in values)]
    return Document(tuple(blocks))


def binary_document(result: BinaryGof, style: Style) -> Document:
    """estat gof after a binary model; another form from version 17 on."""
    old = style.version < 17
    blocks = _old_heading(result) if old else _new_heading(result)
    for each in _tables(result):
        blocks += [*(line(text) for text in each), BLANK]
    if result.table:
        blocks.pop()
    return Document((*blocks, BLANK, *(_old_test(result) if old else _new_test(result))))


def _old_heading(result: BinaryGof) -> list[Line]:
    blocks = [BLANK, line(f"{result.model.capitalize()} model for {result.depvar}, goodness-of-fit test")]
    if result.groups:
        blocks += [BLANK, line("  (Table collapsed on quantiles of estimated probabilities)")]
        blocks += [line(f"  ({_ties(result)})")] if result.m < result.groups else []
    elif result.table:
        blocks.append(BLANK)
    return blocks


def _new_heading(result: BinaryGof) -> list[Line]:
    blocks: list[Line] = []
    if result.groups:
        blocks.append(line(f"note: obs collapsed on {result.groups} quantiles of estimated probabilities."))
        blocks += [line(f"note: {_ties(result)[0].lower()}{_ties(result)[1:]}.")] if result.m < result.groups else []
    blocks += [BLANK, line(f"Goodness-of-fit test after {result.model} model"), line(f"Variable: {result.depvar}")]
    return blocks + ([BLANK] if result.table else [])


def _ties(result: BinaryGof) -> str:
    return f"There are only {result.m} distinct quantiles because of ties"


def _values(result: BinaryGof) -> tuple[str, str]:
    return f(result.chi2, 9, 2), f(result.p, 6, 4)


def _old_test(result: BinaryGof) -> list[Line]:
    groups, name = ("number of groups", "Hosmer-Lemeshow") if result.groups else ("number of covariate patterns", "Pearson")
    labels = ("number of observations", groups, f"{name} chi2({result.df})", "Prob > chi2")
    chi2, p = _values(result)
    # Counts end where %9.0g does, the statistics three columns further to the right.
    values = (g(result.n).rjust(9), g(result.m).rjust(9), chi2.rjust(12), p.rjust(14))
    return [line(f"{label:>{_EDGE - 1}} = ", Span(value, RESULT)) for label, value in zip(labels, values, strict=True)]


def _new_test(result: BinaryGof) -> list[Line]:
    groups, name = ("Number of groups", "Hosmer\N{EN DASH}Lemeshow") if result.groups \
        else ("Number of covariate patterns", "Pearson")
    labels = ("Number of observations", groups, f"{name} chi2({result.df})", "Prob > chi2")
    values = (count(result.n, True), count(result.m, True), *_values(result))
    left, right = max(map(len, labels)), max(map(len, values))
    return [line(f"{label:>{left}} = ", Span(value.rjust(right), RESULT))
            for label, value in zip(labels, values, strict=True)]


# ---- the table -------------------------------------------------------------------------------------------------


def _tables(result: BinaryGof) -> list[list[str]]:
    """The groups with their counts; for covariate patterns what their covariates are, below."""
    if not result.table:
        return []
    titles = ("Group", "Prob", "Obs_1", "Exp_1", "Obs_0", "Exp_0", "Total")
    tables = [_grid(titles, [_counts(group) for group in result.table])]
    if result.covariates:
        rows = [(str(group.number), f(group.probability, 6, 4), *group.values) for group in result.table]
        tables.append(_grid((*titles[:2], *result.covariates), rows))
    return tables


def _counts(group: GofGroup) -> tuple[str, ...]:
    rest, expected = group.total - group.observed, group.total - group.expected
    return (str(group.number), f(group.probability, 6, 4), g(group.observed), f(group.expected, 7, 1), g(rest),
            f(expected, 7, 1), g(group.total))


def _grid(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table in a box with bars between its columns."""
    texts = [[text.strip() for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(titles, *texts, strict=True)]
    inner = sum(widths) + 3 * len(widths) - 1
    lines = [[title.rjust(width) for title, width in zip(titles, widths, strict=True)]]
    lines += [[text.rjust(width) for text, width in zip(row, widths, strict=True)] for row in texts]
    body = [f"  | {' | '.join(each)} |" for each in lines]
    rule = "  |" + "+".join("-" * (width + 2) for width in widths) + "|"
    border = f"  +{'-' * inner}+"
    return [border, body[0], rule, *body[1:], border]
