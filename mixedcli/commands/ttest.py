"""ttest: tests on one mean, on the mean of differences, and on the difference of two means."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..data.columns import group_codes, numeric
from ..data.dataset import Column
from ..data.storage import is_missing, is_numeric
from ..errors import StataError, no_observations, variable_not_found
from ..expr.names import resolve_variable
from ..formats import abbreviate, f, g
from ..records import record, replace
from ..results.base import Result, Stored
from ..syntax import tree
from ..syntax.spec import Kind, Option, OptionValues
from ..syntax.tree import Statement
from ._shared.moments import moments
from ._shared.tables import chosen_rows, labels_of, page, refuse, result_line, value_text
from .registry import command, layout

if TYPE_CHECKING:
    from ..report.document import Document, Line, Style
    from .context import Context

OPTIONS = (
    Option("by", "by", Kind.NAME, help="the variable that tells the two groups apart"),
    Option("unpaired", "unp", help="the two variables are independent samples"),
    Option("unequal", "une", help="do not assume equal variances"),
    Option("welch", "w", help="Welch's degrees of freedom; implies unequal"),
    Option("level", "l", Kind.REAL, low=10, high=99.99, help="confidence level"),
    Option("reverse", "rev", help="subtract the first group from the second"),
)


@record
class Sample:
    """One row of the table: ``N`` values with this mean and standard deviation; ``se`` of the mean and its interval."""

    name: str
    N: float
    mean: float
    se: float
    sd: float
    lo: float
    hi: float


@record
class TTest(Result):
    """``kind``: ``one``, ``paired``, ``two``.  ``first`` and ``second``: the samples compared, ``difference``: its row.

    ``labels``: how the two means are written (``Domestic``, ``Foreign``); ``of``: ``Variable`` or ``Group``.
    """

    schema: ClassVar[str] = "ttest"

    kind: str
    samples: tuple[Sample, ...]
    difference: Sample
    of: str
    null: float
    t: float
    df: float
    p: float
    p_lower: float
    p_upper: float
    level: float
    method: str = ""

    def stored(self) -> Stored:
        one, two = self.samples[0], self.samples[1] if self.kind != "one" else None
        scalars = {"level": self.level}
        if self.kind == "two":
            scalars["sd"] = self.samples[2].sd
        if two:
            scalars["sd_2"] = two.sd
        scalars |= {"sd_1": one.sd, "se": self.difference.se, "p_u": self.p_upper, "p_l": self.p_lower, "p": self.p}
        scalars |= {"t": self.t, "df_t": self.df}
        if two:
            scalars |= {"mu_2": two.mean, "N_2": two.N}
        return Stored("r", scalars=scalars | {"mu_1": one.mean, "N_1": one.N})


@command("ttest", shortest="tte", start="raw", options=OPTIONS, by="loop")
def ttest(context: Context, statement: Statement) -> TTest:
    """ttest var == # | var1 == var2 [, unpaired unequal welch] | var, by(groupvar) [unequal welch reverse] [level(#)]

    Test whether a mean has a value, whether two variables have the same mean (pair by pair, unless unpaired), or whether
    two groups have the same mean.
    """
    parsed = _parsed(statement)
    options = context.options(parsed, OPTIONS)
    refuse(replace(parsed, exp=None), using=True)
    rows = chosen_rows(context, parsed)
    level = options["level"] or context.settings.level
    left, right = _sides(parsed)
    column = _variable(context, left)
    if options["by"]:
        if right is not None:
            raise StataError("option by() not allowed", 198, options.spans["by"])
        return _by_group(context, column, rows, options, level)
    if right is None:
        raise StataError("option by() required", 198, (len(statement.text), len(statement.text)))
    if _is_variable(context, right):
        return _two_variables(context, column, _variable(context, right), rows, options, level)
    for name in ("unpaired", "unequal", "welch", "reverse"):
        if options[name]:
            raise StataError(f"option {name} not allowed", 198, options.spans[name])
    return _one_sample(column, _constant(context, right), rows, level)


def _parsed(statement: Statement) -> Statement:
    """The statement with its expression read; ``x = 5`` is taken as ``x == 5``."""
    from ..syntax.parser import parse

    if not statement.rest.strip().partition(",")[0]:
        raise StataError("varlist required", 100)
    offset = len(statement.text) - len(statement.rest)
    single = re.match(r"\s*[\w.]+\s*=(?!=)", statement.rest)
    text = statement.text
    if single:
        text = text[: offset + single.end()] + "=" + text[offset + single.end() :]
    return parse(text, "expression_only", statement.word, offset)


def _sides(statement: Statement) -> tuple[tree.Expr, tree.Expr | None]:
    exp = statement.exp
    assert exp is not None
    if isinstance(exp, tree.Binary) and exp.op == "==":
        return exp.left, exp.right
    return exp, None


def _is_variable(context: Context, exp: tree.Expr) -> bool:
    from ..expr.names import matching

    return isinstance(exp, tree.TimeValue) or (isinstance(exp, tree.Name) and len(matching(exp.name, context.data)) > 0)


def _variable(context: Context, exp: tree.Expr) -> Column:
    from ..expr.timeseries import column_of, operated_name, read_shifts

    if not isinstance(exp, tree.Name | tree.TimeValue):
        raise StataError("varname required", 100, exp.span)
    name = resolve_variable(exp.name, context.data, exp.span)
    if isinstance(exp, tree.TimeValue):
        name = operated_name(read_shifts(exp.operator, exp.span)[0], name)
    column = column_of(context.data, name, exp.span)
    if not is_numeric(column.storage):
        raise StataError(f"string variables not allowed in varlist;\n{name} is a string variable", 109, exp.span)
    return column


def _constant(context: Context, exp: tree.Expr) -> float:
    from ..expr.evaluate import evaluate_scalar

    if isinstance(exp, tree.Name) and exp.name not in context.state.scalars and not exp.name.startswith("_"):
        raise variable_not_found(exp.name, exp.span)
    value = evaluate_scalar(exp, context.data, context.environment())
    if isinstance(value, str) or is_missing(np.array([value]))[0]:
        raise StataError("invalid syntax", 198, exp.span)
    return value


# ---- numbers -------------------------------------------------------------------------------------------------


def sample_of(name: str, values: np.ndarray, level: float) -> Sample:
    """A sample's row: moments of ``values`` (m,), and the t interval of the mean."""
    found = moments(values, None, False)
    se = found.sd / math.sqrt(found.N) if found.N > 1 else math.nan
    return _row(name, found.N, found.mean, se, found.sd, found.N - 1, level)


