"""mixedcli reads Stata's language and fits multilevel mixed models."""

__version__ = "0.1.0"
