"""The inside of reshape."""
