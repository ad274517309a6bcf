"""The inside of statsby."""
