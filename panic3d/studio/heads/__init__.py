"""Heads as the server keeps them: settings, records, files, and the folder in which they survive the server."""
