"""Painting of skin since version 3 of the generator."""
