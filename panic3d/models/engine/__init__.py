"""The training engine: configuration, loop, checkpoints and averaged weights. It imports no model."""
