"""Textured views against trimesh's texture look-up, Open3D's ray casting and arithmetic."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from PIL import Image

from panic3d.cameras.axes import CAMERA_DISTANCE_M
from panic3d.cameras.camera import Camera
from panic3d.cameras.colour import linear_from_srgb, srgb_from_linear
from panic3d.geometry.textured_mesh import TexturedMesh, TextureMaterial, look_up_colours, sample_texture, subdivide
from panic3d.geometry.textured_raycast import SurfacePoints, TexturedScene

FRONT, BACK = Camera("ortho", 0.0), Camera("ortho", 180.0)


def make_quads(*layers: tuple[float, TextureMaterial]) -> TexturedMesh:
    """Return squares of 0.4 m that face +z, each at a depth z and of its own material."""
    square = np.array([[-0.2, -0.2], [0.2, -0.2], [0.2, 0.2], [-0.2, 0.2]])
    vertices = [np.column_stack([square, np.full(4, z)]) for z, _ in layers]
    uv = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    triangles = np.concatenate([np.array([[0, 1, 2], [0, 2, 3]]) + 4 * i for i in range(len(layers))])
    return TexturedMesh(
        np.concatenate(vertices).astype(np.float32),
        triangles,
        np.tile(uv, (len(layers), 1)).astype(np.float32),
        np.repeat(np.arange(len(layers)), 2),
        tuple(material for _, material in layers),
    )


def make_plain(rgba: tuple[int, int, int, int], mode: str = "OPAQUE", double_sided: bool = False) -> TextureMaterial:
    texture = np.full((4, 4, 4), rgba, np.uint8)
    return TextureMaterial("plain", texture, mode, double_sided, part=3)  # type: ignore[arg-type]


def test_bilinear_look_up_is_that_of_trimesh() -> None:
    random = np.random.default_rng(0)
    texture = random.integers(0, 256, (13, 9, 4), dtype=np.uint8)
    # trimesh puts texel centres at the ends of [0, 1] and counts v from below
    uv = random.uniform(0.1, 0.9, (500, 2))
    ours_uv = (uv * [8, 12] + 0.5) / [9, 13]
    theirs = trimesh.visual.color.uv_to_interpolated_color(uv * [1, -1] + [0, 1], Image.fromarray(texture))
    assert np.abs(255 * sample_texture(texture, ours_uv) - theirs).max() <= 1.0


def test_a_picture_on_a_square_is_seen_as_it_is() -> None:
    random = np.random.default_rng(1)
    texture = random.integers(0, 256, (8, 8, 4), dtype=np.uint8)
    texture[..., 3] = 255
    mesh = make_quads((0.1, TextureMaterial("picture", np.kron(texture, np.ones((64, 64, 1), np.uint8)))))
    view = TexturedScene(mesh).render([FRONT], 448, supersampling=1)[0]
    # the square has 256 of 448 pixels, each texel 32 of them
    inside = np.round(255 * view.rgb[96:352, 96:352])[16::32, 16::32]
    assert np.abs(inside - texture[..., :3]).max() <= 1
    assert np.nanmax(np.abs(view.depth_m - (CAMERA_DISTANCE_M - 0.1))) < 1e-5


def test_one_sided_triangles_are_seen_from_the_front_alone() -> None:
    one_sided = TexturedScene(make_quads((0.0, make_plain((255, 0, 0, 255)))))
    assert one_sided.render([FRONT], 64)[0].alpha.max() == 1
    assert one_sided.render([BACK], 64)[0].alpha.max() == 0
    both_sides = TexturedScene(make_quads((0.0, make_plain((255, 0, 0, 255), double_sided=True))))
    assert both_sides.render([BACK], 64)[0].alpha.max() == 1


def test_blended_layers_are_mixed_in_linear_light() -> None:
    mesh = make_quads((0.1, make_plain((255, 255, 255, 102), "BLEND")), (0.0, make_plain((255, 0, 0, 255))))
    view = TexturedScene(mesh).render([FRONT], 64)[0]
    green = srgb_from_linear(np.array(0.4 * linear_from_srgb(np.array(1.0))))
    np.testing.assert_allclose(view.rgb[32, 32], np.array([1.0, float(green), float(green)]), atol=1e-3)
    assert view.depth_m[32, 32] == pytest.approx(CAMERA_DISTANCE_M)  # what is less than half opaque has no depth


def test_cut_out_texels_show_what_lies_behind() -> None:
    texture = np.full((2, 2, 4), (0, 0, 255, 255), np.uint8)
    texture[:, 0, 3] = 0
    cut = TextureMaterial("cut", np.kron(texture, np.ones((32, 32, 1), np.uint8)), "MASK", part=2)
    scene = TexturedScene(make_quads((0.1, cut), (0.0, make_plain((255, 0, 0, 255)))))
    view = scene.render([FRONT], 64)[0]
    np.testing.assert_allclose(view.rgb[32, [20, 44]], [[1, 0, 0], [0, 0, 1]], atol=1e-3)
    assert scene.render_parts(FRONT, 64)[32, [20, 44, 2]].tolist() == [3, 2, 0]


def test_shade_gets_the_points_and_normals_that_are_seen() -> None:
    sphere = trimesh.creation.icosphere(subdivisions=4, radius=0.2)
    vertices = sphere.vertices.astype(np.float32)
    mesh = TexturedMesh(
        vertices,
        np.asarray(sphere.faces),
        np.zeros((len(vertices), 2), np.float32),
        np.zeros(len(sphere.faces), np.int64),
        (make_plain((90, 90, 90, 255)),),
    )
    seen: list[SurfacePoints] = []

    def shade(points: SurfacePoints, rgb: np.ndarray) -> np.ndarray:
        seen.append(points)
        return points.normal_head / 2 + 0.5

    view = TexturedScene(mesh).render([FRONT], 128, shade)[0]
    points = seen[0]
    np.testing.assert_allclose(points.normal_head, points.xyz_head_m / 0.2, atol=0.02)
    assert view.rgb[64, 64, 2] > 0.99


def test_depth_is_that_of_open3d() -> None:
    o3d = pytest.importorskip("open3d")
    torus = trimesh.creation.torus(0.2, 0.07)
    mesh = TexturedMesh(
        torus.vertices.astype(np.float32),
        np.asarray(torus.faces),
        np.zeros((len(torus.vertices), 2), np.float32),
        np.zeros(len(torus.faces), np.int64),
        (make_plain((90, 90, 90, 255)),),
    )
    camera = Camera("persp", 40.0, 25.0, fov_deg=30.0)
    origins, directions = camera.rays(96)
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(
        o3d.core.Tensor(torus.vertices.astype(np.float32)), o3d.core.Tensor(torus.faces.astype(np.uint32))
    )
    rays = np.concatenate([origins, directions], axis=2).astype(np.float32)
    theirs = scene.cast_rays(o3d.core.Tensor(rays))["t_hit"].numpy()
    ours = TexturedScene(mesh).render([camera], 96, supersampling=1)[0].depth_m
    there = np.isfinite(theirs)
    assert (np.isfinite(ours) == there).mean() > 0.999
    assert np.nanmax(np.abs(ours - theirs)[there]) < 1e-4


def test_subdivided_triangles_have_the_area_and_places_of_the_coarse_ones() -> None:
    mesh = make_quads((0.1, make_plain((10, 20, 30, 255))), (-0.1, make_plain((200, 100, 50, 128), "BLEND")))
    fine = subdivide(mesh, np.array([0, 2, 3]), 0.05)
    found = trimesh.Trimesh(fine.vertices_head_m, fine.triangles, process=False)
    assert found.area == pytest.approx(3 * 0.08)
    assert found.edges_unique_length.max() <= 0.05
    corners = mesh.vertices_head_m[mesh.triangles[fine.origin]].astype(float)
    again = trimesh.triangles.barycentric_to_points(
        corners, np.column_stack([1 - fine.barycentric.sum(1), fine.barycentric])
    )
    np.testing.assert_allclose(again, fine.vertices_head_m, atol=1e-7)
    colours = look_up_colours(mesh, fine.origin, fine.barycentric)
    front = fine.vertices_head_m[:, 2] > 0
    np.testing.assert_allclose(colours[front] * 255, np.tile([10, 20, 30, 255], (front.sum(), 1)), atol=0.01)
    np.testing.assert_allclose(colours[~front] * 255, np.tile([200, 100, 50, 128], ((~front).sum(), 1)), atol=0.01)


def test_a_tint_is_added_between_vertices() -> None:
    mesh = make_quads((0.0, make_plain((100, 100, 100, 255))))
    tint = np.zeros((4, 3), np.float32)
    tint[[1, 2], 0] = 0.4
    view = TexturedScene(replace(mesh, tint=tint)).render([FRONT], 70)[0]
    expected = 100 / 255 + 0.4 * (np.arange(70) + 0.5 - 15) / 40
    np.testing.assert_allclose(view.rgb[35, 16:54, 0], expected[16:54], atol=0.01)
    np.testing.assert_allclose(view.rgb[35, 16:54, 1], 100 / 255, atol=0.01)
