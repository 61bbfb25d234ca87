"""Patches centred near lines, sampled from whole pictures."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.cameras.compositing import composite_on_white
from panic3d.datasets.drawings import PortraitSet
from panic3d.models.line_removal.fill import fill_lines
from panic3d.models.line_removal.hull import draw_face_hull
from panic3d.models.line_removal.line_mask import LineMaskConfig, compute_line_mask, dilate

CONTEXT_PX = 6
"""Margin that the line mask of a patch and its dilation need."""
WINDOW_PX = 40
COARSE = 4
"""Stride at which opaque pixels of a picture are sampled."""
DILATIONS_PX = (1, 3)


class Patches(NamedTuple):
    """Patches of pictures. A tuple, so that Fabric finds the tensors."""

    rgb: Float[Tensor, "B 3 P P"]
    """On white, in [0, 1]."""
    infill: Bool[Tensor, "B P P"]
    hull: Bool[Tensor, "B P P"]


@dataclass(frozen=True)
class PatchPlaces:
    """The pictures of patches, and the places in them."""

    pictures: Int[np.ndarray, "B"]
    corners: Int[np.ndarray, "B 2"]
    """Row and column of the first pixel."""
    dilations_px: Int[np.ndarray, "B"]


class PatchSource:
    """Patches of one kind of pictures."""

    def __init__(self, pictures: PortraitSet, size_px: int, config: LineMaskConfig) -> None:
        self.pictures, self.size_px, self.config = pictures, size_px, config

    def sample_places(self, count: int, a_picture: int, rng: np.random.Generator) -> PatchPlaces:
        """Sample places near lines: each near one in a window about an opaque pixel."""
        chosen = np.repeat(rng.integers(len(self.pictures), size=-(-count // a_picture)), a_picture)[:count]
        windows = np.stack([self._choose_window(int(index), rng) for index in chosen])
        lines = compute_line_mask(self._cut_crops(chosen, windows, WINDOW_PX), self.config).numpy()
        lines[:, :, [0, -1]] = lines[:, [0, -1]] = False  # the window's border is no line
        centres = windows + np.stack([_choose_pixel(found, rng) for found in lines])
        jitter = rng.integers(-(self.size_px // 4), self.size_px // 4 + 1, size=(count, 2))
        low, high = CONTEXT_PX, IMAGE_SIZE - self.size_px - CONTEXT_PX
        corners = np.clip(centres + jitter - self.size_px // 2, low, high)
        return PatchPlaces(chosen, corners, rng.choice(DILATIONS_PX, size=count))

    def patches(self, places: PatchPlaces) -> Patches:
        """Cut out patches; lines are dilated at random, as published, and the hull is excluded."""
        wide = self.size_px + 2 * CONTEXT_PX
        rgb = self._cut_crops(places.pictures, places.corners - CONTEXT_PX, wide)
        lines = compute_line_mask(rgb, self.config)
        wider = torch.from_numpy(places.dilations_px > 1)[:, None, None]
        lines = torch.where(wider, dilate(lines, DILATIONS_PX[1]), lines)
        inner = slice(CONTEXT_PX, -CONTEXT_PX)
        hull = torch.from_numpy(
            np.stack(
                [self._draw_hull(int(i), corner) for i, corner in zip(places.pictures, places.corners, strict=True)]
            )
        )
        return Patches(rgb[:, :, inner, inner].contiguous(), lines[:, inner, inner] & ~hull, hull)

    def fill_lines(self, patches: Patches, places: PatchPlaces) -> Patches:
        """Return the patches in straight colours, with their infilled pixels filled from their surroundings."""
        found = zip(places.pictures, places.corners, patches.infill.numpy(), strict=True)
        rgb = np.stack(
            [fill_lines(self._cut_crop(int(i), corner, self.size_px), infill) for i, corner, infill in found]
        )
        return patches._replace(rgb=(torch.from_numpy(rgb).float() / 255).permute(0, 3, 1, 2).contiguous())

    def _draw_hull(self, index: int, corner: Int[np.ndarray, "2"]) -> Bool[np.ndarray, "P P"]:
        landmarks_px = self.pictures.get_landmarks(index)
        if landmarks_px is None:
            return np.zeros((self.size_px, self.size_px), bool)
        wide = draw_face_hull(landmarks_px - (corner - CONTEXT_PX)[::-1], self.size_px + 2 * CONTEXT_PX)
        return wide[CONTEXT_PX:-CONTEXT_PX, CONTEXT_PX:-CONTEXT_PX].copy()

    def _choose_window(self, index: int, rng: np.random.Generator) -> Int[np.ndarray, "2"]:
        """Sample a window about an opaque pixel and return its corner."""
        opaque = np.argwhere(self.pictures.get_picture(index)[::COARSE, ::COARSE, 3]) * COARSE
        centre = opaque[rng.integers(len(opaque))] if len(opaque) else np.full(2, IMAGE_SIZE // 2)
        return np.clip(centre - WINDOW_PX // 2, 0, IMAGE_SIZE - WINDOW_PX)

    def _cut_crops(
        self, chosen: Int[np.ndarray, "B"], corners: Int[np.ndarray, "B 2"], side_px: int
    ) -> Float[Tensor, "B 3 W W"]:
        crops = [
            composite_on_white(self._cut_crop(int(i), corner, side_px))
            for i, corner in zip(chosen, corners, strict=True)
        ]
        return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).contiguous()

    def _cut_crop(self, index: int, corner: Int[np.ndarray, "2"], side_px: int) -> UInt8[np.ndarray, "W W 4"]:
        row, column = corner
        return self.pictures.get_picture(index)[row : row + side_px, column : column + side_px]


def sample_colour_mixing(count: int, share: float, rng: np.random.Generator) -> Float[Tensor, "B 3 3"]:
    """Sample matrices that, for a share of the patches, permute the channels and desaturate; white stays white."""
    mixed = np.broadcast_to(np.eye(3), (count, 3, 3)).copy()
    for place in np.flatnonzero(rng.random(count) < share):
        grey = rng.choice([0.0, 1.0, rng.random()])
        mixed[place] = (1 - grey) * np.eye(3)[rng.permutation(3)] + grey / 3
    return torch.from_numpy(mixed).float()


def recolour(rgb: Float[Tensor, "B 3 P P"], mixed: Float[Tensor, "B 3 3"]) -> Float[Tensor, "B 3 P P"]:
    """Apply to each patch its matrix."""
    return torch.einsum("bchw,bdc->bdhw", rgb, mixed).contiguous()


def _choose_pixel(mask: Bool[np.ndarray, "W W"], rng: np.random.Generator) -> Int[np.ndarray, "2"]:
    """Sample a pixel of a mask; the middle of an empty one."""
    pixels = np.argwhere(mask)
    return pixels[rng.integers(len(pixels))] if len(pixels) else np.full(2, WINDOW_PX // 2)
