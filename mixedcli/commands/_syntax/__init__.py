"""The inside of syntax."""
