"""What Stata has and this program has not built: it answers "not built yet", never "unrecognized", never silence."""

from __future__ import annotations

from ..errors import StataError
from ..syntax.spec import abbreviates

# Full names, each with its least abbreviation after a colon where Stata has one.
_NAMES = """
adopath anova:an areg args arima biplot binreg blogit boxcox bsample bayes clogit:clog
cnsreg compare continue contract copy cmp cumul datasignature describe:d discard do
doedit drawnorm ds dydx edit:ed error:err estout exlogistic expandcl factor:fac filefilter fillin
findfile:findf foreach forvalues:forv frame:fr generate gllamm gllapred gllasim glm global:gl gmm graph:g gr grmeanby
gsem heckman heckprobit hetprobit histogram:hist hotelling icc include:inc infix inspect:ins integ ipolate irf
ivprobit ivregress ivtobit joinby kdensity kwallis ladder lfit line local:loc log
loneway lowess lv marginsplot mata mean
mfx mi missings mkdir mkspline mleval mlogit mlsum
mprobit mvreg nestreg newey nl nlogit nptrend numlabel odbc oneway:on order orthog
outfile:ou outsheet:outs parse pause pca pcorr permute pnorm post postclose postfile power predictnl
preserve:pres prog program:pr proportion putexcel putdocx qnorm qqplot qreg query:q ranksum ratio
rename renvars restore:rest rmdir roctab rolling rreg run:ru runtest sample:sam saveold scatter:sc scobit sdtest
search:se sem separate:sep serrbar signrank signtest simulate:simul sktest slogit snapshot spearman split sreturn:sret
stack stcox stepwise streg sts suest sunflower sureg svy svyset swilk symmetry tabdisp table tabm tabi teffects
tempfile tempname tempvar test tetrachoric total treatreg truncreg tsappend tsfill tsline tsreport twoway:tw
type unabcmd vce verify view whelp while wildbootstrap window xcorr xpose xtabond xtcloglog xtdata xtfrontier xtgee
xtgls xtintreg xtivreg xtnbreg xtologit xtpcse xtrc xtregar
xttobit xttrans zinb zip foreach help if outreg2 mixlogit reghdfe runmlwin
"""

_SUBCOMMANDS = {
    "estat": "bootstrap classification df ic icc group hettest imtest ovtest recovariance sd "
    "szroeter vif wcorrelation",
    "estimates": "change describe",
    "matrix": "accum dispCns dissimilarity eigenvalues get glsaccum score svd symeigen vecaccum",
    "import": "dbase fred haver sas sasxport5 sasxport8 spss",
    "export": "dbase sasxport5 sasxport8 spss",
    "label": "language save",
}

# What this program will not do, whatever it is asked: fetch programs from the network (the code is that of Stata when it
# cannot reach it), run another language, start programs that it does not wait for.
_REFUSED = {"net": 677, "ssc": 677, "update": 677, "adoupdate": 677, "ado": 677, "python": 199, "java": 199, "winexec": 199}


def refusal(word: str) -> StataError | None:
    """The error for a command that is not permitted, or None."""
    rc = _REFUSED.get(word)
    return StataError(f"{word} is not permitted in mixedcli", rc) if rc else None


def planned(word: str, second: str = "") -> str | None:
    """The full name of the planned command that ``word`` (and ``second``) stands for, or None."""
    for family, subcommands in _SUBCOMMANDS.items():
        if second and abbreviates(word, family, family[:3]):
            for name in subcommands.split():
                if abbreviates(second, name, name[:3]):
                    return f"{family} {name}"
    for entry in _NAMES.split():
        name, _, shortest = entry.partition(":")
        if abbreviates(word, name, shortest or name):
            return name
    return None
