"""margins after xtlogit, xtprobit and xtpoisson."""

from __future__ import annotations

from typing import Any

from ...errors import StataError
from ...records import replace
from ...results.xtre import GAUSSIAN
from ...syntax.spec import abbreviates
from .._margins.ml import LOG, LOGIT, PROBIT
from .._margins.response import IDENTITY, Response
from .._me.margins import me_response
from .model import XtreModel
from .predict import label

_LINKS = {"xtlogit": LOGIT, "xtprobit": PROBIT, "xtpoisson": LOG}
_VCE = {"oim": "OIM", "robust": "Robust", "cluster": "Robust"}


def xtre_response(model: XtreModel, arguments: str) -> Response:
    """What ``predict(arguments)`` asks margins to average.

    Where nothing is said that is the mean on the average over the panels' effects (up to version 13 the linear
    prediction).  Raises r(198) for predictions that margins cannot make.
    """
    words = arguments.split()
    left = [word for word in words if not abbreviates(word, "nooffset", "nooff")]
    statistic = _statistic(model, left)
    offset = len(left) == len(words) and statistic != "iru0"
    if statistic in ("pr", "n") and model.law == GAUSSIAN:
        response = me_response(model.mixed(), "marginal")
        return replace(response, **_words(model, statistic, offset))
    design, p = model.design, len(model.theta) - 1
    data = model.data
    return Response(
        terms=design.terms, b=design.full_vector(model.theta[:p]), V=design.full_matrix(model.V[:p, :p]),
        link=IDENTITY if statistic == "xb" else _LINKS[model.command], exposure=data.offset_name.startswith("ln("),
        depvar=model.depvar, wtype=data.wtype, wexp=data.wexp, value_labels=model.value_labels,
        **_words(model, statistic, offset),
    )


def _statistic(model: XtreModel, words: list[str]) -> str:
    counts = model.command == "xtpoisson"
    if not words:
        return ("n" if counts else "pr") if model.marginal else "xb"
    allowed = ("xb", "n", "nu0", "iru0") if counts else ("xb", "pr", "pu0")
    if len(words) > 1 or words[0] not in allowed:
        raise StataError(f"option {words[-1]} not allowed", 198)
    return words[0]


def _words(model: XtreModel, statistic: str, offset: bool) -> dict[str, Any]:
    """The header's words, the degrees of freedom, and the offset."""
    text, kind = label(model, statistic), model.plan.vce.kind
    return {
        "expression": text, "label": text, "vce": _VCE.get(kind, kind.capitalize()),
        "df": model.resampling.df if model.resampling is not None else None,
        "offset": model.data.offset_variable if offset else "",
    }
