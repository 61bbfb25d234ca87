"""Baselines whose field is a network of features looked up at the projection of a point: PixelNeRF and PIFu."""
