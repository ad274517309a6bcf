"""What many commands share."""
