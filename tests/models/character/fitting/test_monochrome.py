"""A portrait in one tint is found, and its character has no other colours."""

import numpy as np
import pytest
from skimage.color import rgb2gray, rgb2hsv

from helpers.heads.textured_characters import make_character, make_portrait
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.monochrome import find_tint, match_monochrome


def make_tinted(rgba: np.ndarray, dark: tuple[float, ...], light: tuple[float, ...]) -> np.ndarray:
    grey = rgb2gray(rgba[..., :3])[..., None]
    tinted = np.round(255 * (np.array(dark) + grey * (np.array(light) - dark)))
    return np.concatenate([tinted, rgba[..., 3:]], axis=2).astype(np.uint8)


def test_portraits_in_colours_are_left_alone() -> None:
    mesh, landmarks = make_character()
    rgba = make_portrait(mesh, landmarks).line_free
    assert find_tint(rgba) is None
    assert match_monochrome(mesh, rgba) is mesh
    assert find_tint(np.zeros_like(rgba)) is None


@pytest.mark.parametrize(("dark", "light"), [((0, 0, 0), (1, 1, 1)), ((0.25, 0.15, 0.1), (0.98, 0.94, 0.85))])
def test_textures_take_the_tint(dark: tuple[float, ...], light: tuple[float, ...]) -> None:
    mesh, landmarks = make_character()
    tinted = make_tinted(make_portrait(mesh, landmarks).line_free, dark, light)
    found = match_monochrome(mesh, tinted)
    before, after = (
        TexturedScene(m).render([make_view_camera("back")], 128, supersampling=1)[0] for m in (mesh, found)
    )
    shown = after.alpha > 0.99
    hue, saturation, _ = np.moveaxis(rgb2hsv(after.rgb[shown].astype(float)), -1, 0)
    if dark == (0, 0, 0):
        assert saturation.max() < 0.05
    else:
        assert np.ptp(hue[saturation > 0.05]) < 0.08
    # scikit-image weighs the channels otherwise
    assert np.corrcoef(rgb2gray(before.rgb[shown]), rgb2gray(after.rgb[shown]))[0, 1] > 0.97
