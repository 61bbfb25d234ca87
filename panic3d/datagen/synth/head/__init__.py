"""Skull, face, eyes, mouth and ears."""
