"""Meshes with texture coordinates and weights, solid shapes, and painted textures."""
