"""``predict``: new variables from the last estimates; each model says which statistics it has."""

from __future__ import annotations

from ..results.base import Result
from ..syntax.tree import Statement
from .context import Context
from .registry import command


@command("predict")
def predict(context: Context, statement: Statement) -> Result | None:
    """Make predictions from the last estimates: predict [type] newvar [if] [in] [, statistic].

    regress: xb, residuals, score, stdp, stdf, stdr, rstandard, rstudent, cooksd, hat, dfits, welsch, covratio, dfbeta(),
    pr(a,b), e(a,b), ystar(a,b). xtreg: xb, stdp, ue, xbu, u, e. logit, logistic: pr, xb, stdp, score, residuals,
    rstandard, hat, dx2, ddeviance, dbeta, deviance, number; probit: pr, xb, stdp, score, deviance; cloglog: pr, xb, stdp,
    score. poisson, nbreg: n, ir, pr(n), pr(a,b), xb, stdp, score. ologit, oprobit: pr with outcome(), xb, stdp, score.
    tobit, intreg: xb, stdp, stdf, residuals, pr(a,b), e(a,b), ystar(a,b), score. nooffset leaves the offset out.
    xtmixed, mixed: xb, stdp, fitted, residuals, rstandard, reffects, reses, scores.
    melogit and the other generalized mixed models: mu (given posterior means of the random effects, or with
    conditional(ebmodes|fixedonly) or marginal), eta, xb, stdp, density, distribution, pearson, deviance, anscombe,
    reffects (ebmeans, ebmodes) with reses(); ordered ones pr with outcome(); mestreg mean, median, hazard, surv; metobit,
    meintreg pr(a,b), e(a,b), ystar(a,b). xtmelogit, xtmepoisson, meqrlogit, meqrpoisson: mu (given posterior modes;
    fixedonly), xb, stdp, pearson, deviance, anscombe, reffects, reses.
    """
    result: Result | None = context.estimates.model.predict(context, statement)
    return result
