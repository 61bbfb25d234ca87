"""The training engine: configuration, loop, state, and averaged weights. It knows no model."""
