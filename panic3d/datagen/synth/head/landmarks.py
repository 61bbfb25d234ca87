"""The facial landmarks of a generated character."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.head.eyes import compute_brow_path, compute_lids
from panic3d.datagen.synth.head.face import FaceParams
from panic3d.datagen.synth.head.face_surface import FaceSurface
from panic3d.datagen.synth.head.form import NOSE_TIP_Y_M
from panic3d.datagen.synth.head.mouth import compute_mouth_landmarks
from panic3d.datagen.synth.head.skull import HeadShape


def compute_landmarks(params: FaceParams, shape: HeadShape, surface: FaceSurface) -> Float[np.ndarray, "28 3"]:
    """Compute the 28 facial landmarks in head units; left and right are those of the image.

    `docs/reference/formats.md` defines their order.
    """
    chin_y = float(surface.points[np.abs(surface.points[:, 0]) < 0.006, 1].min()) + 0.0015
    cheek, jaw = (surface.find_outline_point(y) for y in (surface.lower_y(-0.030), surface.lower_y(-0.066)))
    points: list[tuple[float, float]] = [(0.0, chin_y)]
    eyes = params.eyes
    for mirrored in (True, False):
        brow = compute_brow_path(eyes)[[0, 14, 29]] + eyes.centre_m
        points += _order_as_in_image(brow, mirrored)
    upper, lower = compute_lids(eyes)
    outline = np.stack([upper[0], upper[upper[:, 1].argmax()], upper[-1], lower[9], lower[20], lower[31]])
    outline = outline + np.array(eyes.centre_m)
    # The eye that is not mirrored has its inner corner on the left of the image.
    mirror = outline[[2, 1, 0, 5, 4, 3]] * [-1.0, 1.0]
    points += [tuple(p) for p in mirror] + [tuple(p) for p in outline]
    points.append((0.0, surface.lower_y(NOSE_TIP_Y_M + (shape.form.nose_tip_m if shape.form else 0.0))))
    points += compute_mouth_landmarks(replace(params.mouth, y_m=surface.lower_y(params.mouth.y_m)))
    chin, *features = surface.place_on_face(np.array(points))
    mirror_x = np.array([-1.0, 1.0, 1.0])
    return np.stack([cheek * mirror_x, jaw * mirror_x, chin, jaw, cheek, *features])


def _order_as_in_image(path: Float[np.ndarray, "N 2"], mirrored: bool) -> list[tuple[float, float]]:
    """Order the points of a brow or eye from the left to the right of the image."""
    return [tuple(p) for p in (path[::-1] * [-1.0, 1.0] if mirrored else path)]
