"""Triangles that are split stay a closed surface, by trimesh's measures."""

import numpy as np
import pytest
import trimesh

from panic3d.avatar.face.splitting import FaceMesh, refine, split_at_zero


@pytest.fixture
def ball() -> FaceMesh:
    mesh = trimesh.creation.icosphere(2, 0.1)
    return FaceMesh(np.asarray(mesh.vertices), np.asarray(mesh.faces))


def as_trimesh(mesh: FaceMesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices_head_m, mesh.triangles, process=False)


def test_refining_one_side_leaves_the_surface_closed_and_the_other_side_as_it_was(ball: FaceMesh) -> None:
    found = refine(ball, 0.008, lambda p: p[:, 2] > 0.03)
    after = as_trimesh(found)
    assert after.is_watertight and after.is_winding_consistent
    assert after.volume == pytest.approx(as_trimesh(ball).volume)
    lengths = np.linalg.norm(np.diff(found.vertices_head_m[after.edges_unique], axis=1)[:, 0], axis=1)
    middle = found.vertices_head_m[after.edges_unique].mean(1)
    assert lengths[middle[:, 2] > 0.03].max() <= 0.008
    assert (after.triangles_center[:, 2] < -0.03).sum() == (as_trimesh(ball).triangles_center[:, 2] < -0.03).sum()


def test_a_cut_at_the_zero_of_a_function_has_all_triangles_on_one_side(ball: FaceMesh) -> None:
    def measure(p: np.ndarray) -> np.ndarray:
        return 0.04 - np.hypot(p[:, 0] - 0.01, p[:, 1])

    found, on_zero = split_at_zero(ball, measure, lambda p: p[:, 2] > 0)
    after = as_trimesh(found)
    assert after.is_watertight and after.volume == pytest.approx(as_trimesh(ball).volume, rel=0.01)
    assert on_zero.sum() > 10 and np.abs(measure(found.vertices_head_m[on_zero])).max() < 1e-4
    front = after.triangles_center[:, 2] > 0.02
    corners = measure(found.vertices_head_m[found.triangles[front]].reshape(-1, 3)).reshape(-1, 3)
    assert not ((corners > 1e-4).any(1) & (corners < -1e-4).any(1)).any()


def test_nothing_is_split_where_nothing_is_chosen(ball: FaceMesh) -> None:
    found, on_zero = split_at_zero(ball, lambda p: p[:, 0], lambda p: np.zeros(len(p), bool))
    assert len(found.triangles) == len(ball.triangles) and not on_zero.any()
