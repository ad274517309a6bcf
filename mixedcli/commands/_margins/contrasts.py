"""``margins r.a``, ``margins a, contrast()``: contrasts of the margins of factor levels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from ...errors import NotBuilt, StataError
from ...records import replace
from ...results.comparisons import ContrastResult
from ...results.margins import MarginsResult
from ...results.stripe import Term
from ...syntax.parser import parse
from ...syntax.spec import Option, OptionValues, read_options
from ...syntax.tree import Statement
from .._linear.common import Coefficients
from .._shared.comparisons import SHOWN
from .._shared.contrasts import Contrasts, contrast_result, of_factor, of_term
from .marginal_cells import OPERATORS, Factor, check_base

SUBOPTIONS = (
    *SHOWN,
    Option("nowald", "nowald", help="no table of tests"),
    Option("noeffects", "noeff", help="no table of contrasts"),
)
# An operator of contrasts before the name of a factor: r.a, ar.a, rb2.a; where the list ends: a comma, if, in, a weight.
_OPERATED = re.compile(rf"(?<![\w.])(?:({'|'.join(OPERATORS)})|rb(\d+))\.(?=[^\W\d])")
_END = re.compile(r",|\[|\b(?:if|in)\b")


def read_marginlist(statement: Statement) -> tuple[Statement, dict[str, Factor]]:
    """The statement with ``i.`` in place of the operators of contrasts, and these by the name typed after them.

    Raises r(198) for what is no list of factors.
    """
    offset = len(statement.text) - len(statement.rest)
    end = _END.search(statement.text, offset)
    stop = end.start() if end else len(statement.text)
    head = statement.text[offset:stop]
    factors: dict[str, Factor] = {}
    for match in _OPERATED.finditer(head):
        name = re.match(r"\w+", head[match.end() :])
        assert name is not None
        factors[name[0]] = Factor(name[0], match[1] or "r", int(match[2]) if match[2] else None)
    text = statement.text[:offset] + _OPERATED.sub("i.", head) + statement.text[stop:]
    read = parse(text, "standard", statement.word, offset)
    return replace(read, text=statement.text, rest=statement.rest), factors


def contrasted_margins(
    result: MarginsResult, factors: dict[str, Factor], bases: dict[str, int], options: OptionValues
) -> ContrastResult:
    """The contrasts of the margins of each term, with tests and intervals as contrast() and mcompare() say.

    ``factors``: the operators typed; ``bases``: the base levels of the model's factors.  Raises r(198) for margins
    without levels.
    """
    if result.derivatives:
        raise NotBuilt("margins, contrast of effects")
    rows = [row for equation in result.equations for row in equation.rows]
    terms = [row.term if isinstance(row.term, Term) else Term(()) for row in rows]
    if result.over or any("_predict" in term.variables for term in terms):
        raise NotBuilt("contrasts of margins over groups, or of several predictions,")
    if any(row.note for row in rows):
        raise NotBuilt("contrasts of margins that are not estimable")
    found = []
    for _, group in groupby(range(len(rows)), key=lambda k: terms[k].variables):
        places = list(group)
        if len(places) > 1 and terms[places[0]].variables != ("_at",):
            found.append(_contrasts([terms[k] for k in places], places, result, factors, bases))
    if not found and result.points:
        raise NotBuilt("contrasts of the points of at()")
    if not found:
        raise StataError("contrasts require at least two margins", 198)
    asked = options["contrast"]
    own = parse(f", {asked}" if isinstance(asked, str) else "", "names")
    chosen = read_options(own.options, SUBOPTIONS, own.text)
    chosen = OptionValues({**chosen, "mcompare": options["mcompare"]}, options.spans)
    coefficients = Coefficients(result.names, result.b, result.V)
    return contrast_result(found, coefficients, "", result.df, result.level, chosen, result)


def _contrasts(
    terms: Sequence[Term], places: Sequence[int], result: MarginsResult, factors: dict[str, Factor],
    bases: dict[str, int],
) -> Contrasts:
    """The contrasts of the factors of one term at each point of at(); its margins stand at ``places`` of r(b), point by
    point."""
    sides = []
    points = terms[0].variables[0] == "_at"
    at = [str(level) for level in _levels(terms, 0)] if points else [""]
    for k, part in list(enumerate(terms[0].parts))[points:]:
        levels = _levels(terms, k)
        factor = factors.get(part.variable, Factor(part.variable))
        check_base(factor, levels)
        base = bases.get(part.variable, levels[0]) if factor.base is None else factor.base
        labels = result.value_labels.get(part.variable, {})
        texts = [labels.get(level, str(level)) for level in levels]
        sides.append(of_factor(factor.operator, levels, texts, levels.index(base) if base in levels else 0))
    order = np.array(places).reshape(len(at), -1).T.reshape(-1)       # cells outside, points inside
    name = "#".join(terms[0].variables[points:]) + "@_at" * points
    return of_term(name, sides, at, np.eye(len(result.b))[order])


def _levels(terms: Sequence[Term], k: int) -> tuple[int, ...]:
    """The levels of the k-th part of the terms, in order."""
    return tuple(dict.fromkeys(term.parts[k].level or 0 for term in terms))
