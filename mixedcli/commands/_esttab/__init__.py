"""The inside of esttab."""
