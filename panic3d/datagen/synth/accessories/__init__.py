"""Hats, ears, horns and what else a character wears."""
