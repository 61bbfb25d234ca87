"""Where faces lie on the front renders that a network is trained on, which portraits are then moved to."""

import logging
from collections.abc import Collection
from itertools import islice
from pathlib import Path

import numpy as np
from jaxtyping import Float

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.cameras.compositing import composite_on_white
from panic3d.datasets.drawings import RENDER, find_landmarks_px
from panic3d.datasets.pictures import decode_picture
from panic3d.datasets.reader import iterate_samples
from panic3d.models.portrait.alignment.similarity import AlignmentTargets, measure_targets
from panic3d.models.portrait.canonical import find_faces
from panic3d.models.portrait.faces.landmark_detector import load_face_detector
from panic3d.runtime.sentences import shorten_sentence
from panic3d.shards.metadata.samples import parse_meta

logger = logging.getLogger(__name__)

MEASURED_CHARACTERS, LEAST_FACES = 24, 8
"""How many of the first characters are looked at, and how many faces give a mean."""


def measure_face_frame(data: Path, keys: Collection[str]) -> AlignmentTargets | None:
    """Return mean and spread of the landmarks on front renders of the first of some samples.

    The landmarks are the true ones where a sample has them, else detected. None where there are too few faces, or where
    the renders are not of 512 pixels, in which portraits are aligned.
    """
    wanted, found = set(keys), list[Float[np.ndarray, "28 2"]]()
    samples = (members for _, key, members in iterate_samples(data, lambda _: None) if key in wanted)
    for members in islice(samples, MEASURED_CHARACTERS):
        try:
            landmarks_px = _find_landmarks(members)
        except ValueError as error:
            logger.debug("no face is measured: %s", shorten_sentence(str(error)))
            continue
        if landmarks_px is not None:
            found.append(landmarks_px)
    return measure_targets(found) if len(found) >= LEAST_FACES else None


def _find_landmarks(members: dict[str, bytes]) -> Float[np.ndarray, "28 2"] | None:
    known = find_landmarks_px(parse_meta(members.get("meta.json", b"{}")), {})
    if np.isfinite(known).all():
        return known.astype(np.float64)
    if RENDER not in members:
        return None
    rgba = decode_picture(members[RENDER], RENDER)
    if rgba.shape != (IMAGE_SIZE, IMAGE_SIZE, 4):
        return None
    opaque = np.full_like(rgba, 255)
    opaque[..., :3] = np.round(composite_on_white(rgba) * 255)
    faces = find_faces(opaque, load_face_detector())
    return max(faces, key=lambda face: face.box.side_px).landmarks_px if faces else None
