"""Batches in, heads out."""
