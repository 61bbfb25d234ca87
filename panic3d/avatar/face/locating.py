"""Where exactly a portrait shows eyes and mouth: what is no skin near the landmarks."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy import ndimage
from skimage.color import lab2rgb, rgb2lab

from panic3d.avatar.face.contours import (
    LEFT_EYE_IN_IMAGE,
    MOUTH,
    RIGHT_EYE_IN_IMAGE,
    Opening,
    trace_ellipse,
    trace_mask,
    widen,
)
from panic3d.cameras.axes import BOX_SIDE_M, IMAGE_SIZE

NOSE, CHIN, JAW = 23, 2, (1, 3)
EYE_CONTRAST, MOUTH_CONTRAST = 9.0, 9.0
"""Distance of a colour from the skin's in CIELAB from which it is none."""
CENTRES, WIDTHS, HEIGHTS = np.linspace(-0.22, 0.22, 12), np.linspace(0.15, 0.36, 10), np.linspace(0.07, 0.36, 13)
"""Centres, half widths and half heights of eyes that are tried, in distances between the eyes."""
STRIP = 0.12
"""Width of the strips below and beside an eye that should be skin, in distances between the eyes."""
BELOW, INWARD, OUTWARD, ABOVE = 0.5, 0.5, 0.2, 0.1
"""How much the strips count; there may be hair at the outer corner and above an eye."""
SIZE_GAIN, OFFSET_COST = 1.6, 0.25
"""How much the size of a box counts, so that all of the eye is in it, and its distance from the landmarks."""
DROP_COST, UNLIKE_COST = 0.8, 2.0
"""How much it counts that two eyes lie at different heights or have different ones."""
MIN_MOUTH_SCORE = 80.0
"""Sum of the distances from the colour of skin over a mouth's pixels."""
MOUTH_OFFSET = 0.3
"""How far from its landmarks a mouth may lie, in distances between the eyes, at 37% of its score."""
MIN_MOUTH_WIDTH = 0.24
"""Width that every mouth gets, in distances between the eyes."""
MIN_SIDE_PX, SKIN_ITERATIONS, SKIN_RADIUS = 4, 3, 18.0
"""Side of the smallest place where skin is looked for, and how its colour is: the median of those near the median."""
MIN_DISTANCE_PX = 12.0
"""Between the eyes, whatever the landmarks say."""
DARK_BROWN = (0.2, 0.12, 0.12)
BORDER_SHARE = 0.2
"""What is left of the score of a piece that goes on beside the place of a mouth."""
MOUTH_RANGE = (0.28, 0.9)
"""Where the mouth may be, between the nose (0) and the chin (1)."""
MOUTH_HALF_WIDTH = 0.42
"""How far from the middle a mouth may reach, in distances between the eyes."""
JOINED = np.ones((3, 13), bool)
"""Pieces of a mouth's line that are nearer than this to each other belong together."""


@dataclass(frozen=True)
class FaceOpenings:
    """The openings of a face in the plane of the front view, in metres."""

    eyes: tuple[Opening, Opening]
    """The one on the left of the image first."""
    mouth: Opening | None
    """None where it was not found."""
    skin: Float[np.ndarray, "3"]
    """sRGB in [0, 1]."""
    lash: Float[np.ndarray, "3"]
    """The dark colour of the eyes' outlines."""


def locate_openings(rgba: UInt8[np.ndarray, "512 512 4"], landmarks_px: Float[np.ndarray, "28 2"]) -> FaceOpenings:
    """Find eyes and mouth of a canonical portrait near its landmarks."""
    lab = rgb2lab(rgba[..., :3])
    eyes = [landmarks_px[list(points)].mean(0) for points in (LEFT_EYE_IN_IMAGE, RIGHT_EYE_IN_IMAGE)]
    distance = max(float(np.linalg.norm(eyes[1] - eyes[0])), MIN_DISTANCE_PX)
    skin = _measure_skin(lab, landmarks_px, eyes)
    away = np.linalg.norm((lab - skin) * [0.7, 1.0, 1.0], axis=2)
    found = _locate_eyes(away > EYE_CONTRAST, eyes, distance)
    mouth = _locate_mouth(away, landmarks_px, distance)
    return FaceOpenings(found, mouth, lab2rgb(skin[None, None])[0, 0], _measure_lash(rgba, lab, found))


