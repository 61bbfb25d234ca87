"""Drawn portraits of known 3D heads: ink lines and painted tone over the passes of the front view."""
