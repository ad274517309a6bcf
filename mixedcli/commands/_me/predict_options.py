"""What ``predict`` offers after each generalized mixed model."""

from __future__ import annotations

from ...records import record
from ...syntax.spec import Choice, Kind, Option
from .._shared import normal_limits as _normal_limits
from .model import MeModel


@record
class Menu:
    """The statistics after one model.

    ``effects``: the random effects used where nothing is said.  ``assumed``: what is said where no statistic is named.
    ``older``: of the commands xtmelogit, xtmepoisson, meqrlogit and meqrpoisson.
    """

    options: tuple[Option, ...]
    statistics: tuple[str, ...]
    default: str
    assumed: str
    effects: str
    older: bool = False


_XB = (
    Option("xb", "xb", help="linear prediction of the fixed part"),
    Option("stdp", "stdp", help="standard error of the linear prediction"),
)
_EFFECTS = (
    Option("reffects", "ref", help="predicted random effects"),
    Option("reses", "reses", Kind.RAW, "standard errors of the predicted random effects", optional_args=True),
)
_RESIDUALS = (
    Option("pearson", "pe", help="Pearson residuals"),
    Option("deviance", "de", help="deviance residuals"),
    Option("anscombe", "ans", help="Anscombe residuals"),
)
_MU = Option("mu", "mu", help="mean response")
_PR = Option("pr", "pr", help="probability of a positive outcome")
_FITTED = (
    Option("eta", "eta", help="linear prediction with the predicted random effects"),
    Option("fitted", "fit", help="the same"),
    *_XB,
)
_DENSITY = (
    Option("density", "den", help="density of the outcome"),
    Option("distribution", "dist", help="probability of an outcome no larger"),
)
_RAW = Option("residuals", "r", help="response less mean")
_ORDINAL = (Option("pr", "p", help="probabilities of the outcomes"),)
_SURVIVAL = (
    Option("mean", "mean", help="mean survival time"),
    Option("median", "med", help="median survival time"),
    Option("hazard", "haz", help="hazard at _t"),
    Option("surv", "s", help="survivor function at _t"),
)
_TYPES = (Choice("ebmeans", "ebmean"), Choice("ebmodes", "ebmode"), Choice("fixedonly", "fixed"))

# How, not what.
_MODIFIERS = (
    Option("conditional", "cond", Kind.CHOICE, "given which random effects", choices=_TYPES),
    Option("marginal", "marg", help="on the average over the random effects"),
    Option("ebmeans", "ebmean", help="posterior means of the random effects"),
    Option("ebmodes", "ebmode", help="posterior modes of the random effects"),
    Option("fixedonly", "fixed", help="random effects of zero"),
    Option("means", "mean", help="the same as ebmeans (version 13)"),
    Option("modes", "mode", help="the same as ebmodes (version 13)"),
    Option("remeans", "remean", help="posterior means of the random effects (version 13)"),
    Option("remodes", "remode", help="posterior modes of the random effects (version 13)"),
    Option("nooffset", "nooff", help="ignore the offset or exposure"),
    Option("relevel", "rel", Kind.NAME, "random effects of this level only"),
    Option("outcome", "o", Kind.RAW, "which outcome of an ordered variable: its value, or #1, #2 ..."),
    Option("intpoints", "intp", Kind.INTEGER, "accepted: the quadrature is that of the fit"),
    Option("iterate", "iter", Kind.INTEGER, "accepted: modes are found to full precision"),
    Option("tolerance", "tol", Kind.REAL, "accepted"),
    Option("scores", "sc", help="parameter-level scores", planned=True),
)
_OLDER_MODIFIERS = (
    Option("fixedonly", "fixed", help="random effects of zero"),
    Option("nooffset", "nooff", help="ignore the offset or exposure"),
    Option("level", "l", Kind.NAME, "predict down to this level, or the effects of this level"),
    Option("relevel", "rel", Kind.NAME, "the same"),
    Option("scores", "sc", help="parameter-level scores", planned=True),
)

# family -> (statistics beside the linear prediction and the random effects, the one where none is named)
_FAMILIES: dict[str, tuple[tuple[Option, ...], str]] = {
    "bernoulli": ((_MU, _PR, *_DENSITY, *_RESIDUALS), "mu"),
    "binomial": ((_MU, *_DENSITY, *_RESIDUALS), "mu"),
    "poisson": ((_MU, *_DENSITY, *_RESIDUALS), "mu"),
    "nbinomial": ((_MU, *_DENSITY, *_RESIDUALS), "mu"),
    "gaussian": ((_MU, *_DENSITY, _RAW, *_RESIDUALS), "mu"),
    "gamma": ((_MU, *_DENSITY, _RAW, *_RESIDUALS), "mu"),
    "ordinal": ((*_ORDINAL, *_DENSITY), "pr"),
    "tobit": (_normal_limits.OPTIONS, "eta"),
    "interval": (_normal_limits.OPTIONS, "eta"),
    "survival": ((*_SURVIVAL, *_DENSITY), "mean"),
}


def menu(model: MeModel) -> Menu:
    """What can be predicted after ``model``."""
    if model.plan.command.startswith(("xtme", "meqr")):
        statistics: tuple[Option, ...] = (_MU, *_XB, *_RESIDUALS, *_EFFECTS)
        names = tuple(option.name for option in statistics)
        return Menu(
            (*statistics, *_OLDER_MODIFIERS), names, "mu", "(option mu assumed; predicted means)", "modes", True
        )
    own, default = _FAMILIES[model.plan.family.name]
    statistics = (*own, *_FITTED, *_EFFECTS)
    names = tuple(option.name for option in statistics)
    return Menu((*statistics, *_MODIFIERS), names, default, f"(option {default} assumed)", "means")
