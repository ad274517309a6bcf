"""The options that say how standard errors are estimated: vce(), and the older robust and cluster()."""

from __future__ import annotations

from ...data.dataset import Dataset
from ...design.varlist import expand_names
from ...errors import NotBuilt, StataError
from ...records import record
from ...syntax.parser import parse_varlist
from ...syntax.spec import OptionValues, abbreviates
from ...syntax.tree import Statement, Varlist

# Full names with their least abbreviations.  bs and jk are what the prefixes may be called.
_KINDS = {
    "robust": "r", "cluster": "cl", "bootstrap": "boot", "jackknife": "jack", "hc2": "hc2", "hc3": "hc3", "opg": "opg",
    "ols": "ols", "oim": "oim", "conventional": "conv",
}
_OTHER_NAMES = {"bs": "bootstrap", "bstrap": "bootstrap", "jknife": "jackknife", "jk": "jackknife"}
RESAMPLED = ("bootstrap", "jackknife")


@record
class Vce:
    """``kind``: a name of `_KINDS` in full; ``cluster``: the variable; ``arguments``: the options of a resampling."""

    kind: str
    cluster: str = ""
    arguments: str = ""

    @property
    def resampled(self) -> bool:
        return self.kind in RESAMPLED

    @property
    def robust(self) -> bool:
        """True for the estimators that allow for unequal or dependent errors."""
        return self.kind in ("robust", "cluster", "hc2", "hc3")


def read_vce(statement: Statement, options: OptionValues, data: Dataset, default: str, allowed: tuple[str, ...]) -> Vce:
    """What the options ask for; ``default`` where they are silent, robust with sampling weights.

    ``allowed``: what the command has beside its default.  Raises r(198) for anything else, r(111) for an unknown
    cluster variable.
    """
    found = _asked(options, data, default, allowed)
    weight = statement.weight.kind if statement.weight is not None else ""
    if weight == "pweight" and found.kind == default:
        return Vce("robust")
    if weight == "iweight" and found.robust:
        raise NotBuilt(f"vce({found.kind}) with iweights", options.spans.get("vce"))
    return found


def _asked(options: OptionValues, data: Dataset, default: str, allowed: tuple[str, ...]) -> Vce:
    span = options.spans.get("vce")
    if options["vce"] is None:
        if options["cluster"]:
            return Vce("cluster", _variable(options["cluster"], data, options.spans.get("cluster")))
        return Vce(next((kind for kind in ("hc3", "hc2", "robust") if options.get(kind)), default))
    words, _, arguments = options["vce"].partition(",")
    word, _, rest = words.strip().partition(" ")
    kind = _OTHER_NAMES.get(word) or next((k for k, least in _KINDS.items() if abbreviates(word, k, least)), "")
    if kind not in (default, *allowed):
        raise StataError("option vce() incorrectly specified", 198, span)
    rest, arguments = rest.strip(), arguments.strip()
    if kind == "opg":
        raise NotBuilt("vce(opg)", span)
    if kind == "cluster":
        if not rest:
            raise StataError("option vce() incorrectly specified", 198, span)
        return Vce(kind, _variable(rest, data, span))
    if rest and kind in ("hc2", "hc3"):
        raise NotBuilt(f"vce({kind} clustvar)", span)
    if rest or (arguments and kind not in RESAMPLED):
        raise StataError("option vce() incorrectly specified", 198, span)
    return Vce(kind, arguments=arguments)


def _variable(typed: str | Varlist, data: Dataset, span: tuple[int, int] | None) -> str:
    """The one cluster variable that ``typed`` names."""
    names = expand_names(parse_varlist(typed) if isinstance(typed, str) else typed, data)
    if len(names) > 1:
        raise NotBuilt("clustering by more than one variable", span)
    return names[0]
