"""From a field to pictures: volume rendering, and the lattice of the four views."""
