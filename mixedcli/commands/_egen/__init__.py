"""The inside of egen's functions."""
