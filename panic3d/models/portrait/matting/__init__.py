"""Cutting the figure out of its background."""
