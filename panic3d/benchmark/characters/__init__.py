"""Scores of predicted parameters of generated characters, by field."""
