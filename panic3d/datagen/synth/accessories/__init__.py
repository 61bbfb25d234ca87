"""Hats, ears, horns, glasses and other accessories."""
