"""Errors, logging, interruption, progress, threads, memory and optional libraries."""
