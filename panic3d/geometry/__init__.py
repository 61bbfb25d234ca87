"""Coloured meshes, GLB files, ray casting, and solids from depth maps."""
