"""The inside of matrix."""
