"""Moving pictures: similarity alignment and affine resampling."""
