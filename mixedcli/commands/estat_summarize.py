"""``estat summarize``: the variables of the model over the estimation sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..design.matrix import Columns
from ..design.terms import expand_terms
from ..errors import NotBuilt, StataError
from ..records import record
from ..results.base import Matrix, Result, Stored
from ..results.coefficients import CoefficientRow
from ..results.stripe import CONSTANT, Part, StripeName, Term, read_term
from ..syntax.spec import Option
from ..syntax.tree import Statement
from ._mixed.model import factor_labels
from ._shared.tables import refuse
from .context import Context
from .registry import command, layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..report.document import Document, Style

OPTIONS = (
    Option("noheader", "noh", help="leave out the line above the table"),
    Option("noweights", "now", help="do not weight"),
    Option("labels", "lab", planned=True),
    Option("equation", "eq", planned=True),
    Option("group", "group", planned=True),
)


@record
class SampleSummary:
    """Mean, standard deviation (n - 1), least and largest value of one variable, or of the indicator of a level."""

    term: Term
    mean: float
    sd: float
    minimum: float
    maximum: float


@record
class SummarizeResult(Result):
    """estat summarize: ``n`` rows of the sample of ``command``."""

    schema: ClassVar[str] = "estat summarize"

    command: str
    n: int
    rows: tuple[SampleSummary, ...]
    value_labels: Mapping[str, Mapping[int, str]]
    header: bool = True

    def stored(self) -> Stored:
        """r(stats): a row per variable, columns mean sd min max."""
        values = np.array([[r.mean, r.sd, r.minimum, r.maximum] for r in self.rows]).reshape(len(self.rows), 4)
        names = tuple(StripeName("", row.term.name) for row in self.rows)
        columns = tuple(StripeName("", name) for name in ("mean", "sd", "min", "max"))
        return Stored("r", {"N": self.n}, {}, {"stats": Matrix(values, names, columns)})


@command("estat summarize", shortest="estat su", options=OPTIONS)
def estat_summarize(context: Context, statement: Statement) -> SummarizeResult:
    """estat summarize [varlist] [, noheader noweights]

    Summarize the dependent variable and the covariates of the last estimates, or the variables named, over the
    estimation sample; factor variables level by level.
    """
    options = context.options(statement, OPTIONS)
    refuse(statement, using=True)
    stored = context.estimates.stored()
    sample = context.sample()
    if not sample.any():
        raise StataError("e(sample) information not available", 498)
    if stored.macros.get("wtype") and not options["noweights"]:
        raise NotBuilt("estat summarize with weights (noweights leaves them out)")
    if statement.varlist:
        terms = list(expand_terms(statement.varlist, context.data, sample))
    else:
        depvar = [read_term(name) for name in stored.macros.get("depvar", "").split()]
        equations = {name.equation for name in stored.matrices["b"].columns[:1]}
        names = (name.name for name in stored.matrices["b"].columns if name.equation in equations)
        terms = [*depvar, *(read_term(name) for name in names)]
    kept = _main_terms(terms, context)
    source = Columns(context.data, sample)
    rows = tuple(_summary(term, source.column(term)) for term in kept)
    labels = factor_labels(tuple(kept), context.data)
    command_name = stored.macros.get("cmd2") or stored.macros.get("cmd", "")
    return SummarizeResult(command_name, int(sample.sum()), rows, labels, not options["noheader"])


def _main_terms(terms: Iterable[Term], context: Context) -> list[Term]:
    """Each variable or level once, in order; interactions give their parts.  Raises r(111) for one not in the data."""
    found: dict[str, Term] = {}
    for term in terms:
        if term == CONSTANT:
            continue
        for part in term.parts:
            base = part.variable.rpartition(".")[2]
            if base not in context.data.columns:
                raise StataError(f"variable {base} not found", 111)
            plain = Part(part.variable, part.level, operated=part.level is not None)
            main = Term((plain,))
            found.setdefault(main.name, main)
    return list(found.values())


def _summary(term: Term, x: np.ndarray) -> SampleSummary:
    sd = float(np.std(x, ddof=1)) if len(x) > 1 else float("nan")
    return SampleSummary(term, float(np.mean(x)), sd, float(np.min(x)), float(np.max(x)))


# ---- layout ----------------------------------------------------------------------------------------------------

NAME, EDGES, WIDTH, INDENT = 12, (28, 42, 54, 67), 67, 2


@layout(SummarizeResult)
def lay_out(result: SummarizeResult, style: Style) -> Document:
    """Indented by two; a row per variable, factors in blocks."""
    from ..formats import count, g
    from ..report.document import BLANK, Cell, Document, Row, Rule, Table, line
    from ..report.names import Show, blocks, name_lines

    titles = ("Mean", "Std. Dev." if style.version < 17 else "Std. dev.", "Min", "Max")
    heading = tuple(Cell(title, edge) for title, edge in zip(titles, EDGES, strict=True))
    rows: list[Row | Rule] = [Rule(), Row("Variable".rjust(NAME) + " ", heading, heading=True), Rule(joint=True)]
    numbers = {row.term.name: (row.mean, row.sd, row.minimum, row.maximum) for row in result.rows}
    labels = result.value_labels if style.version >= 13 else {}
    found = blocks([CoefficientRow(row.term) for row in result.rows], labels, Show())
    for each in name_lines(found, labels, NAME):
        values = numbers[each.row.stripe] if each.row is not None else ()
        rows.append(Row(each.stub, tuple(Cell(g(v), edge) for v, edge in zip(values, EDGES, strict=bool(values)))))
    table = Table((*rows, Rule()), WIDTH, NAME + 2, INDENT, name="summarize")
    if not result.header:
        return Document((BLANK, table))
    left, n = f"  Estimation sample {result.command}", count(result.n, style.version >= 14)
    right = f"Number of obs = {n:>10}"
    return Document((BLANK, line(left + right.rjust(WIDTH + INDENT - len(left))), BLANK, table))
