"""What each generalized mixed model is called in its header."""

from __future__ import annotations

from .families import PROPORTIONAL, Family
from .plan import MePlan

_WITHOUT_RANDOM_EFFECTS = {
    "melogit": "Logistic regression", "meprobit": "Probit regression", "mecloglog": "Complementary log-log regression",
    "mepoisson": "Poisson regression", "menbreg": "Negative binomial regression",
    "meologit": "Ordered logistic regression", "meoprobit": "Ordered probit regression",
    "metobit": "Tobit regression", "meintreg": "Interval regression", "meglm": "Generalized linear model",
}


def title(plan: MePlan) -> str:
    """``Mixed-effects logistic regression``; single-level models have the names of their own commands."""
    if not plan.equations:
        name = _WITHOUT_RANDOM_EFFECTS.get(plan.command) or f"{_survival(plan.family)} regression"
        return name[0].upper() + name[1:]
    if plan.command == "meglm":
        return "Mixed-effects GLM"
    if plan.family.name == "survival":
        return f"Mixed-effects {_survival(plan.family)} regression"
    return f"Mixed-effects {plan.family.model} regression"


def _survival(family: Family) -> str:
    form = "PH" if family.distribution in PROPORTIONAL and not family.aft else "AFT"
    return f"{family.model} {form}"
