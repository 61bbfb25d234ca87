"""The portrait at the resolution of its file, in the canonical frame."""

import numpy as np
from jaxtyping import UInt8

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.cameras.compositing import premultiply
from panic3d.models.portrait.alignment.warp import warp_affine
from panic3d.models.portrait.canonical import PortraitStages

MAX_SIZE = 2048


def sample_portrait(stages: PortraitStages, max_size: int = MAX_SIZE) -> UInt8[np.ndarray, "S S 4"]:
    """Return the cut-out portrait with as many pixels as the picture has in the frame, at least 512 on a side."""
    scale = float(np.sqrt(abs(np.linalg.det(stages.canonical_from_picture[:, :2]))))
    size = IMAGE_SIZE * int(np.clip(np.ceil(1 / max(scale, 1e-6)), 1, max_size // IMAGE_SIZE))
    if size == IMAGE_SIZE:
        return stages.portrait
    factor = size / IMAGE_SIZE
    colour = warp_affine(premultiply(stages.rgba), stages.canonical_from_picture * factor, size)
    identity = np.array([[factor, 0.0, 0.0], [0.0, factor, 0.0]])
    alpha = warp_affine(stages.portrait[..., 3:].astype(np.float32) / 255, identity, size)
    rgb = colour[..., :3] / np.maximum(colour[..., 3:], 1e-6)
    return np.round(np.concatenate([rgb, alpha], axis=-1).clip(0, 1) * 255).astype(np.uint8)
