"""VRM 0.x, VRM 1.0 and plain glTF files."""
