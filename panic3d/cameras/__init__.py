"""Axes, the modelled box, cameras, camera rigs, and the pictures that they give."""
