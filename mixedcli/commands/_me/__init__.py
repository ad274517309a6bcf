"""The inside of the me family of generalized mixed models."""
