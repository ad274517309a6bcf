"""The marginal likelihood of a generalized linear mixed model: its integrals over the random effects, with gradients."""
