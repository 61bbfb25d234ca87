"""Training of the reconstructor: configuration, losses, steps, validation."""
