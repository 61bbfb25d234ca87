"""The faces of a dataset's front views: their landmarks, and where they lie, which portraits are then moved to."""

import logging
from collections.abc import Collection
from itertools import islice
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32, UInt8

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.cameras.compositing import composite_on_white
from panic3d.datasets.drawings import RENDER, find_landmarks_px, load_landmark_labels
from panic3d.datasets.pictures import decode_picture
from panic3d.datasets.reader import iterate_samples
from panic3d.models.portrait.alignment.face_frame import read_dataset_frame
from panic3d.models.portrait.alignment.similarity import AlignmentTargets, measure_targets
from panic3d.models.portrait.canonical import find_faces
from panic3d.models.portrait.faces.landmark_detector import load_face_detector
from panic3d.runtime.sentences import shorten_sentence
from panic3d.shards.metadata.samples import parse_meta

logger = logging.getLogger(__name__)

MEASURED_CHARACTERS, LEAST_FACES = 24, 8
"""How many of the first characters are looked at, and how many faces give a mean."""


def detect_landmarks_px(rgba: UInt8[np.ndarray, "512 512 4"]) -> Float32[np.ndarray, "28 2"] | None:
    """Detect the landmarks of the largest face of a front view with the package's own detector.

    Returns their columns and rows, or None where no face is found.
    """
    opaque = np.full_like(rgba, 255)
    opaque[..., :3] = np.round(composite_on_white(rgba) * 255)
    faces = find_faces(opaque, load_face_detector())
    return max(faces, key=lambda face: face.box.side_px).landmarks_px.astype(np.float32) if faces else None


def measure_face_frame(data: Path, keys: Collection[str]) -> AlignmentTargets | None:
    """Return mean and spread of the landmarks on front views of a dataset.

    They are those of the frame that the dataset was aligned to, else those of the first of some samples: the true ones
    where a sample has them, else detected on its render. None where there are too few faces, or where the renders are
    not of 512 pixels, in which portraits are aligned.
    """
    if (recorded := read_dataset_frame(data)) is not None:
        return recorded
    wanted, found = set(keys), list[Float[np.ndarray, "28 2"]]()
    labels = load_landmark_labels(data)
    samples = (members for _, key, members in iterate_samples(data, lambda _: None) if key in wanted)
    for members in islice(samples, MEASURED_CHARACTERS):
        try:
            landmarks_px = find_landmarks_px(parse_meta(members.get("meta.json", b"{}")), labels)
            known = landmarks_px if np.isfinite(landmarks_px).all() else _detect_on_render(members)
        except ValueError as error:
            logger.debug("no face is measured: %s", shorten_sentence(str(error)))
            continue
        if known is not None:
            found.append(known.astype(np.float64))
    return measure_targets(found) if len(found) >= LEAST_FACES else None


def _detect_on_render(members: dict[str, bytes]) -> Float32[np.ndarray, "28 2"] | None:
    if RENDER not in members:
        return None
    rgba = decode_picture(members[RENDER], RENDER)
    return detect_landmarks_px(rgba) if rgba.shape == (IMAGE_SIZE, IMAGE_SIZE, 4) else None
