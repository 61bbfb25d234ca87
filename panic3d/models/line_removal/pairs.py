"""A drawing and its true render: what there is to learn from and to score on."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from panic3d.cameras.axes import MASK_ALPHA
from panic3d.datasets.drawings import PortraitSet
from panic3d.models.line_removal.line_mask import dilate
from panic3d.models.line_removal.remove import PortraitLines

NEAR_PX = 5
"""Side of the square that a drawing's lines are dilated with to give what is near them."""
TONE_PX = 9
"""Side of the window in which tones are compared."""


@dataclass(frozen=True)
class Pairs:
    """Drawings and renders of the same characters, in the same order."""

    drawings: PortraitSet
    renders: PortraitSet

    @classmethod
    def common(cls, drawings: PortraitSet, renders: PortraitSet) -> "Pairs":
        """Of the characters that have both; may be none."""
        place = {key: i for i, key in enumerate(renders.keys)}
        both = [i for i, key in enumerate(drawings.keys) if key in place]
        return cls(drawings.select(both), renders.select([place[drawings.keys[i]] for i in both]))

    def __len__(self) -> int:
        return len(self.drawings)


def mask_near_lines(found: PortraitLines, rgba: UInt8[np.ndarray, "S S 4"]) -> Bool[np.ndarray, "S S"]:
    """Return where line removal is scored: within two pixels of lines, in the silhouette, outside the face's hull."""
    grown = dilate(torch.from_numpy(found.infill)[None], NEAR_PX)[0].numpy()
    near: Bool[np.ndarray, "S S"] = grown & ~found.hull & (rgba[..., 3] >= MASK_ALPHA * 255)
    return near


def match_tone(
    render: Float[Tensor, "B 3 P P"], drawing: Float[Tensor, "B 3 P P"], infill: Bool[Tensor, "B P P"]
) -> Float[Tensor, "B 3 P P"]:
    """Return a render's patches in the tone of its drawing: shifted by their mean difference nearby, without lines."""
    without_lines = (~infill)[:, None].to(render)
    around = TONE_PX // 2

    def mean(x: Tensor) -> Tensor:
        return F.avg_pool2d(x, TONE_PX, stride=1, padding=around, count_include_pad=False)

    return (render + mean((drawing - render) * without_lines) / mean(without_lines).clamp(min=1e-3)).clamp(0, 1)