def _row(name: str, n: float, mean: float, se: float, sd: float, df: float, level: float) -> Sample:
    from ..engine.tails import t_quantile

    half = t_quantile(0.5 + level / 200, df) * se if df > 0 else math.nan
    return Sample(name, n, mean, se, sd, mean - half, mean + half)


def _tails(t: float, df: float) -> tuple[float, float, float]:
    """Two-sided, lower and upper tail of t."""
    from ..engine.tails import t_two_sided

    if math.isnan(t):
        return math.nan, math.nan, math.nan
    both = t_two_sided(t, df)
    lower = both / 2 if t < 0 else 1 - both / 2
    return both, lower, 1 - lower if t < 0 else both / 2


def _ratio(value: float, se: float) -> float:
    return value / se if se > 0 else math.nan


def _known(column: Column, rows: np.ndarray) -> np.ndarray:
    values = numeric(column)[rows]
    return values[~is_missing(values)]


def _one_sample(column: Column, null: float, rows: np.ndarray, level: float) -> TTest:
    values = _known(column, rows)
    if not len(values):
        raise no_observations()
    one = sample_of(column.name, values, level)
    t = _ratio(one.mean - null, one.se)
    return TTest("one", (one,), one, "Variable", null, t, one.N - 1, *_tails(t, one.N - 1), level)


def _two_variables(
    context: Context, first: Column, second: Column, rows: np.ndarray, options: OptionValues, level: float
) -> TTest:
    if options["reverse"]:
        raise StataError("option reverse not allowed", 198, options.spans["reverse"])
    if options["unpaired"]:
        pair = [(column.name, _known(column, rows)) for column in (first, second)]
        return _two_samples(pair, "Variable", options, level)
    for name in ("unequal", "welch"):
        if options[name]:
            raise StataError("unpaired must be specified with unequal or welch", 198, options.spans[name])
    x, y = numeric(first)[rows], numeric(second)[rows]
    both = ~(is_missing(x) | is_missing(y))
    if not both.any():
        raise no_observations()
    x, y = x[both], y[both]
    diff = sample_of("diff", x - y, level)
    t = _ratio(diff.mean, diff.se)
    samples = sample_of(first.name, x, level), sample_of(second.name, y, level)
    return TTest("paired", samples, diff, "Variable", 0.0, t, diff.N - 1, *_tails(t, diff.N - 1), level)


def _by_group(context: Context, column: Column, rows: np.ndarray, options: OptionValues, level: float) -> TTest:
    if options["unpaired"]:
        raise StataError("option unpaired not allowed", 198, options.spans["unpaired"])
    by = context.data.columns[resolve_variable(options["by"], context.data, options.spans["by"])]
    rows = rows[~is_missing(numeric(column)[rows])]
    codes, where = group_codes([by], rows, missing=False)
    if len(where) != 2:
        if len(where) == 0:
            raise no_observations()
        raise StataError(f"{'1 group' if len(where) == 1 else 'more than 2 groups'} found, 2 required", 420)
    labels = labels_of(context.data, by)
    values = numeric(by) if is_numeric(by.storage) else by.values
    pair = [(value_text(values[row], by, labels), _known(column, rows[codes == k])) for k, row in enumerate(where)]
    return _two_samples(pair[::-1] if options["reverse"] else pair, "Group", options, level)


