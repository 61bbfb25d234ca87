"""Painting of eyes, lashes and brows since version 3 of the generator."""
