"""The inside of the older generalized mixed models: xtmelogit, meqrlogit and theirs."""
