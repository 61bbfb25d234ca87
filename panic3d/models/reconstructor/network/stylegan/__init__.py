"""StyleGAN2's building blocks, with fast paths for a single picture on a CPU."""
