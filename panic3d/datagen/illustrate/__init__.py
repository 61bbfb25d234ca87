"""Drawn portraits of known 3D: ink lines and painted tone over the front view's passes, pixel by pixel."""
