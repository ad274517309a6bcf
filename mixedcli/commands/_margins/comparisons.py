"""``margins, pwcompare``: the margins of each term compared in pairs."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from ...errors import NotBuilt, StataError
from ...results.comparisons import ComparisonBlock, Comparisons, PwcompareResult
from ...results.margins import MarginsResult
from ...results.stripe import Part, StripeName, Term
from ...syntax.parser import parse
from ...syntax.spec import OptionValues, read_options
from .._shared.comparison_groups import group_block
from .._shared.comparisons import GROUPS, SHOWN, adjustment_method, compared, what_is_shown
from ..pwcompare import pair_label


def compared_margins(result: MarginsResult, options: OptionValues) -> PwcompareResult:
    """Every later margin of a term less every earlier one, with p-values and intervals as mcompare() says.

    Raises r(198) for options that do not fit.
    """
    if result.derivatives:
        raise NotBuilt("margins, pwcompare of effects")
    own = parse(f", {options['pwcompare']}" if options["pwcompare"] is not True else "", "names")
    chosen = read_options(own.options, (*SHOWN, GROUPS), own.text)
    ci, pv = what_is_shown(chosen)
    method = adjustment_method(options)
    rows = [row for equation in result.equations for row in equation.rows]
    blocks, groups, names, weights = [], [], [], []
    unit = np.eye(len(rows))
    positions = range(len(rows))
    for variables, group in groupby(positions, key=lambda k: _variables(rows[k].term)):
        mine = list(group)
        pairs = [(second, first) for i, first in enumerate(mine) for second in mine[i + 1 :]]
        if not pairs:
            continue
        if any(rows[k].note for k in mine):
            raise NotBuilt("comparisons with margins that are not estimable")
        L = np.array([unit[a] - unit[b] for a, b in pairs])
        labels = [pair_label(_texts(rows[a].term, result), _texts(rows[b].term, result)) for a, b in pairs]
        made = compared(labels, L @ result.b, L @ result.V @ L.T, result.df, result.level, method)
        blocks.append(ComparisonBlock("#".join(variables), made))
        if chosen["groups"]:
            V = result.V[np.ix_(mine, mine)]
            texts = ["#".join(_texts(rows[k].term, result)) for k in mine]
            groups.append(group_block("#".join(variables), texts, result.b[mine], V, made, result.level))
        names += [_name(rows[a].term, rows[b].term) for a, b in pairs]
        weights.append(L)
    if not blocks:
        raise StataError("pairwise comparisons require at least two margins", 198)
    L = np.vstack(weights)
    comparisons = Comparisons(
        tuple(blocks), tuple(names), L @ result.b, L @ result.V @ L.T, method, result.df, result.level, ci, pv
    )
    return PwcompareResult(comparisons, result, tuple(groups))


def _variables(term: Term | str) -> tuple[str, ...]:
    return term.variables if isinstance(term, Term) else (term,)


def _parts(term: Term | str) -> tuple[Part, ...]:
    return term.parts if isinstance(term, Term) else ()


def _texts(term: Term | str, result: MarginsResult) -> list[str]:
    """The levels of a margin as tables show them."""
    return [result.value_labels.get(part.variable, {}).get(part.level or 0, str(part.level)) for part in _parts(term)]


def _name(one: Term | str, other: Term | str) -> StripeName:
    pairs = zip(_parts(one), _parts(other), strict=True)
    return StripeName("", "#".join(f"{a.level}vs{b.level}.{a.variable}" for a, b in pairs))
