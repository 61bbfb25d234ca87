"""From a field to a surface, and a head that is rendered from it."""
