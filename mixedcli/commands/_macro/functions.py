"""The session as extended macro functions see it (`mixedcli.syntax.macro_functions.MacroWorld`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...data.dataset import Column
from ...expr.names import resolve_variable
from ...results.base import Matrix, Stored
from ...syntax.macro_functions import evaluate_macro_function
from .._matrix.tables import find_matrix
from ..context import Context


def macro_function(context: Context, text: str) -> str:
    """The result of ``: text``.  Raises what `evaluate_macro_function` raises."""
    return evaluate_macro_function(text, _World(context))


class _World:
    """Answers the questions of macro functions from a context."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def macro(self, kind: str, name: str) -> str:
        held = self.context.frame.locals if kind == "local" else self.context.globals
        return held.get(name, "")

    def set_macro(self, kind: str, name: str, text: str) -> None:
        (self.context.set_local if kind == "local" else self.context.set_global)(name, text)

    def variable(self, name: str) -> Column:
        data = self.context.data
        return data.columns[resolve_variable(name, data)]

    def variables(self) -> Sequence[str]:
        return self.context.data.names

    def value_labels(self, name: str) -> Mapping[float, str] | None:
        return self.context.data.value_labels.get(name)

    def data_label(self) -> str:
        return self.context.data.label

    def sorted_by(self) -> Sequence[str]:
        return self.context.data.sorted_by

    def characteristics(self, owner: str) -> Mapping[str, str]:
        return self.context.data.characteristics.get(owner, {})

    def matrix(self, name: str) -> Matrix | None:
        return find_matrix(self.context, name)

    def stored(self, kind: str) -> Mapping[str, Sequence[str]]:
        results = self._results(kind)
        return {
            "scalars": tuple(results.scalars),
            "macros": tuple(results.macros),
            "matrices": tuple(results.matrices),
            "functions": ("sample",) if results.sample else (),
        }

    def _results(self, kind: str) -> Stored:
        state = self.context.state
        if kind == "r":
            return state.returned
        return state.estimates.stored() if kind == "e" and state.estimates else Stored(kind)

    def names(self, kind: str) -> Sequence[str]:
        state = self.context.state
        if kind == "globals":
            return sorted(self.context.globals)
        if kind == "matrices":
            return sorted(state.matrices)
        if kind == "scalars":
            return sorted(state.scalars)
        wanted = str if kind == "string scalars" else float
        return sorted(name for name, value in state.scalars.items() if isinstance(value, wanted))

    def display(self, text: str) -> str:
        from ...syntax.parser import parse
        from ..display import Display, display

        shown = display(self.context, parse(text, "expressions"))
        assert isinstance(shown, Display)
        return " ".join("".join(piece.text for piece in line) for line in shown.lines)

    def temporary(self, kind: str) -> str:
        from .._shared.temporary import temporary_file, temporary_name

        frame = self.context.frame
        made = temporary_name(self.context) if kind == "tempvar" else temporary_file(self.context)
        (frame.variables if kind == "tempvar" else frame.files).append(made)
        return made
