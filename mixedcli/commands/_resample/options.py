"""The options of bootstrap and jackknife, as prefixes and inside vce()."""

from __future__ import annotations

from ...syntax.spec import Kind, Option

COMMON_OPTIONS = (
    Option("cluster", "cl", Kind.RAW, "draw groups of observations"),
    Option("idcluster", "id", Kind.NAME, "the variable that tells the groups drawn apart; it may exist"),
    Option("nodots", "nodots", help="suppress the dots"),
    Option("level", "l", Kind.REAL, "confidence level", low=10, high=99.99),
    Option("notable", "notable", help="suppress the table"),
    Option("noheader", "nohead", help="suppress the header"),
    Option("nolegend", "noleg", help="suppress the list of expressions"),
    Option("nowarn", "nowarn", help="suppress the warning about e(sample)"),
    Option("force", "force", help="accepted"),
    Option("saving", "sa", Kind.RAW, "save the replications", planned=True),
    Option("title", "ti", Kind.STRING, planned=True),
    Option("noisily", "noi", planned=True),
    Option("trace", "trace", planned=True),
    Option("verbose", "v", planned=True),
    Option("eform", "ef", planned=True),
)
BOOTSTRAP_OPTIONS = (
    Option("reps", "r", Kind.INTEGER, "how many replications (50)", low=2),
    Option("seed", "seed", Kind.INTEGER, "the seed of the random numbers", low=0, high=2**31 - 1),
    Option("strata", "str", Kind.RAW, "draw within groups of observations"),
    Option("size", "si", Kind.INTEGER, "how many units to draw in each stratum", low=1),
    Option("bca", "bca", planned=True),
    Option("ties", "ties", planned=True),
    Option("mse", "mse", help="variance about the observed statistic"),
    Option("reject", "reject", Kind.EXPRESSION, planned=True),
    *COMMON_OPTIONS,
)
JACKKNIFE_OPTIONS = (
    Option("eclass", "e", help="accepted: the command leaves its number of observations in e(N)"),
    Option("rclass", "r", help="accepted: the command leaves its number of observations in r(N)"),
    Option("n", "n", Kind.RAW, "accepted: where the number of observations is"),
    Option("mse", "mse", help="variance about the observed statistic"),
    Option("keep", "keep", planned=True),
    *COMMON_OPTIONS,
)