def _measure_lash(
    rgba: UInt8[np.ndarray, "S S 4"], lab: Float[np.ndarray, "S S 3"], eyes: tuple[Opening, Opening]
) -> Float[np.ndarray, "3"]:
    """Return the mean of the darkest tenth of the eyes' pixels; a dark brown where no pixel is in an eye."""
    row, column = np.indices(lab.shape[:2])
    metres = BOX_SIDE_M / len(lab)
    places = np.stack([(column + 0.5) * metres - BOX_SIDE_M / 2, BOX_SIDE_M / 2 - (row + 0.5) * metres, 0 * row], 2)
    inside = np.any([eye.measure_inside(places.reshape(-1, 3)) > 0 for eye in eyes], axis=0)
    if not inside.any():
        return np.array(DARK_BROWN)
    colours, light = rgba.reshape(-1, 4)[inside, :3] / 255, lab.reshape(-1, 3)[inside, 0]
    return colours[light <= np.quantile(light, 0.1)].mean(0)


def _measure_skin(
    lab: Float[np.ndarray, "S S 3"], landmarks_px: Float[np.ndarray, "28 2"], eyes: list[np.ndarray]
) -> Float[np.ndarray, "3"]:
    """Return the commonest colour between eyes and mouth, in CIELAB."""
    top = int(np.clip(max(eye[1] for eye in eyes), 0, len(lab) - MIN_SIDE_PX))
    left = int(np.clip(eyes[0][0], 0, len(lab) - MIN_SIDE_PX))
    bottom, right = (
        max(int(landmarks_px[list(MOUTH), 1].mean()), top + MIN_SIDE_PX),
        max(int(eyes[1][0]), left + MIN_SIDE_PX),
    )
    colours = lab[top:bottom, left:right].reshape(-1, 3)
    centre = np.median(colours, axis=0)
    for _ in range(SKIN_ITERATIONS):
        near = np.linalg.norm(colours - centre, axis=1) < SKIN_RADIUS
        if not near.any():
            break
        centre = np.median(colours[near], axis=0)
    return centre


@dataclass(frozen=True)
class _Boxes:
    """Boxes that may be an eye, over (column, row, half width, half height), and how well each fits."""

    size: tuple[int, int, int, int]
    x: Float[np.ndarray, " N"]
    y: Float[np.ndarray, " N"]
    half_width: Float[np.ndarray, " N"]
    half_height: Float[np.ndarray, " N"]
    score: Float[np.ndarray, " N"]


def _score_boxes(
    other: Bool[np.ndarray, "S S"], centre: Float[np.ndarray, "2"], distance: float, inward: int
) -> _Boxes:
    """Score boxes by what is no skin inside, and below and beside them, and by their size."""
    total = np.pad(other.cumsum(0).cumsum(1), ((1, 0), (1, 0))).astype(float)

    def mean(left: np.ndarray, top: np.ndarray, right: np.ndarray, bottom: np.ndarray) -> np.ndarray:
        x0, y0, x1, y1 = (np.clip(np.round(v).astype(int), 0, len(other)) for v in (left, top, right, bottom))
        area = np.maximum((x1 - x0) * (y1 - y0), 1)
        return (total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]) / area

    grids = np.meshgrid(CENTRES, CENTRES, WIDTHS, HEIGHTS, indexing="ij")
    dx, dy, hw, hh = (grid.ravel() * distance for grid in grids)
    x, y = centre[0] + dx, centre[1] + dy
    strip = max(STRIP * distance, 2.0)
    # The corners of the box of a round eye are skin.
    inside = mean(x - 0.8 * hw, y - 0.8 * hh, x + 0.8 * hw, y + 0.8 * hh)
    below = mean(x - 0.7 * hw, y + hh, x + 0.7 * hw, y + hh + strip)
    left = mean(x - hw - strip, y - 0.5 * hh, x - hw, y + 0.7 * hh)
    right = mean(x + hw, y - 0.5 * hh, x + hw + strip, y + 0.7 * hh)
    above = mean(x - 0.6 * hw, y - hh - strip, x + 0.6 * hw, y - hh)
    inner, outer = (right, left) if inward > 0 else (left, right)
    score = inside - BELOW * below - INWARD * inner - OUTWARD * outer - ABOVE * above
    score += SIZE_GAIN * np.sqrt(hw * hh) / distance - OFFSET_COST * np.hypot(dx, dy) / distance
    shape = grids[0].shape
    return _Boxes((shape[0], shape[1], shape[2], shape[3]), x, y, hw, hh, score)


