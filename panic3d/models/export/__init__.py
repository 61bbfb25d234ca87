"""Reconstructions as files that other tools open."""
