"""Metrics as pure functions with their formula, shapes, unit, direction and source, and the mean over pairs."""
