"""Heads as functions of place: density, colour, density laws, and the lattice on which fields are evaluated."""
