"""Hair that grows from a field of guides instead of a named style."""
