"""Drawings with their lines filled, and their renders, decoded once."""

from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.cameras.filling import fill_from_nearest
from panic3d.datasets.cache import CachedArrays, Members, cache_samples
from panic3d.datasets.drawings import DRAWING, RENDER, find_landmarks_px, load_landmark_labels
from panic3d.datasets.pictures import decode_picture
from panic3d.models.line_removal.fill import fill_lines
from panic3d.models.line_removal.remove import find_lines
from panic3d.shards.metadata.samples import parse_meta


def load_pairs(folder: Path, cache: Path, pixels: int) -> CachedArrays:
    """Load `drawing` and `render`, (N, S, S, 4) straight RGBA, from the folder `cache` or decoded into it.

    They are made smaller, to `pixels` a side. Colours go on in transparent pixels. Raises UserError where no
    sample has both pictures.
    """
    import cv2

    labels = load_landmark_labels(folder)

    def decode(members: Members) -> dict[str, np.ndarray]:
        drawing, render = (decode_picture(members[name], name) for name in (DRAWING, RENDER))
        if drawing.shape != render.shape:
            raise ValueError(f"the drawing has the shape {drawing.shape}, the render {render.shape}")
        landmarks_px = find_landmarks_px(parse_meta(members.get("meta.json", b"{}")), labels)
        known = landmarks_px * (len(drawing) / IMAGE_SIZE) if np.isfinite(landmarks_px).all() else None
        filled = fill_lines(drawing, find_lines(drawing, known).infill)
        pictures = {"drawing": np.concatenate([filled, drawing[..., 3:]], axis=2), "render": continue_colours(render)}
        return {
            name: cv2.resize(picture, (pixels, pixels), interpolation=cv2.INTER_AREA)
            for name, picture in pictures.items()
        }

    return cache_samples(
        folder,
        "train",
        cache,
        {"pictures": "drawings without lines, and renders", "pixels": pixels},
        lambda names: DRAWING in names and RENDER in names,
        decode,
        2 * pixels**2 * 4,
        "each needs a drawing and its render: make them with `panic3d render --illustrate`",
    )


def continue_colours(rgba: UInt8[np.ndarray, "S S 4"]) -> UInt8[np.ndarray, "S S 4"]:
    """Return a picture whose transparent pixels have the nearest colour; alpha stays."""
    return np.concatenate([fill_from_nearest(rgba[..., :3], rgba[..., 3] == 0), rgba[..., 3:]], axis=2)
