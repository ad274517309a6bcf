"""What estat gof returns: Pearson's test over covariate patterns, Hosmer and Lemeshow's over groups, those of counts."""

from __future__ import annotations

from typing import ClassVar

from ..records import record
from .base import Result, Stored


@record
class GofGroup:
    """A covariate pattern or a group of predicted probabilities up to ``probability``.

    ``observed`` and ``expected`` count the positive outcomes among ``total``.  ``values`` are the covariates of a
    pattern, as shown.
    """

    number: int
    probability: float
    observed: float
    expected: float
    total: float
    values: tuple[str, ...] = ()


@record
class BinaryGof(Result):
    """estat gof after logit, logistic and probit.

    ``groups`` says how many quantiles were asked for (0: covariate patterns), ``m`` how many groups or patterns there
    are.  ``table`` holds them where they are to be shown, ``covariates`` what their ``values`` are of.
    """

    schema: ClassVar[str] = "estat gof"

    model: str
    depvar: str
    n: int
    m: int
    chi2: float
    df: int
    p: float
    groups: int = 0
    table: tuple[GofGroup, ...] = ()
    covariates: tuple[str, ...] = ()

    def stored(self) -> Stored:
        return Stored("r", {"N": self.n, "m": self.m, "df": self.df, "chi2": self.chi2, "p": self.p})


@record
class CountGof(Result):
    """estat gof after poisson: the deviance and Pearson's statistic, both chi-squared with ``df``."""

    schema: ClassVar[str] = "estat gof"

    df: int
    deviance: float
    p_deviance: float
    pearson: float
    p_pearson: float

    def stored(self) -> Stored:
        return Stored("r", {"df": self.df, "chi2_d": self.deviance, "p_d": self.p_deviance, "chi2_p": self.pearson,
                            "p_p": self.p_pearson})
