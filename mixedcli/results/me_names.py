"""Names of variances and covariances in e(b) of the newer generalized mixed models, taken apart for tables."""

from __future__ import annotations

import re

from .stripe import StripeName

RESIDUAL = "Residual"
_PARAMETER = re.compile(r"(var|cov)\((.+)\)")
_EFFECT = re.compile(r"([^\[\],]+)\[([^\[\]]*)\]")


def random_name(name: StripeName) -> tuple[str, str] | None:
    """``var(x[school>class])`` as (``school>class``, ``var(x)``); the residual variance belongs to ``Residual``.

    None for a name of another kind.  Up to version 14 the parameter is the equation, from 15 on the name in ``/``.
    """
    found = _PARAMETER.fullmatch(name.name if name.equation == "/" else name.equation)
    if found is None:
        return None
    effects = _EFFECT.findall(found[2])
    if not effects:
        return RESIDUAL, found[0]
    return effects[0][1], f"{found[1]}({','.join(effect for effect, _ in effects)})"


def plain_label(name: StripeName) -> tuple[str, str]:
    """(equation, name) as a reader would write it: (``district``, ``var(_cons)``), (``y``, ``x``), (``""``, ``/cut1``)."""
    found = random_name(name)
    if found is not None:
        return found
    if name.equation == "/":
        return "", f"/{name.name}"
    return name.equation, name.name
