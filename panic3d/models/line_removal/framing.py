"""Line removers that change whole pictures, for portraits whose faces lie elsewhere than in their training.

Those that paint over lines alone see a few pixels around each and need no such care: resampling the portrait would cost
them more than lines of another width do.
"""

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.cameras.compositing import premultiply, unpremultiply
from panic3d.models.device import Device
from panic3d.models.line_removal.removers import Remover, load_remover
from panic3d.models.portrait.alignment.similarity import AlignmentTargets, map_between_frames, transform_points
from panic3d.models.portrait.alignment.warp import warp_affine

SAME_SCALE, SAME_PLACE_PX = 0.1, 20.0
"""Frames whose faces differ by less than this in size and in place are one: those of two datasets always differ."""


@runtime_checkable
class WholePictureRemover(Protocol):
    """A line remover that changes whole pictures, by weights that know faces in one place."""

    face_frame: AlignmentTargets


@dataclass(frozen=True)
class FramedRemover:
    """Gives a line remover the portrait in another face frame, and brings what has changed back.

    What lies outside that frame is changed as it is by the line remover in the portrait's own frame.
    """

    remover: Remover
    remover_from_portrait: Float[np.ndarray, "2 3"]

    def __call__(
        self, rgba: UInt8[np.ndarray, "512 512 4"], landmarks_px: Float[np.ndarray, "28 2"] | None
    ) -> UInt8[np.ndarray, "512 512 4"]:
        import cv2

        there = self.remover_from_portrait
        back = cv2.invertAffineTransform(there)
        given = unpremultiply(warp_affine(premultiply(rgba), there, IMAGE_SIZE))
        points = None if landmarks_px is None else transform_points(landmarks_px, there)
        made = self.remover(given, points)
        inside = warp_affine(np.ones((IMAGE_SIZE, IMAGE_SIZE, 1), np.float32), back, IMAGE_SIZE)
        whole = bool(inside[rgba[..., 3] > 0].all())
        base = rgba if whole else self.remover(rgba, landmarks_px)
        base_rgb = np.where(inside > 0, rgba[..., :3], base[..., :3]).astype(np.float32)
        changed = (made != given).any(axis=2)[..., None].astype(np.float32)
        # Pixels that are half covered by changed ones are replaced, so that no line shows through.
        share = (2 * warp_affine(changed, back, IMAGE_SIZE)).clip(0, 1)
        colours = unpremultiply(warp_affine(premultiply(made), back, IMAGE_SIZE))[..., :3]
        rgb = np.round(base_rgb * (1 - share) + colours * share).astype(np.uint8)
        shown = rgba[..., 3:] > 0
        return np.concatenate([np.where(shown, rgb, rgba[..., :3]), rgba[..., 3:]], axis=2)


def are_one_frame(first: AlignmentTargets, second: AlignmentTargets) -> bool:
    """Return whether faces have about the same size and place in two frames."""
    moved_px = math.hypot(second.row_px - first.row_px, second.column_px - first.column_px)
    return abs(math.log(second.spread_px / first.spread_px)) < SAME_SCALE and moved_px < SAME_PLACE_PX


def load_framed_remover(text: str, portrait_frame: AlignmentTargets, device: Device = "cpu") -> Remover:
    """Load a line remover from `NAME[=WEIGHTS]` for portraits whose faces lie in a frame.

    One that changes whole pictures is given the portrait in the frame of its weights. Raises as `load_remover` does.
    """
    remover = load_remover(text, device)
    if not isinstance(remover, WholePictureRemover) or are_one_frame(remover.face_frame, portrait_frame):
        return remover
    return FramedRemover(remover, map_between_frames(portrait_frame, remover.face_frame))