def _two_samples(pair: list[tuple[str, np.ndarray]], of: str, options: OptionValues, level: float) -> TTest:
    """Student's test with a pooled variance, or with Satterthwaite's or Welch's degrees of freedom ([R] ttest)."""
    if not all(len(values) for _, values in pair):
        raise no_observations()
    samples = [sample_of(name, values, level) for name, values in pair]
    one, two = samples
    together = sample_of("combined", np.concatenate([values for _, values in pair]), level)
    method = "welch" if options["welch"] else "unequal" if options["unequal"] else ""
    variances = [s.sd**2 if s.N > 1 else math.nan for s in samples]
    if method:
        parts = [v / s.N for v, s in zip(variances, samples, strict=True)]
        se = math.sqrt(sum(parts))
        df = _approximate_df(parts, [s.N for s in samples], method)
    else:
        df = one.N + two.N - 2
        within = sum((s.N - 1) * v for s, v in zip(samples, variances, strict=True) if s.N > 1)
        se = math.sqrt(within / df * (1 / one.N + 1 / two.N)) if df > 0 else math.nan
    diff = _row("diff", one.N + two.N, one.mean - two.mean, se, math.nan, df, level)
    t = _ratio(diff.mean, se)
    return TTest("two", (one, two, together), diff, of, 0.0, t, df, *_tails(t, df), level, method)


def _approximate_df(parts: list[float], counts: list[float], method: str) -> float:
    """Degrees of freedom for unequal variances; ``parts`` are the squared standard errors of the two means."""
    top = sum(parts) ** 2
    if not top > 0:
        return math.nan
    if method == "welch":
        return -2 + top / sum(part**2 / (n + 1) for part, n in zip(parts, counts, strict=True))
    return top / sum(part**2 / (n - 1) for part, n in zip(parts, counts, strict=True))


# ---- layout --------------------------------------------------------------------------------------------------

_RULE, _INNER = "-" * 78, "-" * 9 + "+" + "-" * 68


@layout(TTest)
def lay_out(result: TTest, style: Style) -> Document:
    new = style.version >= 17
    titles = {"one": "One-sample t test", "paired": "Paired t test", "two": "Two-sample t test with equal variances"}
    title = titles[result.kind]
    if result.method:
        title = title.replace("equal", "unequal")
    lines: list[str | Line] = ["", title, _RULE, _heading(result, style), _INNER]
    lines += [_sample_line(sample, style) for sample in result.samples[:2]]
    if result.kind != "one":
        if result.kind == "two":
            lines += [_INNER, _sample_line(result.samples[2], style, "Combined" if new else "combined")]
        lines += [_INNER, _sample_line(result.difference, style, count=result.kind == "paired")]
    return page([*lines, _RULE, *_test_lines(result, new)])


def _heading(result: TTest, style: Style) -> str:
    words = "Std. err.   Std. dev.   [{}% conf. interval]" if style.version >= 17 else (
        "Std. Err.   Std. Dev.   [{}% Conf. Interval]"
    )
    text = words.format(f"{result.level:g}")
    return f"{result.of:>8} |     Obs        Mean    {text[:21]}{text[24:]:>23}"


def _sample_line(sample: Sample, style: Style, name: str = "", count: bool = True) -> Line:
    obs = (f"{sample.N:,.0f}" if style.version >= 14 else f"{sample.N:.0f}") if count else ""
    sd = g(sample.sd) if count else ""
    cells = f"{obs:>8}{g(sample.mean):>12}{g(sample.se):>12}{sd:>12}{g(sample.lo):>12}{g(sample.hi):>12}"
    return result_line(f"{abbreviate(name or sample.name, 8):>8} |", cells)


def _test_lines(result: TTest, new: bool) -> list[str | Line]:
    """The hypothesis, the statistic, and the three alternatives."""
    names = [s.name for s in result.samples]
    paired = result.kind == "paired"
    if result.kind == "one":
        what, means = "mean", f"    mean = mean({names[0]})"
    elif paired:
        what, means = "mean(diff)", f"     mean(diff) = mean({names[0]} - {names[1]})"
    else:
        what, means = "diff", f"    diff = mean({names[0]}) - mean({names[1]})"
    null = g(result.null)
    df = "Degrees of freedom" if new else "degrees of freedom"
    if result.method:
        df = "Satterthwaite's degrees of freedom" if result.method == "unequal" else "Welch's degrees of freedom"
    hypothesis = f"{' ' if paired else ''}{'H0' if new else 'Ho'}: {what} = {null}"
    statistic = f"t = {f(result.t, 8, 4):>8}"
    freedom = f"{df} = {g(result.df, 8):>8}"
    middle, right = (49, 53) if paired else (46, 63)
    alternatives = f"{' ' if paired else '    '}Ha: {what} < {null}"
    alternatives += f"Ha: {what} != {null}".rjust(middle - len(alternatives))
    upper = f"Ha: {what} > {null}"
    alternatives = alternatives.ljust(78 - len(upper) if paired else right) + upper
    tails = (
        f" Pr(T < t) = {f(result.p_lower, 6, 4):>6}         Pr(|T| > |t|) = {f(result.p, 6, 4):>6}"
        f"          Pr(T > t) = {f(result.p_upper, 6, 4):>6}"
    )
    return [
        means.ljust(max(78 - len(statistic), 0)) + statistic,
        hypothesis.ljust(max(78 - len(freedom), 0)) + freedom,
        "", alternatives, tails,
    ]
