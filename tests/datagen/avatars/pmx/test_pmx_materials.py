"""The materials of PMX characters."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.avatars import small_pmx as mmd
from helpers.requirements import needs_blender
from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.engines.engine import render_views

UNIT_M = 0.08


@needs_blender
def test_colours_upright_and_unmirrored(tmp_path: Path) -> None:
    avatar = load_avatar(mmd.save_character(tmp_path))
    views = ("front", "left", "back", "right")
    pictures = render_views(
        "cycles", avatar.surfaces, [make_view_camera(view) for view in views], 256, samples=4, threads=1
    )
    rgba = {view: picture.rgba.astype(int) for view, picture in zip(views, pictures, strict=True)}

    def at(view: str, x_units: float, y_units: float) -> np.ndarray:
        row = 128 - (y_units * UNIT_M - 1.46) / 0.7 * 256
        return rgba[view][int(row), int(128 + x_units * UNIT_M / 0.7 * 256), :3]

    expected = {(-0.5, 18.3): mmd.RED, (0.5, 18.3): mmd.GREEN, (-0.5, 17.3): mmd.BLUE, (0.5, 17.3): mmd.YELLOW,
                (0.5, 19.4): (0, 0, 0), (0.0, 19.8): mmd.HAIR, (0.0, 15.0): mmd.SHIRT,
                (1.25, 18.1): mmd.RED}  # fmt: skip
    for (x, y), colour in expected.items():
        assert np.abs(at("front", x, y) - colour).max() <= 1, (x, y)
    assert np.abs(at("back", -1.25, 18.1) - mmd.RED).max() <= 1, "its left ear is on the left from behind"
    assert np.abs(at("left", 0.0, 18.1) - mmd.RED).max() <= 1 and np.abs(at("right", 0.0, 18.1) - mmd.RED).max() > 50
    assert pictures[0].depth_m[128 - int((18.3 * UNIT_M - 1.46) / 0.7 * 256), 110] == pytest.approx(0.92, abs=1e-5)
    skin = np.argwhere(np.abs(rgba["front"][..., :3] - mmd.SKIN).max(axis=-1) <= 1)
    assert {column < 128 for _, column in skin} == {True, False}, "an untextured arm on either side"


def textured(folder: Path, alpha: np.ndarray, diffuse_alpha: float = 1.0, uv: float = 1.0) -> list:
    """The materials of a head whose face texture has this alpha, of which the part up to (uv, uv) is used."""
    model = mmd.make_small_character()
    model.materials[0].diffuse = (1, 1, 1, diffuse_alpha)
    for vertex in model.vertices[:24]:
        vertex.uv = (vertex.uv[0] * uv, vertex.uv[1] * uv)
    path = mmd.save_character(folder, model=model)
    rgb = np.full((*alpha.shape, 3), 200, np.uint8)
    Image.fromarray(np.dstack([rgb, alpha.astype(np.uint8)])).save(folder / "tex" / "顔.png")
    return [part.material for part in load_avatar(path).surfaces]


def test_alpha_modes_are_what_the_used_texels_ask_for(tmp_path: Path) -> None:
    opaque = np.full((64, 64), 255)
    unused = opaque.copy()
    unused[40:, 40:] = 0
    lace = opaque.copy()
    lace[::8] = 0
    veil = np.tile(np.linspace(0, 255, 64), (64, 1))
    assert textured(tmp_path, opaque)[0].alpha_mode == "OPAQUE"
    assert textured(tmp_path, unused, uv=0.5)[0].alpha_mode == "OPAQUE", "what is clear is not used"
    assert textured(tmp_path, unused)[0].alpha_mode == "MASK"
    assert textured(tmp_path, lace)[0].alpha_mode == "MASK"
    assert textured(tmp_path, veil)[0].alpha_mode == "BLEND"
    assert textured(tmp_path, opaque, diffuse_alpha=0.4)[0].alpha_mode == "BLEND"
    hidden = textured(tmp_path, opaque, diffuse_alpha=0.0)
    assert [material.name for material in hidden] == ["髪", "しるし", "服", "肌", "肌2"], "shown by a morph only"


def test_vertex_colours_and_lines(tmp_path: Path) -> None:
    model = mmd.make_small_character()
    for vertex in model.vertices:
        vertex.extra = (0.5, 0.25, 1.0, 1.0)
    model.materials[0].flags = mmd.VERTEX_COLOUR
    model.materials[1].flags = mmd.LINES
    surfaces = load_avatar(mmd.save_character(tmp_path, model=model, version=2.1)).surfaces
    assert [part.material.name for part in surfaces] == ["顔", "しるし", "服", "肌", "肌2"]
    assert np.allclose(surfaces[0].colour_linear[0], [0.21404, 0.05088, 1, 1], atol=1e-4)
    assert (surfaces[1].colour_linear == 1).all()
