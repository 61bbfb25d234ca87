"""Given alpha stays, flat backgrounds go by their colour; a coarse matte follows the edges; framed ones stay."""

import numpy as np
import pytest

from panic3d.models.portrait.alignment.similarity import GENERATED_TARGETS, PUBLISHED_TARGETS
from panic3d.models.portrait.canonical import PortraitConfig, is_framed, make_portrait, remove_neighbours
from panic3d.models.portrait.evaluation.mattes import make_scenes, measure_matte_errors
from panic3d.models.portrait.faces.face import Face
from panic3d.models.portrait.faces.mean_face import MEAN_FACE
from panic3d.models.portrait.matting.matting import (
    estimate_matte,
    find_flat_background,
    has_matte,
    merge_mattes,
    refine_matte,
)
from panic3d.models.portrait.training.characters import LabelledCharacter

SIZE = 512
ROWS, COLUMNS = np.mgrid[:SIZE, :SIZE]
FIGURE = np.hypot(ROWS - 270, COLUMNS - 256) < 150
SHOULDERS = FIGURE | ((ROWS > 380) & (abs(COLUMNS - 256) < 140))


def picture(background: tuple[int, int, int]) -> np.ndarray:
    """A dark figure with a patch of the background's colour in its middle."""
    rgb = np.where(SHOULDERS[..., None], [120, 60, 40], background).astype(np.float32)
    rgb[240:280, 230:280] = background
    return rgb / 255


@pytest.mark.parametrize("background", [(255, 255, 255), (250, 250, 245), (40, 160, 60)])
def test_a_flat_background_goes_and_what_it_encloses_stays(background: tuple[int, int, int]) -> None:
    everywhere = np.ones((SIZE, SIZE), bool)
    matte = estimate_matte(picture(background), everywhere, "auto")
    assert matte.by == "flat background"
    ours = matte.alpha >= 0.5
    assert (ours & SHOULDERS).sum() / (ours | SHOULDERS).sum() > 0.98
    assert ours[260, 250]


def test_a_background_of_many_colours_is_not_flat() -> None:
    noise = np.random.Generator(np.random.PCG64(0)).random((SIZE, SIZE, 3)).astype(np.float32)
    assert find_flat_background(noise, np.ones((SIZE, SIZE), bool)) is None


def test_a_coarse_matte_is_brought_to_the_edges() -> None:
    import cv2

    rgb = picture((180, 200, 255))
    coarse = cv2.resize(cv2.resize(SHOULDERS.astype(np.float32), (32, 32), interpolation=cv2.INTER_AREA), (SIZE, SIZE))
    before = np.abs(coarse - SHOULDERS).mean()
    assert np.abs(refine_matte(rgb, coarse) - SHOULDERS).mean() < 0.7 * before


def face_at(row: float, column: float, size: float) -> Face:
    return Face(MEAN_FACE * size + [column, row], 1.0)


def cut_out(height: int = SIZE, width: int = SIZE) -> np.ndarray:
    rgba = np.zeros((height, width, 4), np.uint8)
    rgba[height // 5 :, width // 4 : -width // 4] = [200, 120, 80, 255]
    return rgba


def test_given_alpha_is_used_as_it_is() -> None:
    rgba = cut_out()
    rgba[200:300, 200:300, 3] = 77
    assert has_matte(rgba)
    stages = make_portrait(rgba, [], PortraitConfig(align="never"))
    np.testing.assert_array_equal(stages.portrait[..., 3], rgba[..., 3])
    shown = rgba[..., 3] > 0
    assert np.abs(stages.portrait[shown].astype(int) - rgba[shown]).max() <= 1
    assert stages.matte.by == "given alpha"


def test_a_front_render_is_left_where_it_is_and_another_picture_moved() -> None:
    framed = face_at(GENERATED_TARGETS.row_px, GENERATED_TARGETS.column_px, 43)
    assert is_framed(cut_out(), framed)
    assert not is_framed(cut_out(), face_at(400, 256, 43))
    assert not is_framed(cut_out(512, 400), framed)
    smaller = face_at(PUBLISHED_TARGETS.row_px, PUBLISHED_TARGETS.column_px, 43 * 0.79)
    assert is_framed(cut_out(), smaller, PUBLISHED_TARGETS)
    assert not is_framed(cut_out(), smaller) and not is_framed(cut_out(), framed, PUBLISHED_TARGETS)
    stages = make_portrait(cut_out(), [framed], PortraitConfig())
    assert not stages.aligned
    np.testing.assert_allclose(stages.canonical_from_picture, [[1, 0, 0], [0, 1, 0]])
    moved = make_portrait(cut_out(900, 700), [face_at(300, 340, 60)], PortraitConfig())
    assert moved.aligned
    assert moved.landmarks_px is not None
    assert moved.landmarks_px.mean(axis=0) == pytest.approx([GENERATED_TARGETS.column_px, GENERATED_TARGETS.row_px])


def test_matte_errors_of_known_mattes() -> None:
    true = np.zeros((20, 20), np.float32)
    true[5:15, 5:15] = 1
    half = true.copy()
    half[5:10] = 0
    found = measure_matte_errors([true, half], [true, true])
    assert found.iou == pytest.approx(0.75) and found.worst_iou == pytest.approx(0.5)
    assert found.difference == pytest.approx(50 / 400 / 2)


def test_scenes_show_the_figure_over_something() -> None:
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[16:48, 16:48] = (200, 30, 60, 255)
    first, *others = make_scenes([LabelledCharacter("a", "", (rgba,), None)] * 5)
    np.testing.assert_allclose(first.rgb[20, 20] * 255, (200, 30, 60), atol=1)
    assert first.alpha.mean() == pytest.approx(0.25)
    assert max(np.abs(first.rgb - other.rgb).max() for other in others) > 0.3, "each has a background of its own"


def test_neighbours_are_cut_off_and_ornaments_stay() -> None:
    alpha = np.zeros((512, 512))
    alpha[100:512, 150:360] = 1  # the figure, whose shoulders reach the border
    alpha[300:512, :60] = 1  # somebody's arm
    alpha[20:40, 200:300] = 1  # a halo
    points = MEAN_FACE * 40 + [256, 260]
    left = remove_neighbours(alpha, points)
    assert not left[:, :60].any() and left[30, 250] and np.array_equal(left[100:, 150:], alpha[100:, 150:])
    assert np.array_equal(remove_neighbours(alpha, points * 0), alpha), "landmarks beside every part say nothing"


def test_two_mattes_that_agree_and_two_that_do_not() -> None:
    figure = np.zeros((64, 64))
    figure[10:60, 20:44] = 1
    softer, part = figure * 0.95, figure.copy()
    part[30:] = 0
    assert merge_mattes(figure, softer) is softer
    assert np.array_equal(merge_mattes(figure, part), figure) and np.array_equal(merge_mattes(part, figure), figure)
