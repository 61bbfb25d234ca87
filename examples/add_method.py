"""Add a method of one's own and score it: `python examples/add_method.py SUITE results`.

A package that others install names its factory in the entry-point group `panic3d.methods` instead.
"""

import sys
from pathlib import Path

import numpy as np

from panic3d import ColouredMesh, MeshReconstruction, Portrait, register_method, run_benchmark

VERTICES_HEAD_M = np.array([[0.15, 0, 0], [-0.15, 0, 0], [0, 0.2, 0], [0, -0.2, 0], [0, 0, 0.1], [0, 0, -0.1]])
TRIANGLES = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])


class Octahedron:
    """Takes nothing but the mean colour from the portrait."""

    def reconstruct(self, portrait: Portrait) -> MeshReconstruction:
        rgba = portrait.line_free
        colour = rgba[rgba[..., 3] > 127, :3].mean(axis=0).astype(np.uint8)
        colours = np.tile(colour, (len(VERTICES_HEAD_M), 1))
        return MeshReconstruction(ColouredMesh(VERTICES_HEAD_M.astype(np.float32), TRIANGLES, colours))


def load(weights: Path | None) -> Octahedron:
    """An octahedron in the mean colour of the portrait."""
    return Octahedron()


if __name__ == "__main__":
    register_method("octahedron", load)
    for result in run_benchmark(sys.argv[1], ["octahedron"], sys.argv[2]):
        print({name: round(mean.mean, 3) for name in ("chamfer_mm", "front_psnr") if (mean := result.average(name))})
