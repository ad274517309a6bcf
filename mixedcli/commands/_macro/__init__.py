"""The inside of macros."""
