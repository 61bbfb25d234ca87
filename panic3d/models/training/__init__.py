"""Training runs: configuration, loop, files."""
