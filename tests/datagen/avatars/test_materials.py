"""Colours, alpha modes and culling as they come out of the renderer."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skimage import color

from helpers.avatars.small_glb import make_square, write_glb
from helpers.requirements import require_engine
from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.engines.availability import ENGINES, Engine
from panic3d.datagen.engines.engine import render_views


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    require_engine(request.param)
    return request.param


def render(engine: Engine, path: Path, views: tuple[str, ...] = ("front",), size: int = 128, **options: Any) -> list:
    surfaces = load_avatar(path, AvatarOptions(**options)).surfaces
    return render_views(engine, surfaces, [make_view_camera(view) for view in views], size, samples=8, threads=2)


def test_srgb_patches_come_out_as_they_are(tmp_path: Path, engine: Engine) -> None:
    patches = np.random.default_rng(0).integers(0, 256, (8, 8, 4), np.uint8)
    patches[..., 3] = 255
    patches[0, :3, :3] = [[0, 0, 0], [255, 255, 255], [1, 2, 3]]
    (view,) = render(engine, write_glb(tmp_path / "a.glb", [{"corners": make_square(0.14), "rgba": patches}]))
    columns = ((np.arange(8) + 0.5) / 8 * 0.28 - 0.14) / 0.7 * 128 + 64
    seen = view.rgba[np.ix_(columns.astype(int), columns.astype(int))]
    assert np.abs(seen[..., :3].astype(int) - patches[..., :3]).max() <= 1
    assert (seen[..., 3] == 255).all()


def test_factor_and_vertex_colour_multiply_in_linear_light(tmp_path: Path, engine: Engine) -> None:
    texture = np.full((4, 4, 4), (200, 120, 40, 255), np.uint8)
    quad = {
        "corners": make_square(0.2),
        "rgba": texture,
        "factor": (0.5, 0.25, 1.0, 1.0),
        "colour": (0.5, 1.0, 0.75, 1.0),
    }
    (view,) = render(engine, write_glb(tmp_path / "a.glb", [quad]))
    linear = color.rgb2xyz(texture[:1, :1, :3] / 255)  # skimage has no bare sRGB decoder: go through XYZ and back
    linear_rgb = np.linalg.solve(color.colorconv.xyz_from_rgb, linear[0, 0])
    product = linear_rgb * [0.25, 0.25, 0.75]
    expected = color.xyz2rgb((color.colorconv.xyz_from_rgb @ product)[None, None])[0, 0] * 255
    assert np.abs(view.rgba[64, 64, :3] - expected).max() <= 1


@pytest.mark.parametrize(
    ("mode", "alpha", "expected"), [("OPAQUE", 0, 255), ("MASK", 100, 0), ("MASK", 180, 255), ("BLEND", 102, 102)]
)
def test_alpha_modes_decide_opacity_and_depth(
    tmp_path: Path, engine: Engine, mode: str, alpha: int, expected: int
) -> None:
    texture = np.full((2, 2, 4), (10, 200, 30, alpha), np.uint8)
    (view,) = render(
        engine, write_glb(tmp_path / "a.glb", [{"corners": make_square(0.2), "rgba": texture, "alpha_mode": mode}])
    )
    assert abs(int(view.rgba[64, 64, 3]) - expected) <= 1
    assert np.isfinite(view.depth_m[64, 64]) == (expected >= 128)
    if expected:
        assert np.abs(view.rgba[64, 64, :3].astype(int) - [10, 200, 30]).max() <= 1


def test_blend_over_opaque_is_composited_in_linear_light(tmp_path: Path, engine: Engine) -> None:
    veil = np.full((2, 2, 4), (255, 0, 0, 51), np.uint8)
    quads: list[dict[str, Any]] = [
        {"corners": make_square(0.2, -0.1), "factor": (0.0, 1.0, 0.0, 1.0)},
        {"corners": make_square(0.2, 0.1), "rgba": veil, "alpha_mode": "BLEND"},
    ]
    (view,) = render(engine, write_glb(tmp_path / "a.glb", quads))
    expected = np.array([0.2, 0.8, 0.0])
    encoded = np.where(expected > 0.0031308, 1.055 * expected ** (1 / 2.4) - 0.055, 0) * 255
    assert np.abs(view.rgba[64, 64, :3] - encoded).max() <= 1
    assert view.depth_m[64, 64] == pytest.approx(1.1, abs=1e-5), "a veil of opacity 0.2 is no surface"


def test_single_sided_back_faces_are_not_drawn(tmp_path: Path, engine: Engine) -> None:
    single = write_glb(tmp_path / "a.glb", [{"corners": make_square(0.2), "double_sided": False}])
    front, back = render(engine, single, ("front", "back"))
    assert front.rgba[64, 64, 3] == 255
    assert back.rgba[64, 64, 3] == 0
    (paper,) = render(engine, single, ("back",), paper_materials=True)
    assert paper.rgba[64, 64, 3] == 255, "the paper's renderer culls nothing"


def test_what_leaves_the_box_hides_nothing(tmp_path: Path, engine: Engine) -> None:
    wall, screen = (
        {"corners": make_square(0.1, 0.0)},
        {"corners": make_square(0.1, 0.0), "factor": (1.0, 0.0, 0.0, 1.0)},
    )
    nearer = {**screen, "corners": [[x, y - 0.05, 0.9] for x, y, _ in make_square(0.1)]}
    low = {**wall, "corners": [[x, y, -0.9] for x, y, _ in make_square(0.1)]}  # keeps the middle of the top at z = 0
    (view,) = render(engine, write_glb(tmp_path / "a.glb", [wall, nearer, low]), fit=False)
    assert view.rgba[64, 64].tolist() == [255, 255, 255, 255], "the red screen at z = 0.9 is cut away"
    assert view.depth_m[64, 64] == pytest.approx(1.0, abs=1e-5)


def test_alpha_is_coverage(tmp_path: Path, engine: Engine) -> None:
    (view,) = render(engine, write_glb(tmp_path / "a.glb", [{"corners": make_square(0.14)}]), size=64)
    side_px = 0.28 / 0.7 * 64
    assert view.rgba[..., 3].sum() / 255 == pytest.approx(side_px**2, rel=0.01)
