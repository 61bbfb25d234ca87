"""Suites, which are pairs of a portrait and a true head, and the code that builds them."""
