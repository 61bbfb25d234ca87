"""The published line removal of one portrait: find lines, keep those of the face, paint over the others."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from panic3d.cameras.compositing import composite_on_white, remove_white
from panic3d.models.line_removal.fill import fill_lines
from panic3d.models.line_removal.hull import draw_face_hull
from panic3d.models.line_removal.line_mask import PUBLISHED_LINE_MASK, LineMaskConfig, compute_line_mask

PaintFunction = Callable[
    [Float[Tensor, "1 3 S S"], Bool[Tensor, "1 S S"], Bool[Tensor, "1 S S"]],
    Float[Tensor, "1 3 S S"],
]
"""From a picture on white, the pixels to paint and the hull of the face to the painted picture."""


@dataclass(frozen=True)
class PortraitLines:
    """The lines of a portrait, and the part of the face that keeps them."""

    lines: Bool[np.ndarray, "S S"]
    hull: Bool[np.ndarray, "S S"]
    """Eyes, mouth, nose and brows, which keep their lines."""

    @property
    def infill(self) -> Bool[np.ndarray, "S S"]:
        """The pixels that are painted over."""
        return self.lines & ~self.hull


def find_lines(
    rgba: UInt8[np.ndarray, "S S 4"],
    landmarks_px: Float[np.ndarray, "28 2"] | None,
    config: LineMaskConfig = PUBLISHED_LINE_MASK,
) -> PortraitLines:
    """Find the lines of a portrait. Without landmarks the face keeps none."""
    mask = compute_line_mask(torch.from_numpy(composite_on_white(rgba)).permute(2, 0, 1)[None].contiguous(), config)[
        0
    ].numpy()
    return PortraitLines(mask, draw_face_hull(landmarks_px, len(rgba)))


def paint_over(
    rgba: UInt8[np.ndarray, "S S 4"], found: PortraitLines, painter: PaintFunction, fill: bool = False
) -> UInt8[np.ndarray, "S S 4"]:
    """Paint over the lines of a portrait; alpha and all other pixels are unchanged.

    `fill`: the painter takes straight colours whose lines are filled, instead of a picture on white.
    """
    shown = fill_lines(rgba, found.infill).astype(np.float32) / 255 if fill else composite_on_white(rgba)
    picture = torch.from_numpy(shown).permute(2, 0, 1)[None].contiguous()
    masks = [torch.from_numpy(mask)[None] for mask in (found.infill, found.hull)]
    with torch.no_grad():
        painted = painter(picture, *masks)[0].permute(1, 2, 0).numpy()
    if not fill:
        painted = remove_white(painted, rgba[..., 3:] / np.float32(255))
    rgb = np.round(painted.clip(0, 1) * 255).astype(np.uint8)
    where = (found.infill & (rgba[..., 3] > 0))[..., None]
    return np.concatenate([np.where(where, rgb, rgba[..., :3]), rgba[..., 3:]], axis=-1)
