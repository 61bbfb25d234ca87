"""A smooth deformation of the plane of the front view: displacements at the nodes of a cubic B-spline lattice."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.sparse import csr_array, eye_array, kron, vstack
from scipy.sparse.linalg import spsolve

from panic3d.cameras.axes import BOX_SIDE_M

CELLS = 10
"""Cells of a coarse lattice along each side of the box; a cell has 70 mm."""
EXTRA_NODES = 3
"""A lattice has so many more nodes along a side than cells."""
BENDING = 2.0
"""Weight of the squared second differences of the displacements."""
STRETCHING = 0.02
"""Weight of the squared displacements' first differences, which keeps parts without a target near their neighbours."""


@dataclass(frozen=True)
class Deformation:
    """Displacements of the lattice's nodes along x and y, in metres."""

    nodes_m: Float[np.ndarray, "N 2"]
    cells: int = CELLS

    @classmethod
    def make_identity(cls, cells: int = CELLS) -> "Deformation":
        """Return the deformation that moves nothing."""
        return cls(np.zeros(((cells + EXTRA_NODES) ** 2, 2)), cells)

    def apply(self, xyz_head_m: Float[np.ndarray, "V 3"]) -> Float[np.ndarray, "V 3"]:
        """Return moved points; their depth stays. Outside the box the displacement of its border holds."""
        moved = xyz_head_m.copy()
        moved[:, :2] += compute_node_weights(xyz_head_m[:, :2], self.cells) @ self.nodes_m
        return moved


def fit_deformation(
    xy_head_m: Float[np.ndarray, "K 2"],
    target_m: Float[np.ndarray, "K 2"],
    weight: Float[np.ndarray, " K"],
    stiffness: float = 1.0,
    cells: int = CELLS,
) -> Deformation:
    """Return the smooth deformation that brings points nearest to their targets, by weighted least squares.

    The weights count as numbers of points; a larger stiffness bends less.
    """
    if not len(xy_head_m):
        return Deformation.make_identity(cells)
    points = compute_node_weights(xy_head_m, cells)
    root = np.sqrt(weight / max(float(weight.sum()), 1e-12))[:, None]
    rows = points.multiply(root).tocsr()
    smooth = stiffness * 1e-3 * _make_smoothness(cells + EXTRA_NODES)
    wanted = rows.T @ ((target_m - xy_head_m) * root)
    return Deformation(spsolve((rows.T @ rows + smooth).tocsc(), wanted).reshape(-1, 2), cells)


def compute_node_weights(xy_head_m: Float[np.ndarray, "K 2"], cells: int = CELLS) -> csr_array:
    """Return the share of each node in the displacement of each point, (points, nodes)."""
    nodes = cells + EXTRA_NODES
    place = np.clip((xy_head_m / BOX_SIDE_M + 0.5) * cells, 0, cells - 1e-9)
    cell = place.astype(int)
    share = _compute_spline_weights(place - cell)
    columns = (cell[:, 1, None, None] + np.arange(4)[:, None]) * nodes + cell[:, 0, None, None] + np.arange(4)
    values = share[:, 1, :, None] * share[:, 0, None, :]
    rows = np.repeat(np.arange(len(xy_head_m)), 16)
    return csr_array((values.ravel(), (rows, columns.ravel())), (len(xy_head_m), nodes**2))


def _compute_spline_weights(t: Float[np.ndarray, "K 2"]) -> Float[np.ndarray, "K 2 4"]:
    """Return the uniform cubic B-spline's four values at places in [0, 1) of a cell."""
    return np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=-1) / 6


def _make_smoothness(nodes: int) -> csr_array:
    """Return the matrix of the penalty on bending and stretching."""
    one = eye_array(nodes)
    first = (eye_array(nodes, k=1) - one).tocsr()[:-1]
    second = (eye_array(nodes, k=1) - 2 * one + eye_array(nodes, k=-1)).tocsr()[1:-1]
    bends = vstack([kron(one, second), kron(second, one), np.sqrt(2) * kron(first, first)])
    stretches = vstack([kron(one, first), kron(first, one)])
    tiny = 1e-6 * eye_array(nodes**2)
    return csr_array(BENDING * bends.T @ bends + STRETCHING * stretches.T @ stretches + tiny)
