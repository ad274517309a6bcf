"""What reshape remembers and reports: which variables are i, j and xij, and the table it prints.

A plan is kept with the data as characteristics of ``_dta`` (ReS_i, ReS_j, ReS_jv, ReS_Xij, ReS_str), under the names
that Stata uses, so that ``reshape wide`` or ``reshape long`` alone goes back, even after save and use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...data.dataset import Dataset
from ...errors import StataError
from ...records import record, replace
from ...results.base import Result
from .._shared.data import thousands
from .._shared.tables import folded, page
from ..registry import layout

if TYPE_CHECKING:
    from ...report.document import Document, Style

_VERSION = "v.2"
_LABEL, _J_LABEL, _J_TEXTS = "__XijVarLab", "__JVarLab", "__JValLabName"


@record
class Plan:
    """``i``: the variables that identify a group.  ``j``: the variable of the long form.  ``stubs``: of the xij.

    ``values``: those of j, as they stand in the names of the wide form.  ``string``: j is a string variable.
    """

    i: tuple[str, ...]
    j: str
    stubs: tuple[str, ...]
    values: tuple[str, ...]
    string: bool

    def wide(self, stub: str) -> list[str]:
        """The variables of a stub in the wide form."""
        return [wide_name(stub, value) for value in self.values]


def wide_name(stub: str, value: str) -> str:
    """``inc80`` for ``inc``, ``inc80r`` for ``inc@r``."""
    return stub.replace("@", value) if "@" in stub else stub + value


def long_name(stub: str) -> str:
    """``inc`` for ``inc``, ``incr`` for ``inc@r``."""
    return stub.replace("@", "")


# ---- memory --------------------------------------------------------------------------------------------------


def remembered(data: Dataset) -> Plan:
    """The plan kept with the data; r(111) if they have never been reshaped."""
    kept = data.characteristics.get("_dta", {})
    if "ReS_i" not in kept or "ReS_Xij" not in kept:
        raise StataError("data have not been reshaped yet", 111)
    values = tuple(kept.get("ReS_jv", "").split())
    return Plan(
        tuple(kept["ReS_i"].split()), kept.get("ReS_j", "_j"), tuple(kept["ReS_Xij"].split()), values,
        kept.get("ReS_str") == "1",
    )  # fmt: skip


def remember(data: Dataset, plan: Plan, more: Mapping[str, str]) -> Dataset:
    """The data with the plan, and with ``more`` characteristics of ``_dta``."""
    kept = {
        **data.characteristics.get("_dta", {}),
        "ReS_ver": _VERSION,
        "ReS_i": " ".join(plan.i),
        "ReS_j": plan.j,
        "ReS_jv": " ".join(plan.values),
        "ReS_Xij": " ".join(plan.stubs),
        "ReS_str": "1" if plan.string else "0",
        **more,
    }
    return replace(data, characteristics={**data.characteristics, "_dta": kept}, changed=True)


def forget(data: Dataset) -> Dataset:
    """The data without a plan."""
    gone = ("ReS_", _LABEL, _J_LABEL, _J_TEXTS)
    kept = {k: v for k, v in data.characteristics.get("_dta", {}).items() if not k.startswith(gone)}
    return replace(data, characteristics={**data.characteristics, "_dta": kept})


def labels_to_keep(data: Dataset, plan: Plan) -> dict[str, str]:
    """What the long variables were called, for the way back: the wide form has other labels."""
    j = data.columns[plan.j]
    kept = {_J_LABEL: j.label, _J_TEXTS: j.value_label}
    kept.update({_LABEL + long_name(stub): data.columns[long_name(stub)].label for stub in plan.stubs})
    return {name: text for name, text in kept.items() if text}


def kept_label(data: Dataset, plan: Plan, name: str) -> str:
    """The label that a long variable, or j, had before."""
    key = _J_LABEL if name == plan.j else _LABEL + name
    return data.characteristics.get("_dta", {}).get(key, "")


def kept_value_label(data: Dataset) -> str:
    """The value label that j had before, if it still exists."""
    name = data.characteristics.get("_dta", {}).get(_J_TEXTS, "")
    return name if name in data.value_labels else ""


# ---- report --------------------------------------------------------------------------------------------------


@record
class Reshaped(Result):
    """What reshape did.  ``to``: ``long`` or ``wide``.  ``observations`` and ``variables``: before and after.

    ``stubs``: the long name of each stub and its wide names.  ``absent``: wide variables that did not exist.
    """

    to: str
    plan: Plan
    observations: tuple[int, int]
    variables: tuple[int, int]
    stubs: tuple[tuple[str, tuple[str, ...]], ...]
    absent: tuple[str, ...] = ()


@record
class NotReshaped(Result):
    """The values of j were found, but the observations do not fit: ``message`` says why, with r(9)."""

    plan: Plan
    message: str

    def failure(self) -> StataError:
        return StataError(self.message, 9)


@layout(NotReshaped)
def lay_out_failure(result: NotReshaped, style: Style) -> Document:
    return page(_note(f"j = {' '.join(result.plan.values)}", style))


@layout(Reshaped)
def lay_out(result: Reshaped, style: Style) -> Document:
    modern = style.version >= 17
    lines = _note(f"j = {' '.join(result.plan.values)}", style)
    for name in result.absent:
        lines += _note(f"{name} not found", style)
    forms = ("wide", "long") if result.to == "long" else ("long", "wide")
    before, after = (form.capitalize() if modern else form for form in forms)
    lines += ["", f"{'Data':<35}{before}   ->   {after}", "-" * 77]
    names = ("Number of observations", "Number of variables") if modern else ("Number of obs.", "Number of variables")
    for name, (old, new) in zip(names, (result.observations, result.variables), strict=True):
        lines.append(_counts(name, old, new, modern))
    j = f"j variable ({len(result.plan.values)} values)"
    own = (result.plan.j, "(dropped)") if result.to == "wide" else ("", result.plan.j)
    lines += [_arrow(j, *own), "xij variables:"]
    for name, wide in result.stubs:
        ends = (_shortened(wide), name) if result.to == "long" else (name, _shortened(wide))
        lines.append(_arrow("", *ends))
    return page([*lines, "-" * 77])


def _note(text: str, style: Style) -> list[str]:
    return folded(f"({text})" if style.version >= 17 else f"(note: {text})", style.linesize)


def _counts(name: str, old: int, new: int, modern: bool) -> str:
    """Versions before 17 print both counts at the right of a column of 8, later ones the new one at the left."""
    if modern:
        return _arrow(name, thousands(old, 17), f"{thousands(new, 17):<12}")
    return f"{name:<23}{old:>16}   ->{new:>8}"


def _arrow(name: str, old: str, new: str) -> str:
    return f"{name}{old.rjust(39 - len(name))}   ->   {new}"


def _shortened(names: tuple[str, ...]) -> str:
    """All names, or the first two and the last if there are more than three."""
    return " ".join(names) if len(names) <= 3 else f"{names[0]} {names[1]} ... {names[-1]}"
