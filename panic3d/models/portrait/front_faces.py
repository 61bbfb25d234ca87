"""The faces of a dataset's front views: their landmarks, and where they lie, which portraits are then moved to."""

import hashlib
import logging
from collections.abc import Collection
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32, UInt8

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.cameras.compositing import composite_on_white
from panic3d.datasets.cache import INDEX_FILE, ArrayWriter, load_or_compute
from panic3d.datasets.drawings import LANDMARKS, RENDER, PortraitSet, find_landmarks_px, load_landmark_labels
from panic3d.datasets.pictures import decode_picture
from panic3d.datasets.reader import iterate_samples
from panic3d.models.portrait.alignment.face_frame import read_dataset_frame
from panic3d.models.portrait.alignment.similarity import AlignmentTargets, measure_targets
from panic3d.models.portrait.canonical import find_faces
from panic3d.models.portrait.faces.landmark_detector import load_face_detector
from panic3d.registry import find_entry, find_weights
from panic3d.runtime.progress import Progress
from panic3d.runtime.sentences import shorten_sentence
from panic3d.shards.metadata.samples import parse_meta
from panic3d.shards.schema import compute_sha256

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


def add_detected_landmarks(portraits: PortraitSet, cache: Path, known: PortraitSet | None = None) -> PortraitSet:
    """Return pictures with landmarks for those that have none: taken from `known`, else detected.

    `known` are pictures of the same characters in the same frame, matched by their keys. Detection is done once: the
    folder `cache` of the decoded pictures gets a neighbour with what was found. Where no face is found there are still
    no landmarks, and their number is reported.
    """
    landmarks_px = portraits.landmarks_px.copy()
    place = {} if known is None else {key: i for i, key in enumerate(known.keys)}
    for row in np.flatnonzero(~np.isfinite(landmarks_px).all(axis=(1, 2))):
        if known is not None and (other := place.get(portraits.keys[row])) is not None:
            landmarks_px[row] = known.landmarks_px[other]
    unknown = [int(row) for row in np.flatnonzero(~np.isfinite(landmarks_px).all(axis=(1, 2)))]
    unknown = [row for row in unknown if portraits.keys[row] not in place]
    if not unknown:
        return replace(portraits, landmarks_px=landmarks_px)

    def compute(writer: ArrayWriter) -> None:
        with Progress("detect landmarks", len(unknown)) as progress:
            for row in unknown:
                found = detect_landmarks_px(portraits.get_picture(row))
                writer.append("landmarks_px", np.full((LANDMARKS, 2), np.nan, np.float32) if found is None else found)
                progress.step(portraits.keys[row])

    made_from = {
        "pictures": hashlib.sha256((cache / INDEX_FILE).read_bytes()).hexdigest(),
        "keys": [portraits.keys[row] for row in unknown],
        "detector": compute_sha256(find_weights(find_entry("landmarks", "model"))),
    }
    found = load_or_compute(cache.with_name(f"{cache.name}-landmarks"), made_from, compute).arrays["landmarks_px"]
    landmarks_px[unknown] = found
    missing = int((~np.isfinite(found).all(axis=(1, 2))).sum())
    logger.log(
        logging.WARNING if missing else logging.INFO,
        "%d of %d pictures in %s have no landmarks: these are detected; on %d no face was found, which keep no lines",
        len(unknown), len(portraits), cache, missing,
    )  # fmt: skip
    return replace(portraits, landmarks_px=landmarks_px)


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
