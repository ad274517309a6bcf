"""label define: make or change a value label."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..data.dataset import Dataset
from ..data.storage import MISSING_BY_NAME
from ..errors import StataError
from ..records import replace
from ..syntax.spec import Option
from ..syntax.tree import Statement, Word
from ._shared.data import check_name, invalid_syntax, widen_format
from .context import Context
from .registry import command

OPTIONS = (
    Option("add", "a", help="add values to a label that exists"),
    Option("modify", "modify", help="add, change or (with an empty text) remove values of a label that exists"),
    Option("replace", "replace", help="replace a label that exists"),
    Option("nofix", "nofix", help="do not widen the display formats of labelled variables"),
)


@command("label define", shortest="la de", start="names", options=OPTIONS)
def label_define(context: Context, statement: Statement) -> None:
    """label define lblname # "label" [# "label" ...] [, add modify replace nofix]

    Define a value label: texts for integers and for the missing codes .a to .z.
    """
    options = context.options(statement, OPTIONS)
    words = statement.arguments
    if len(words) < 3 or words[0].quoted:
        raise invalid_syntax()
    if sum(bool(options[name]) for name in ("add", "modify", "replace")) > 1:
        raise invalid_syntax()
    name, data = words[0].text, context.data
    check_name(name, words[0].span)
    if name in data.value_labels and not (options["add"] or options["modify"] or options["replace"]):
        raise StataError(f"label {name} already defined", 110, words[0].span)
    kept = {} if options["replace"] else data.value_labels.get(name, {})
    label = _merged(kept, _texts(words[1:]), bool(options["modify"]))
    data = with_value_label(data, name, label)
    context.data = data if options["nofix"] else widened(data, name)


def _texts(words: Sequence[Word]) -> dict[float, str]:
    """Value -> text from pairs of words."""
    if len(words) % 2:
        raise invalid_syntax(words[-1].span)
    return {label_value(value): text.text for value, text in zip(words[::2], words[1::2], strict=True)}


def label_value(word: Word) -> float:
    """The integer or extended missing code that ``word`` is; r(198) for anything else."""
    if not word.quoted and word.text in MISSING_BY_NAME and word.text != ".":
        return MISSING_BY_NAME[word.text]
    if word.text == ".":
        raise StataError("may not label .", 198, word.span)
    if word.quoted or not re.fullmatch(r"[-+]?\d+", word.text):
        raise invalid_syntax(word.span)
    return float(word.text)


def _merged(old: Mapping[float, str], new: Mapping[float, str], modify: bool) -> dict[float, str]:
    """The label after adding ``new``; a value may change only with ``modify``, where an empty text removes it."""
    if not modify and any(value in old for value in new):
        raise StataError("invalid attempt to modify label", 180)
    return {value: text for value, text in sorted({**old, **new}.items()) if text or not modify}


def with_value_label(data: Dataset, name: str, label: Mapping[float, str]) -> Dataset:
    """The data set with the value label ``name`` defined as ``label``."""
    return replace(data, value_labels={**data.value_labels, name: label}, changed=True)


def widened(data: Dataset, name: str) -> Dataset:
    """The data set with formats wide enough for the label ``name`` in every variable that has it."""
    columns = {
        key: widen_format(column, data.value_labels[name]) if column.value_label == name else column
        for key, column in data.columns.items()
    }
    return replace(data, columns=columns)
