"""How much of a drawing is lines: of what the illustrator draws in each style, and of portraits that people drew."""

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import binary_dilation, binary_erosion, grey_dilation

from helpers.heads.sphere_view import make_sphere_view
from helpers.line_mask import compute_line_mask, compute_line_share
from helpers.requirements import list_real_files, require_real_data
from panic3d.cameras.compositing import composite_on_white
from panic3d.cameras.view import View
from panic3d.datagen.illustrate.portrait import illustrate
from panic3d.datagen.illustrate.styles import STYLES, StyleSet
from panic3d.models.line_removal.line_mask import compute_line_mask as our_line_mask

EVERY_STYLE = [(styles, name) for styles in STYLES for name in sorted(STYLES[styles])]
BORDERS_DRAWN = 0.5
DRAWN_10_TO_90 = [0.128, 0.218]
"""Line share of 13 portraits that people drew, 10th and 90th percentile."""


@pytest.fixture(scope="module")
def view() -> View:
    """A render in one colour: what lines its drawings have come from the passes."""
    return make_sphere_view(one_colour=True)


def share_near(lines: np.ndarray, places: np.ndarray) -> float:
    """Return the share of the places that have a line within three pixels."""
    return float(binary_dilation(lines, iterations=3)[places].mean())


@pytest.mark.parametrize(("styles", "name"), EVERY_STYLE)
def test_every_style_draws_the_borders_of_parts_that_the_render_does_not_show(
    view: View, styles: StyleSet, name: str
) -> None:
    assert view.part is not None
    drawing, _ = illustrate(view, "a key", styles, name)
    borders = view.part != grey_dilation(view.part, 3)
    borders &= binary_erosion(view.part > 0, iterations=6)
    assert borders.sum() > 500
    assert share_near(compute_line_mask(view.rgba), borders) == 0
    assert share_near(compute_line_mask(drawing), borders) > BORDERS_DRAWN
    assert compute_line_share(drawing) > compute_line_share(view.rgba) + 0.02


@pytest.mark.parametrize("styles", STYLES)
def test_two_implementations_find_the_same_lines_in_a_drawing(view: View, styles: StyleSet) -> None:
    drawing, _ = illustrate(view, "another key", styles)
    ours = our_line_mask(torch.from_numpy(composite_on_white(drawing)).permute(2, 0, 1)[None])[0].numpy()
    assert 0.01 < ours.mean() < 0.5
    assert (ours != compute_line_mask(drawing)).mean() < 1e-3


def test_the_band_of_portraits_that_people_drew() -> None:
    require_real_data("portraits")
    files = [path for path in list_real_files("portraits", "*.png") if "MIT" not in path.name]
    pictures = [np.asarray(Image.open(path).convert("RGBA")) for path in files]
    shares = [compute_line_share(picture) for picture in pictures]
    assert len(shares) == 13
    assert np.percentile(shares, [10, 90]) == pytest.approx(DRAWN_10_TO_90, abs=0.001)
    for path, picture in zip(files, pictures, strict=True):
        ours = our_line_mask(torch.from_numpy(composite_on_white(picture)).permute(2, 0, 1)[None])[0].numpy()
        assert (ours != compute_line_mask(picture)).mean() < 1e-3, path.name
