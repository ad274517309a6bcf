"""What append and merge share: types that do not fit, and what they say about types and labels."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from ...data.combine import common_storage, same_kind
from ...data.dataset import Column, Dataset
from ...data.storage import is_numeric
from ...errors import StataError
from ...records import record

_MISMATCH = 106


@record
class Fitting:
    """How the variables that both data sets have were fitted together.

    ``widened``: (variable, type before, type now).  ``dropped``: (variable, its type in the using data, its type now) of
    those whose using values are of the other kind and became missing.  ``labels``: value labels defined already.
    """

    widened: tuple[tuple[str, str, str], ...] = ()
    dropped: tuple[tuple[str, str, str], ...] = ()
    labels: tuple[str, ...] = ()


def fit(master: Dataset, using: Dataset, names: Iterable[str], force: bool, command: str) -> Fitting:
    """What fitting the variables ``names``, which both have, takes.

    Raises: StataError r(106) for a string here and a number there, unless ``force``.
    """
    widened, dropped = [], []
    for name in names:
        one, other = master.columns[name], using.columns[name]
        if not same_kind(one, other):
            if not force:
                raise _mismatch(one, other, command)
            dropped.append((name, other.storage, one.storage))
            continue
        storage = common_storage(one.storage, other.storage)
        if storage != one.storage:
            widened.append((name, one.storage, storage))
    return Fitting(tuple(widened), tuple(dropped))


def _mismatch(one: Column, other: Column, command: str) -> StataError:
    kinds, empty = ("numeric/string", "numeric missing value") if is_numeric(one.storage) else ("string/numeric", '""')
    advice = (
        f"You could specify {command}'s force option to ignore this {kinds} mismatch.  The using variable would then be "
        f"treated as if it contained {empty}."
    )
    return StataError(
        f"variable {one.name} is {one.storage} in master but {other.storage} in using data\n{_indented(advice)}", _MISMATCH
    )


def check_key(one: Column, other: Column) -> None:
    """Raise r(106) unless a key variable is a string on both sides or a number on both sides."""
    if same_kind(one, other):
        return
    advice = (
        "Each key variable -- the variables on which observations are matched -- must be of the same generic type in the "
        "master and using datasets.  Same generic type means both numeric or both string."
    )
    raise StataError(
        f"key variable {one.name} is {one.storage} in master but {other.storage} in using data\n{_indented(advice)}",
        _MISMATCH,
    )


def _indented(text: str) -> str:
    return textwrap.fill(text, 77, initial_indent="    ", subsequent_indent="    ", fix_sentence_endings=True)


def fitting_lines(fitting: Fitting, version: float, linesize: int) -> list[str]:
    """The notes on types and labels, as append and merge print them."""
    note, indent = ("", 1) if version >= 17 else ("note: ", 7)
    texts = [
        f"(note: variable {name} was {using} in the using data, but will be {now} now)"
        for name, using, now in fitting.dropped
    ]
    texts += [
        f"({note}variable {name} was {before}, now {now} to accommodate using data's values)"
        for name, before, now in fitting.widened
    ]
    texts += [f"(label {name} already defined)" for name in fitting.labels]
    return [line for text in texts for line in textwrap.wrap(text, linesize - 2, subsequent_indent=" " * indent)]
