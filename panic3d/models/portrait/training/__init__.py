"""Training of the landmark and the matting network, and the data that both learn from."""
