"""Eyes and mouths of drawn faces are found where they were drawn, from landmarks that are somewhat wrong."""

import numpy as np
import pytest
from skimage.draw import ellipse, polygon

from panic3d.avatar.face.contours import trace_mask, trace_mouth, widen
from panic3d.avatar.face.locating import locate_openings
from panic3d.cameras.axes import BOX_SIDE_M

SKIN, WHITE, IRIS, LASH, RED = (255, 228, 210), (252, 252, 252), (60, 90, 190), (40, 20, 30), (190, 60, 70)
EYES, MOUTH_ROW = ((222, 256), (290, 256)), 309


def draw_face(mouth_height: int) -> tuple[np.ndarray, np.ndarray]:
    """A face with two eyes, and 28 landmarks that are 6 pixels off."""
    picture = np.zeros((512, 512, 4), np.uint8)
    row, column = ellipse(265, 256, 85, 75)
    picture[row, column] = (*SKIN, 255)
    for x, y in EYES:
        for colour, shape in ((LASH, (19, 20)), (WHITE, (16, 18)), (IRIS, (15, 10))):
            picture[(*ellipse(y, x, *shape), slice(0, 3))] = colour
    corners = [
        (MOUTH_ROW - 1, 240),
        (MOUTH_ROW - 1, 272),
        (MOUTH_ROW + mouth_height, 262),
        (MOUTH_ROW + mouth_height, 250),
    ]
    picture[(*polygon(*np.array(corners).T), slice(0, 3))] = RED
    points = [(185, 280), (200, 320), (256, 345), (312, 320), (327, 280)]
    for x, y in EYES:
        points += [(x - 15, y - 32), (x, y - 35), (x + 15, y - 32)]
    for x, y in EYES:
        points += [(x - 12, y), (x, y - 12), (x + 12, y), (x + 6, y + 9), (x, y + 11), (x - 6, y + 9)]
    points += [(256, 283), (245, 309), (256, 308), (267, 309), (256, 311)]
    return picture, np.array(points, float) + np.array([5.0, 3.0])


def to_px(metres: float) -> float:
    return metres / BOX_SIDE_M * 512


def test_eyes_are_found_with_their_lashes() -> None:
    found = locate_openings(*draw_face(12))
    for eye, (x, y) in zip(found.eyes, EYES, strict=True):
        assert to_px(eye.middle_m[0]) + 256 == pytest.approx(x, abs=5)
        assert 256 - to_px(eye.middle_m[1]) == pytest.approx(y, abs=5)
        assert 36 <= to_px(eye.width_m) <= 50 and 32 <= to_px(eye.height_m) <= 48
    assert np.abs(found.skin * 255 - SKIN).max() < 4
    assert np.abs(found.lash * 255 - LASH).max() < 12


def test_an_open_mouth_has_its_outline_and_a_line_is_closed() -> None:
    mouth = locate_openings(*draw_face(14)).mouth
    assert mouth is not None
    assert to_px(mouth.width_m) == pytest.approx(33, abs=4) and to_px(mouth.height_m) == pytest.approx(15, abs=3)
    line = locate_openings(*draw_face(1)).mouth
    assert line is not None and line.height_m == 0
    assert 256 - to_px(line.upper_m.mean()) == pytest.approx(MOUTH_ROW, abs=3)


def test_a_face_without_a_mouth_gets_none() -> None:
    picture, landmarks = draw_face(12)
    picture[300:330, 230:285, :3] = SKIN
    assert locate_openings(picture, landmarks).mouth is None
    given = trace_mouth((landmarks[24:28] - 256) * [1, -1] * BOX_SIDE_M / 512)
    assert given.height_m == 0 and given.width_m >= 0.008


def test_an_opening_tells_inside_from_outside() -> None:
    mask = np.zeros((512, 512), bool)
    mask[280:300, 240:272] = True
    opening = widen(trace_mask(mask), 0.06)
    assert opening.width_m == pytest.approx(0.06)
    x, y = opening.middle_m
    inside, beside, above = opening.measure_inside(np.array([[x, y, 0.1], [x + 0.04, y, 0.1], [x, y + 0.02, 0.1]]))
    assert inside > 0.005 and beside < 0 and above < 0


@pytest.mark.parametrize("shift", [(400.0, 0.0), (0.0, -300.0), (-230.0, 230.0)])
def test_landmarks_beside_the_face_end_nothing(shift: tuple[float, float]) -> None:
    picture, landmarks = draw_face(12)
    found = locate_openings(picture, landmarks + shift)
    assert all(np.isfinite(values).all() for values in (found.skin, found.lash, found.eyes[0].upper_m))
