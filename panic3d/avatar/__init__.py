"""Avatars from fitted characters: VRM and GLB files with bones, expressions, swinging hair and one texture."""
