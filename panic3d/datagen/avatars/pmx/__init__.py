"""MMD's PMX files."""
