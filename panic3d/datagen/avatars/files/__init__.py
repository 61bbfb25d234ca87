"""Files around a model: archives, textures beside it, decoding within limits."""
