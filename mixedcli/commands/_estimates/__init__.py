"""The inside of the estimates commands."""
