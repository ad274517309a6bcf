"""The inside of margins and comparisons."""
