"""The inside of test, lincom and what else combines coefficients."""
