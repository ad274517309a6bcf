"""The inside of xtmixed and mixed."""
