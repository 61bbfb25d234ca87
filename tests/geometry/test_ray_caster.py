"""The ray caster against Open3D, and its closest points, on a mesh that rays graze and miss."""

import numpy as np
import pytest
import trimesh

from panic3d.geometry import ray_caster
from panic3d.geometry.closest_points import ClosestPointFinder
from panic3d.geometry.ray_caster import RayCaster, RayHits

RAYS = 200_000


@pytest.fixture(scope="module")
def mesh() -> trimesh.Trimesh:
    """A closed surface and a sheet in it, of triangles in random order."""
    made = trimesh.util.concatenate([trimesh.creation.icosphere(4, 0.2), trimesh.creation.box((0.5, 0.01, 0.3))])
    order = np.random.default_rng(0).permutation(len(made.faces))
    return trimesh.Trimesh(made.vertices, made.faces[order], process=False)


@pytest.fixture(scope="module")
def rays() -> np.ndarray:
    generator = np.random.default_rng(1)
    origins, targets = generator.uniform(-0.5, 0.5, (RAYS, 3)), generator.uniform(-0.3, 0.3, (RAYS, 3))
    return np.concatenate([origins, targets - origins], axis=1).astype(np.float32)


def hits(vertices_m: np.ndarray, triangles: np.ndarray, rays: np.ndarray) -> tuple[RayHits, np.ndarray]:
    caster = RayCaster(vertices_m, triangles)
    return caster.cast(rays), caster.is_occluded(rays)


def test_embreex_and_open3d_agree(mesh: trimesh.Trimesh, rays: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("embreex", reason="embreex is not installed: it has no wheel for this machine")
    pytest.importorskip("open3d", reason="Open3D is not installed: the extra `data`")
    ours, occluded = hits(mesh.vertices, mesh.faces, rays)
    monkeypatch.setattr(ray_caster, "is_installed", lambda library: library == "open3d")
    theirs, occluded_there = hits(mesh.vertices, mesh.faces, rays)
    same = ours.triangle == theirs.triangle
    assert same.mean() > 0.9999  # a ray through an edge may be given to either triangle
    np.testing.assert_array_equal(ours.triangle < 0, theirs.triangle < 0)
    np.testing.assert_allclose(ours.distance, theirs.distance, atol=1e-6)
    np.testing.assert_allclose(ours.uv[same], theirs.uv[same], atol=1e-4)
    np.testing.assert_array_equal(occluded, occluded_there)
    assert 0.2 < occluded.mean() < 0.98


def test_hits_lie_on_their_triangles(mesh: trimesh.Trimesh, rays: np.ndarray) -> None:
    found, occluded = hits(mesh.vertices, mesh.faces, rays.reshape(400, -1, 6))
    assert found.distance.shape == found.triangle.shape == occluded.shape == (400, RAYS // 400)
    there = found.triangle >= 0
    np.testing.assert_array_equal(there, occluded)
    np.testing.assert_array_equal(there, np.isfinite(found.distance))
    origins, directions = np.split(rays.reshape(400, -1, 6)[there], 2, axis=1)
    weights = np.stack([1 - found.uv[there].sum(axis=1), *found.uv[there].T], axis=1)
    on_triangle = np.einsum("nk,nkc->nc", weights, mesh.triangles[found.triangle[there]])
    np.testing.assert_allclose(origins + found.distance[there, None] * directions, on_triangle, atol=1e-5)


def test_an_empty_mesh_is_never_hit(rays: np.ndarray) -> None:
    found, occluded = hits(np.zeros((0, 3)), np.zeros((0, 3), int), rays)
    assert (found.triangle == -1).all() and np.isinf(found.distance).all() and not occluded.any()


def test_no_rays(mesh: trimesh.Trimesh) -> None:
    found, occluded = hits(mesh.vertices, mesh.faces, np.zeros((0, 6), np.float32))
    assert found.uv.shape == (0, 2) and occluded.shape == (0,)


def test_closest_points_of_a_sphere() -> None:
    pytest.importorskip("open3d", reason="Open3D is not installed: the extra `data`")
    sphere = trimesh.creation.icosphere(5, 0.2)
    generator = np.random.default_rng(2)
    directions = generator.normal(size=(100, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    closest = ClosestPointFinder(sphere.vertices, sphere.faces).find(0.3 * directions)
    np.testing.assert_allclose(closest.points_m, 0.2 * directions, atol=2e-3)
    np.testing.assert_allclose((closest.normals * directions).sum(axis=1), 1, atol=1e-3)
    weights = np.stack([1 - closest.uv.sum(axis=1), *closest.uv.T], axis=1)
    np.testing.assert_allclose(
        np.einsum("nk,nkc->nc", weights, sphere.triangles[closest.triangle]), closest.points_m, atol=1e-6
    )
