"""Errors, interruption, progress, threads and memory: what every other package may use."""
