"""The inside of bootstrap and jackknife."""
