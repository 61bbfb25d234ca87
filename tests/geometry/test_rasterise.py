"""Filled triangles against scikit-image's, and materials against what rays meet."""

import numpy as np
import pytest
from skimage.draw import polygon2mask

from panic3d.cameras.camera import Camera
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.generate import build_character
from panic3d.geometry.rasterise import find_fragments
from panic3d.geometry.textured_mesh import interpolate_corners
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.surface import make_textured_mesh

SHAPE = (60, 80)


def test_each_triangle_fills_the_pixels_whose_centres_are_inside() -> None:
    random = np.random.default_rng(0)
    points = random.uniform([-20, -20], [100, 80], (90, 2))
    triangles = np.arange(90).reshape(-1, 3)
    fragments = find_fragments(points, triangles, SHAPE)
    for index, corners in enumerate(points[triangles]):
        # polygon2mask takes row and column, and puts pixel centres at whole numbers
        wanted = polygon2mask(SHAPE, corners[:, ::-1] - 0.5)
        filled = np.zeros(SHAPE, bool)
        filled.flat[fragments.pixel[fragments.triangle == index]] = True
        np.testing.assert_array_equal(filled, wanted)
    assert (np.diff(fragments.triangle) >= 0).all()


def test_weights_give_the_centres_back_and_quads_have_no_gap() -> None:
    grid = np.stack(np.meshgrid(np.linspace(0, 80, 18), np.linspace(0, 60, 23)), axis=2).reshape(-1, 2)
    corner = (np.arange(22)[:, None] * 18 + np.arange(17)).reshape(-1)
    triangles = np.concatenate([corner[:, None] + [0, 1, 18], corner[:, None] + [1, 19, 18]])
    fragments = find_fragments(grid, triangles, SHAPE)
    assert len(np.unique(fragments.pixel)) == SHAPE[0] * SHAPE[1]
    row, column = np.divmod(fragments.pixel, SHAPE[1])
    places = interpolate_corners(grid[triangles[fragments.triangle]], fragments.uv)
    np.testing.assert_allclose(places, np.stack([column, row], axis=1) + 0.5, atol=1e-4)


def test_nothing_is_filled_outside_the_picture_or_by_triangles_without_area() -> None:
    outside = [[-9.0, -9.0], [-1.0, -9.0], [-1.0, -1.0], [90.0, 5.0], [99.0, 9.0], [99.0, 30.0]]
    points = np.array([*outside, [5.0, 5.0], [9.0, 9.0], [7.0, 7.0]])
    for triangles in ([[0, 1, 2], [3, 4, 5], [6, 7, 8], [6, 7, 7]], np.zeros((0, 3), int)):
        assert len(find_fragments(points, np.array(triangles), SHAPE).pixel) == 0


@pytest.mark.parametrize(("index", "azimuth_deg"), [(0, 0.0), (3, 180.0), (6, 40.0)])
def test_materials_of_a_character_are_those_that_rays_meet(index: int, azimuth_deg: float) -> None:
    random = make_random_generator(9, index, "train2")
    mesh = make_textured_mesh(build_character(draw_params(random, "train2"), random, "")[0])
    camera = Camera("ortho", azimuth_deg, 10.0)
    scene = TexturedScene(mesh)
    material = scene.find_materials(camera, 96)
    depth_m = scene.render([camera], 96, supersampling=1)[0].depth_m
    # A ray from just before the surface that the picture's depth says meets the triangle of this material
    origins, directions = camera.rays(96)
    there = np.isfinite(depth_m)
    assert (there == (material >= 0)).mean() > 0.998
    starts = origins[there] + (depth_m[there, None] - 2e-6) * directions[there]
    hits = scene.caster.cast(np.concatenate([starts, directions[there]], axis=1).astype(np.float32))
    assert (mesh.material[hits.triangle] == material[there]).mean() > 0.99


def test_perspective_cameras_are_refused() -> None:
    random = make_random_generator(9, 0, "train")
    scene = TexturedScene(make_textured_mesh(build_character(draw_params(random, "train"), random, "")[0]))
    with pytest.raises(ValueError, match="orthographic"):
        scene.find_materials(Camera("persp", 0.0, fov_deg=30.0), 32)
