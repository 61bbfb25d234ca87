"""Rendering many avatars: jobs, workers, executors, and what one avatar becomes."""
