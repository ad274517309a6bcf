"""Stored estimation results by name."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...errors import StataError
from ...records import replace
from ...results.postest import InformationRow
from ...syntax.tree import Word

if TYPE_CHECKING:
    from ..context import Context, Estimates

ACTIVE = "."


def not_found(name: str, span: tuple[int, int] | None = None) -> StataError:
    return StataError(f"estimation result {name} not found", 111, span)


def find_estimates(context: Context, word: Word) -> Estimates:
    """The results stored under a name, or the active ones for ``.``; r(111) or r(301) if there are none."""
    if word.text == ACTIVE:
        return context.estimates
    if word.text not in context.state.saved:
        raise not_found(word.text, word.span)
    return context.state.saved[word.text]


def stored_names(context: Context, words: Iterable[Word]) -> tuple[str, ...]:
    """The names that the words mean, each once: names, patterns with ``*`` and ``?``, and ``_all``.

    Raises r(111) for a name under which nothing is stored.
    """
    saved = context.state.saved
    chosen: dict[str, None] = {}
    for word in words:
        pattern = "*" if word.text == "_all" else word.text
        found = [name for name in saved if fnmatch.fnmatchcase(name, pattern)]
        if not found and not (pattern == "*" and not saved):
            raise not_found(word.text, word.span)
        chosen.update(dict.fromkeys(found))
    return tuple(chosen)


def forget(context: Context, names: Iterable[str]) -> None:
    """Drop stored results, and the estimation samples that nothing refers to any more."""
    gone = set(names)
    saved = {name: estimates for name, estimates in context.state.saved.items() if name not in gone}
    used = {estimates.sample for estimates in saved.values()}
    if context.state.estimates is not None:
        used.add(context.state.estimates.sample)
    hidden = {k: v for k, v in context.data.hidden.items() if k in used or not k.startswith("_est_")}
    context.change(saved=saved, data=replace(context.data, hidden=hidden))


def parameters(estimates: Estimates) -> int:
    """The number of parameters estimated: the rank of e(V); r(321) if there is neither."""
    stored = estimates.stored()
    if "rank" in stored.scalars:
        return int(stored.scalars["rank"])
    if "V" not in stored.matrices:
        raise StataError("likelihood information not found in last estimation results", 321)
    import numpy as np

    V = stored.matrices["V"].values
    return int(np.count_nonzero(np.diag(V) > 0))


def information(name: str, estimates: Estimates, n: float | None = None) -> InformationRow:
    """AIC = -2 ll + 2 k and BIC = -2 ll + k ln N of one model, k counting all its parameters; ``n`` overrides N."""
    scalars = estimates.stored().scalars
    ll, rows = scalars.get("ll", math.nan), scalars.get("N", math.nan) if n is None else n
    k = parameters(estimates)
    penalty = k * math.log(rows) if rows > 0 else math.nan
    return InformationRow(
        name=name,
        n=int(rows) if rows > 0 else 0,
        ll_null=scalars.get("ll_0", math.nan),
        ll=ll,
        df=k,
        aic=-2 * ll + 2 * k,
        bic=-2 * ll + penalty,
    )
