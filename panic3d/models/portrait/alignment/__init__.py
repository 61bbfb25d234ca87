"""Alignment of pictures by similarities, and affine resampling."""
