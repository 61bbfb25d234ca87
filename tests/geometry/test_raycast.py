"""Ray-cast pictures against what geometry says."""

import numpy as np
import pytest
import trimesh

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.camera import Camera
from panic3d.cameras.colour import linear_from_srgb, srgb_from_linear
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.raycast import MeshReconstruction, render_mesh

RADIUS_M = 0.2
EMPTY = ColouredMesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int64), np.zeros((0, 3), np.uint8))


def coloured(mesh: trimesh.Trimesh, colours: np.ndarray) -> ColouredMesh:
    return ColouredMesh(mesh.vertices.astype(np.float32), mesh.faces.astype(np.int64), colours.astype(np.uint8))


@pytest.fixture(scope="module")
def sphere() -> ColouredMesh:
    mesh = trimesh.creation.icosphere(5, RADIUS_M)
    return coloured(mesh, np.tile([255, 0, 0], (len(mesh.vertices), 1)))


def test_depth_and_coverage_of_a_sphere(sphere: ColouredMesh) -> None:
    size = 128
    (view,) = render_mesh(sphere, [make_view_camera("left")], size, supersampling=3)
    centre_m = ((np.arange(size) + 0.5) / size - 0.5) * BOX_SIDE_M
    squared = centre_m[:, None] ** 2 + centre_m**2
    inside = squared < (0.98 * RADIUS_M) ** 2
    np.testing.assert_allclose(view.depth_m[inside], 1 - np.sqrt(RADIUS_M**2 - squared[inside]), atol=1e-3)
    assert np.isnan(view.depth_m[squared > RADIUS_M**2]).all()
    pixel_area_m2 = (BOX_SIDE_M / size) ** 2
    assert view.alpha.sum() * pixel_area_m2 == pytest.approx(np.pi * RADIUS_M**2, rel=5e-3)
    np.testing.assert_allclose(view.rgb[view.alpha == 1], [[1, 0, 0]] * int((view.alpha == 1).sum()), atol=1e-6)
    np.testing.assert_array_equal(view.rgb[view.alpha == 0], 1)
    edge = (view.alpha > 0) & (view.alpha < 1)
    np.testing.assert_allclose(view.rgb[edge][:, 1], 1 - view.alpha[edge], atol=1e-6)


def first_hits(mesh: trimesh.Trimesh, origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, ...]:
    """Ray parameter (infinite: none), triangle and barycentric weights by Möller and Trumbore's formula."""
    a, b, c = (mesh.triangles[:, i] for i in range(3))
    cross = np.cross(directions[:, None], c - a)
    determinant = np.einsum("tk,rtk->rt", b - a, cross)
    offset = origins[:, None] - a
    u = np.einsum("rtk,rtk->rt", offset, cross) / determinant
    across = np.cross(offset, b - a)
    v = np.einsum("rk,rtk->rt", directions, across) / determinant
    t = np.einsum("tk,rtk->rt", c - a, across) / determinant
    t = np.where((u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0), t, np.inf)
    nearest = (np.arange(len(t)), t.argmin(axis=1))
    return t[nearest], nearest[1], np.stack([1 - u - v, u, v], axis=-1)[nearest]


def test_perspective_pixels_agree_with_the_textbook() -> None:
    box = trimesh.creation.box((0.2, 0.15, 0.3))
    mesh = coloured(box, np.random.default_rng(0).integers(0, 256, (len(box.vertices), 3)))
    camera, size = Camera("persp", 40.0, 20.0, fov_deg=30.0), 64
    (view,) = render_mesh(mesh, [camera], size, supersampling=1)

    origins, directions = (part.reshape(-1, 3) for part in camera.rays(size))
    depth_m, triangle, weights = first_hits(box, origins, directions)
    there = np.isfinite(depth_m)
    np.testing.assert_allclose(view.depth_m.ravel(), np.where(there, depth_m, np.nan), atol=1e-5)
    linear = np.einsum("nk,nkc->nc", weights, linear_from_srgb(mesh.colours / 255.0)[box.faces[triangle]])
    np.testing.assert_allclose(view.rgb.reshape(-1, 3)[there], srgb_from_linear(linear[there]), atol=2e-3)


def test_red_ear_is_at_the_characters_left() -> None:
    ball = trimesh.creation.icosphere(2, 0.03)
    ball.apply_translation((0.1, 0.1, 0))
    mesh = coloured(ball, np.tile([255, 0, 0], (len(ball.vertices), 1)))
    front, left, back = MeshReconstruction(mesh).render(
        [make_view_camera(view) for view in ("front", "left", "back")], 64
    )
    assert front.alpha[:32, 32:].sum() == pytest.approx(front.alpha.sum())
    assert back.alpha[:32, :32].sum() == pytest.approx(back.alpha.sum())
    assert np.nanmin(left.depth_m) == pytest.approx(1 - 0.13, abs=2e-3)


def test_nothing_to_see_is_white() -> None:
    views = render_mesh(EMPTY, [make_view_camera("front"), make_view_camera("spin030")], 32)
    assert len(views) == 2
    for view in views:
        assert (view.rgb == 1).all() and (view.alpha == 0).all() and np.isnan(view.depth_m).all()


def test_only_between_near_and_far(sphere: ColouredMesh) -> None:
    behind_m = sphere.vertices_head_m * 0.2 - np.array([0, 0, 0.6], np.float32)
    far = ColouredMesh(behind_m, sphere.triangles, sphere.colours)
    (view,) = render_mesh(far, [make_view_camera("front")], 32)
    assert (view.alpha == 0).all()
