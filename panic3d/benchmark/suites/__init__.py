"""Suites: pairs of a portrait and a true head, and how they are built."""
