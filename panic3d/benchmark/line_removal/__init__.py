"""The benchmark of line removal: drawings against true front renders."""
