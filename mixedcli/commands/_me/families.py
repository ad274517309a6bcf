"""Which outcome each generalized mixed model has: family, link, and what the parameters beside the coefficients are
called.

A command names its family; ``meglm`` reads it from family() and link().
"""

from __future__ import annotations

import re

from ...errors import NotBuilt, StataError
from ...records import record
from ...syntax.spec import OptionValues, abbreviates, incorrectly_specified

# Full names with their least abbreviations.
_FAMILIES = {
    "gaussian": "gau", "bernoulli": "be", "beta": "bet", "binomial": "bi", "gamma": "gam", "nbinomial": "nb",
    "ordinal": "o", "poisson": "p",
}
_OTHER_NAMES = {"normal": "gaussian"}
_LINKS = {"identity": "id", "log": "log", "logit": "logi", "probit": "prob", "cloglog": "clog"}
_ALLOWED = {
    "gaussian": ("identity", "log"), "bernoulli": ("logit", "probit", "cloglog"),
    "binomial": ("logit", "probit", "cloglog"), "gamma": ("log",), "nbinomial": ("log",),
    "ordinal": ("logit", "probit", "cloglog"), "poisson": ("log",),
}
_DISTRIBUTIONS = {
    "exponential": "e", "weibull": "w", "lognormal": "logn", "lnormal": "ln", "loglogistic": "logl", "llogistic": "ll",
    "gamma": "gam",
}
_SAME = {"lnormal": "lognormal", "llogistic": "loglogistic"}
_TRIALS = re.compile(r"\d+(?:\.\d*)?|[^\W\d]\w*~?\w*")      # a number, or a name, perhaps abbreviated
PROPORTIONAL = ("exponential", "weibull")        # have a proportional-hazards form


@record
class Family:
    """The distribution of an outcome given its linear predictor.

    ``name``: bernoulli, binomial, poisson, nbinomial, gaussian, gamma, ordinal, tobit, interval or survival.
    ``trials``: the variable or number of binomial().  ``dispersion``: mean or constant.  ``distribution``: of survival
    times; ``aft``: in the accelerated failure-time form.
    """

    name: str
    link: str
    trials: str = ""
    dispersion: str = ""
    distribution: str = ""
    aft: bool = False

    @property
    def binary(self) -> bool:
        """True for outcomes that are yes or no, where a covariate can predict them perfectly."""
        return self.name == "bernoulli"

    @property
    def counts(self) -> bool:
        return self.name in ("poisson", "nbinomial")

    @property
    def scaled(self) -> bool:
        """True if the further parameter is the ln sd of a normal residual, shown as its variance."""
        return self.name in ("gaussian", "tobit", "interval")

    @property
    def extra(self) -> tuple[str, ...]:
        """The names of the further parameters but cut points, whose number depends on the data."""
        if self.name == "nbinomial":
            return ("lnalpha",) if self.dispersion == "mean" else ("lndelta",)
        if self.name == "gamma":
            return ("logs",)
        if self.scaled:
            return ("lnsigma",)
        if self.name == "survival":
            return {"exponential": (), "weibull": ("ln_p",)}.get(self.distribution, ("logs",))
        return ()

    @property
    def model(self) -> str:
        """What the model without random effects is called: ``logistic``, ``Poisson``, ``Weibull``."""
        if self.name in ("bernoulli", "binomial"):
            return "logistic" if self.link == "logit" else self.link
        if self.name == "ordinal":
            return {"logit": "ologit", "probit": "oprobit", "cloglog": "ocloglog"}[self.link]
        if self.name == "survival":
            return "Weibull" if self.distribution == "weibull" else self.distribution
        if self.name == "gaussian":
            return "linear" if self.link == "identity" else "Gaussian"
        return {"poisson": "Poisson"}.get(self.name, self.name)


def read_family(options: OptionValues) -> Family:
    """The family() and link() of meglm; Gaussian with its canonical link where they are silent.

    Raises r(198) for names that are unknown or do not go together.
    """
    words = ("gaussian" if options["family"] is None else options["family"]).split()
    span = options.spans.get("family")
    if not words:
        raise incorrectly_specified("family", span)
    name = _named(words[0], _FAMILIES, _OTHER_NAMES)
    if name is None:
        raise StataError(f"invalid option family(); family {words[0]} not allowed", 198, span)
    if name == "beta":
        raise NotBuilt("family(beta)", span)
    trials, dispersion = _arguments(name, words[1:], options)
    if name == "binomial" and not trials:
        name = "bernoulli"
    return Family(name, _link(name, options), trials, dispersion)


def _arguments(name: str, words: list[str], options: OptionValues) -> tuple[str, str]:
    """What stands after the name of a family: the trials of a binomial, the dispersion of a negative binomial."""
    span = options.spans.get("family")
    if name == "binomial" and len(words) <= 1:
        return "".join(words), ""
    if name == "nbinomial" and len(words) <= 1:
        kind = words[0] if words else "mean"
        for each in ("mean", "constant"):
            if abbreviates(kind, each, each[0]):
                return "", each
    if words:
        raise incorrectly_specified("family", span)
    return "", ""


def _link(name: str, options: OptionValues) -> str:
    allowed = _ALLOWED[name]
    if options["link"] is None:
        return allowed[0]
    span = options.spans.get("link")
    link = _named(options["link"].strip(), _LINKS, {})
    if link is None:
        raise StataError(f"invalid option link(); link {options['link'].strip()} not allowed", 198, span)
    if link not in allowed:
        raise StataError(f"family {name} and link {link} may not be combined", 198, span)
    return link


def read_distribution(options: OptionValues) -> Family:
    """The distribution() and time of mestreg.  Raises r(198) for an unknown distribution."""
    typed = options["distribution"].strip()
    name = _named(typed, _DISTRIBUTIONS, {})
    if name is None:
        raise incorrectly_specified("distribution", options.spans.get("distribution"))
    name = _SAME.get(name, name)
    aft = options["time"] or options["tratio"] or name not in PROPORTIONAL
    return Family("survival", "log", distribution=name, aft=bool(aft))


def binomial_or_bernoulli(options: OptionValues, link: str) -> Family:
    """A binary outcome, or one of as many trials as binomial() says."""
    typed = options["binomial"]
    if typed is not None and not _TRIALS.fullmatch(typed.strip()):
        raise incorrectly_specified("binomial", options.spans.get("binomial"))
    trials = (typed or "").strip()
    return Family("binomial", link, trials) if trials else Family("bernoulli", link)


def is_number(trials: str) -> bool:
    """True if binomial() names a number rather than a variable."""
    return re.fullmatch(r"\d+(?:\.\d*)?", trials) is not None


def _named(typed: str, names: dict[str, str], others: dict[str, str]) -> str | None:
    if typed in names:
        return typed
    for name in (*names, *others):
        if abbreviates(typed, name, names.get(name, name[:1])):
            return others.get(name, name)
    return None