def _locate_eyes(other: Bool[np.ndarray, "S S"], centres: list[np.ndarray], distance: float) -> tuple[Opening, Opening]:
    """Search the two boxes that fit best, and are at about one height and of about one size."""
    boxes = [_score_boxes(other, centre, distance, sign) for centre, sign in zip(centres, (1, -1), strict=True)]
    best = [b.score.reshape(b.size).max(axis=(0, 2)) for b in boxes]
    rows = [centre[1] / distance + CENTRES for centre in centres]
    drop = np.abs(rows[0][:, None, None, None] - rows[1][None, None, :, None])
    unlike = np.abs(HEIGHTS[None, :, None, None] - HEIGHTS[None, None, None, :])
    joint = best[0][:, :, None, None] + best[1][None, None] - DROP_COST * drop - UNLIKE_COST * unlike
    chosen = np.unravel_index(int(joint.argmax()), joint.shape)
    return (
        _take_box(boxes[0], int(chosen[0]), int(chosen[1])),
        _take_box(boxes[1], int(chosen[2]), int(chosen[3])),
    )


def _take_box(boxes: _Boxes, row: int, height: int) -> Opening:
    """Return the best box of a row and a height as an eye."""
    index = np.arange(len(boxes.score)).reshape(boxes.size)[:, row, :, height].ravel()
    best = index[boxes.score[index].argmax()]
    metres = BOX_SIDE_M / IMAGE_SIZE
    middle = (np.array([boxes.x[best], boxes.y[best]]) - IMAGE_SIZE / 2) * [metres, -metres]
    return trace_ellipse(middle, float(boxes.half_width[best] * metres), float(boxes.half_height[best] * metres))


def _locate_mouth(
    away: Float[np.ndarray, "S S"], landmarks_px: Float[np.ndarray, "28 2"], distance: float
) -> Opening | None:
    """Return the outline of the piece between nose and chin that is least like skin, wide, and near the landmarks.

    None where there is no such piece.
    """
    nose, chin, mouth = landmarks_px[NOSE], landmarks_px[CHIN], landmarks_px[list(MOUTH)].mean(0)
    other = away > MOUTH_CONTRAST
    top, bottom = (nose[1] + share * (chin[1] - nose[1]) for share in MOUTH_RANGE)
    row, column = np.indices(other.shape)
    along = np.clip((row - nose[1]) / max(float(chin[1] - nose[1]), 1.0), 0, 1)
    beside = np.abs(column - nose[0] - along * (chin[0] - nose[0]))
    widest = MOUTH_HALF_WIDTH * distance
    window = (row >= top) & (row <= bottom) & (beside <= widest)
    label, _ = ndimage.label(ndimage.binary_closing(other & window, JOINED))
    best, best_score = None, MIN_MOUTH_SCORE
    for index, box in enumerate(ndimage.find_objects(label), start=1):
        piece = label[box] == index
        rows, columns = row[box][piece], column[box][piece]
        off = float(np.hypot(columns.mean() - mouth[0], rows.mean() - mouth[1])) / distance
        if rows.max() >= bottom - 1:
            continue  # the neck
        slenderness = np.sqrt((np.ptp(columns) + 1) / (np.ptp(rows) + 1))
        score = float(away[box][piece].sum() * slenderness * np.exp(-((off / MOUTH_OFFSET) ** 2)))
        if beside[box][piece].max() >= 0.98 * widest:
            score *= BORDER_SHARE  # likely hair beside the face
        if score > best_score:
            best, best_score = label == index, score
    return None if best is None else widen(trace_mask(best), MIN_MOUTH_WIDTH * distance * BOX_SIDE_M / IMAGE_SIZE)
