"""The inside of regress."""
