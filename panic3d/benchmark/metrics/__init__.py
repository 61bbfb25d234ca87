"""Metrics as pure functions that document formula, shapes, unit, direction and source, and means over pairs."""
