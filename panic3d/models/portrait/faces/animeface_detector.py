"""The detector `animeface`: it finds eyes, nose, mouth and chin; the other landmarks follow from a mean face."""

from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from panic3d.models.portrait.faces.face import Face, suppress_overlapping_faces
from panic3d.models.portrait.faces.mean_face import complete_landmarks
from panic3d.runtime.extras import require_library

EYE = ((0.0, 0.5), (0.5, 0.0), (1.0, 0.5), (0.78, 0.9), (0.5, 1.0), (0.22, 0.9))
"""Corners and lids of an eye within its box: column and row."""
MOUTH = ((0.0, 0.35), (0.5, 0.2), (1.0, 0.35), (0.5, 0.85))
CHIN, LEFT_EYE, RIGHT_EYE, NOSE, MOUTH_POINTS = 2, slice(11, 17), slice(17, 23), 23, slice(24, 28)


class AnimefaceDetector:
    """Detects faces with the shared library of the package animeface, which holds its model."""

    def __init__(self) -> None:
        """Raises UserError where animeface is not installed."""
        require_library("animeface", "the detector animeface")

    def faces(self, rgb: UInt8[np.ndarray, "H W 3"]) -> list[Face]:
        import animeface

        found = animeface.detect(Image.fromarray(rgb))
        return suppress_overlapping_faces([Face(_convert_landmarks(face), float(face.likelihood)) for face in found])


def _convert_landmarks(face: Any) -> Float[np.ndarray, "28 2"]:
    points, known = np.zeros((28, 2)), np.zeros(28, bool)
    # animeface's right eye is the character's, on the left of the image
    places = (
        (CHIN, _convert_point(face.chin.pos)),
        (NOSE, _convert_point(face.nose.pos)),
        (LEFT_EYE, _place_in_box(face.right_eye.pos, EYE)),
        (RIGHT_EYE, _place_in_box(face.left_eye.pos, EYE)),
        (MOUTH_POINTS, _place_in_box(face.mouth.pos, MOUTH)),
    )
    for where, values in places:
        points[where], known[where] = values, True
    return complete_landmarks(points, known)


def _convert_point(position: Any) -> tuple[float, float]:
    return position.x + 0.5, position.y + 0.5


def _place_in_box(box: Any, places: tuple[tuple[float, float], ...]) -> Float[np.ndarray, "N 2"]:
    return np.array([(box.x + across * box.width, box.y + down * box.height) for across, down in places])
