"""The deformation lattice against scipy's B-splines and known motions."""

import numpy as np
import pytest
from scipy.interpolate import BSpline

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.models.character.fitting.shape.lattice import (
    CELLS,
    EXTRA_NODES,
    Deformation,
    compute_node_weights,
    fit_deformation,
)


def draw_points(count: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.34, 0.34, (count, 2))


def test_node_weights_are_the_cubic_b_splines_of_scipy() -> None:
    points = draw_points(200)
    place = (points / BOX_SIDE_M + 0.5) * CELLS
    knots = np.arange(-3, CELLS + 4, dtype=float)
    across, down = (BSpline.design_matrix(place[:, axis], knots, 3).toarray() for axis in (0, 1))
    theirs = np.einsum("kj,ki->kji", down, across).reshape(len(points), (CELLS + EXTRA_NODES) ** 2)
    np.testing.assert_allclose(compute_node_weights(points).toarray(), theirs, atol=1e-12)


def test_affine_motions_are_found_and_applied_in_the_plane_alone() -> None:
    points = draw_points(300)
    linear, shift_m = np.array([[1.05, 0.04], [-0.03, 0.97]]), np.array([0.01, -0.02])
    found = fit_deformation(points, points @ linear.T + shift_m, np.ones(300), stiffness=0.01)
    others = np.column_stack([draw_points(50) * 0.9, np.linspace(-0.3, 0.3, 50)])
    moved = found.apply(others)
    np.testing.assert_allclose(moved[:, :2], others[:, :2] @ linear.T + shift_m, atol=2e-4)
    np.testing.assert_array_equal(moved[:, 2], others[:, 2])


def test_a_stiffer_lattice_follows_one_odd_target_less() -> None:
    points = draw_points(200)
    targets = points.copy()
    targets[0] += [0.05, 0.0]
    soft, stiff = (fit_deformation(points, targets, np.ones(200), s) for s in (0.01, 100.0))
    point = np.append(points[0], 0.0)[None]
    pulled = [float(deformation.apply(point)[0, 0] - point[0, 0]) for deformation in (soft, stiff)]
    assert pulled[0] > 3 * pulled[1] > 0


def test_without_targets_nothing_moves() -> None:
    points = np.random.default_rng(1).normal(size=(20, 3))
    for found in (Deformation.make_identity(), fit_deformation(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0))):
        assert found.apply(points) == pytest.approx(points)
