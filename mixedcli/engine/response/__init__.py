"""Conditional densities of the outcomes of generalized linear mixed models, given the linear predictor."""
