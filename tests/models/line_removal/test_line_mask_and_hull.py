"""Where lines are, and which are spared, against twins in scipy and scikit-image."""

import numpy as np
import torch
from scipy.spatial import ConvexHull
from skimage.draw import polygon2mask

from helpers.line_mask import compute_line_mask as scipy_line_mask
from panic3d.cameras.compositing import composite_on_white
from panic3d.models.line_removal.hull import draw_face_hull
from panic3d.models.line_removal.line_mask import compute_line_mask, dilate
from panic3d.models.line_removal.pairs import mask_near_lines, match_tone
from panic3d.models.line_removal.remove import PortraitLines


def test_line_mask_is_the_twins() -> None:
    rng = np.random.default_rng(0)
    rgba = rng.integers(0, 256, (96, 80, 4), np.uint8)
    ours = compute_line_mask(torch.from_numpy(composite_on_white(rgba)).permute(2, 0, 1)[None])[0].numpy()
    assert 0.1 < ours.mean() < 0.95
    assert (ours != scipy_line_mask(rgba)).mean() < 1e-3


def test_a_stroke_is_found_once_and_an_edge_on_its_dark_side() -> None:
    rgb = torch.ones(1, 3, 20, 40)
    rgb[..., 10] = 0.2
    rgb[..., 25:] = 0.2
    columns = compute_line_mask(rgb)[0, 10].nonzero()[:, 0].tolist()
    assert columns == [10, 11, 25, 26, 27]


def test_dilation_grows_towards_higher_rows_and_columns() -> None:
    mask = torch.zeros(1, 9, 9, dtype=torch.bool)
    mask[0, 4, 4] = True
    assert dilate(mask, 2)[0].nonzero().tolist() == [[4, 4], [4, 5], [5, 4], [5, 5]]
    assert dilate(mask, 5)[0].nonzero().min().item() == 2
    assert torch.equal(dilate(mask, 1), mask)


def test_the_hull_covers_eyes_mouth_and_brows() -> None:
    rng = np.random.default_rng(1)
    landmarks_px = rng.uniform(40, 200, (28, 2))
    hull = draw_face_hull(landmarks_px, 256)
    points = np.floor(landmarks_px)
    expected = np.zeros((256, 256), bool)
    for group in (range(11, 17), range(17, 23), range(24, 28)):
        corners = points[list(group)][ConvexHull(points[list(group)]).vertices]
        expected |= polygon2mask((256, 256), corners[:, ::-1])
    assert not (expected & ~hull).any()
    for column, row in points[[5, 6, 7, 8, 9, 10, 23]].astype(int):
        assert hull[row - 2 : row + 3, column - 2 : column + 3].all()
    assert not draw_face_hull(None, 64).any()
    assert not draw_face_hull(landmarks_px + 1000, 256).any()


def test_near_lines_are_within_a_few_pixels() -> None:
    lines, hull = np.zeros((2, 32, 32), bool)
    lines[16, 8:24] = hull[14:19, 20:26] = True
    rgba = np.full((32, 32, 4), 255, np.uint8)
    rgba[:, :10, 3] = 0
    near = mask_near_lines(PortraitLines(lines, hull), rgba)
    rows, columns = np.nonzero(near)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (14, 18, 10, 19)


def test_tone_matched_takes_a_tint_over_and_no_line() -> None:
    render = torch.full((1, 3, 21, 21), 0.6)
    render[..., :10] = 0.4
    drawing = render - 0.2
    infill = torch.zeros(1, 21, 21, dtype=torch.bool)
    infill[:, 8:12] = True
    drawing[:, :, 8:12] = 0.0
    assert (match_tone(render, drawing, infill) - (render - 0.2)).abs().max().item() < 1e-5
