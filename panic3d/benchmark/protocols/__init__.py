"""Protocols: what is measured of a prediction, under a name and a version."""
