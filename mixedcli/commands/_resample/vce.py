"""vce(bootstrap) and vce(jackknife): the variance of a command's own coefficients, by the code of the prefixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import NotBuilt, StataError
from ...results.resample import Resampling
from ...syntax.parser import split_head
from ...syntax.spec import OptionValues
from ...syntax.tree import Statement
from .._shared.vce import Vce
from .common import Request, read_request, replicate, resampling_of
from .options import BOOTSTRAP_OPTIONS, JACKKNIFE_OPTIONS

if TYPE_CHECKING:
    from ..context import Context

_OPTIONS = {"bootstrap": BOOTSTRAP_OPTIONS, "jackknife": JACKKNIFE_OPTIONS}


def resampled(
    context: Context, statement: Statement, options: OptionValues, vce: Vce, panel: str = ""
) -> tuple[np.ndarray, Resampling]:
    """e(V) of the command of ``statement``, shape (k, k), and the replications that it comes from.

    ``panel``: a variable whose groups are drawn whole and told apart, in place of observations.
    """
    span = options.spans.get("vce", statement.span)
    try:
        request = _request(context, statement, vce, span, panel)
        done = replicate(context, request)
    except StataError as error:
        error.span = span
        raise
    return done.V, resampling_of(request, done)


def _request(context: Context, statement: Statement, vce: Vce, span: tuple[int, int], panel: str) -> Request:
    """The request of the prefix that asks for the same: ``kind, arguments: command without vce()``."""
    text = statement.text
    head = split_head(text)
    start = head.offset - len(head.word)
    command = f"{text[start : span[0]]} {text[span[1] :]}".rstrip().removesuffix(",")
    within = f" cluster({panel}) idcluster({panel})" if panel else ""
    before = f"{vce.kind},{within} {vce.arguments}:"
    line = Statement(text=before + command, word=vce.kind, prefixed=command, span=(0, len(before)))
    request = read_request(context, line, vce.kind, _OPTIONS[vce.kind])
    if panel and request.options["cluster"] != panel:
        raise NotBuilt(f"vce({vce.kind}) of panels with cluster()")
    return request
