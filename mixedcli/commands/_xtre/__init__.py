"""The inside of xtlogit, xtprobit and xtpoisson."""
