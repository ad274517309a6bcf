"""The inside of xtreg."""
