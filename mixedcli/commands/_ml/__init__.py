"""The inside of the single-level maximum-likelihood commands."""
