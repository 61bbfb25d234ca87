"""Patches about lines, drawn by chance from whole pictures."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from panic3d.conventions import IMAGE_SIZE
from panic3d.datasets.drawings import Pictures
from panic3d.models.line_removal.hull import face_hull
from panic3d.models.line_removal.line_mask import LineMaskConfig, dilated, line_mask
from panic3d.models.line_removal.remove import find_lines, on_white

AROUND_PX = 6
"""Context that the line mask of a patch needs, and a dilation."""
CENTRES = 512
"""Of a picture, among which its patches are chosen."""
DILATIONS_PX = (1, 3)


class Patches(NamedTuple):
    """As a tuple, through which Fabric finds the tensors."""

    rgb: Float[Tensor, "B 3 P P"]
    """On white, in [0, 1]."""
    infill: Bool[Tensor, "B P P"]
    hull: Bool[Tensor, "B P P"]


@dataclass(frozen=True)
class Places:
    """Which pictures, and where in them."""

    pictures: Int[np.ndarray, "B"]
    corners: Int[np.ndarray, "B 2"]
    """Row and column of the first pixel."""
    dilations_px: Int[np.ndarray, "B"]


class PatchSource:
    """Patches of one kind of pictures."""

    def __init__(self, pictures: Pictures, size_px: int, config: LineMaskConfig) -> None:
        self.pictures, self.size_px, self.config = pictures, size_px, config
        self.centres = lru_cache(maxsize=None)(self._centres)

    def places(self, count: int, a_picture: int, rng: np.random.Generator) -> Places:
        chosen = np.repeat(rng.integers(len(self.pictures), size=-(-count // a_picture)), a_picture)[:count]
        centres = np.stack([(c := self.centres(int(i)))[rng.integers(len(c))] for i in chosen]).astype(np.int64)
        jitter = rng.integers(-(self.size_px // 4), self.size_px // 4 + 1, size=(count, 2))
        low, high = AROUND_PX, IMAGE_SIZE - self.size_px - AROUND_PX
        corners = np.clip(centres + jitter - self.size_px // 2, low, high)
        return Places(chosen, corners, rng.choice(DILATIONS_PX, size=count))

    def patches(self, places: Places) -> Patches:
        """Lines dilated at random, as published; the hull is spared."""
        wide = self.size_px + 2 * AROUND_PX
        crops = []
        for index, (row, column) in zip(places.pictures, places.corners - AROUND_PX, strict=True):
            crops.append(on_white(np.asarray(self.pictures.rgba[index, row : row + wide, column : column + wide])))
        rgb = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).contiguous()
        lines = line_mask(rgb, self.config)
        wider = torch.from_numpy(places.dilations_px > 1)[:, None, None]
        lines = torch.where(wider, dilated(lines, DILATIONS_PX[1]), lines)
        inner = slice(AROUND_PX, -AROUND_PX)
        hull = torch.from_numpy(np.stack([self._hull(*p) for p in zip(places.pictures, places.corners, strict=True)]))
        return Patches(rgb[:, :, inner, inner].contiguous(), lines[:, inner, inner] & ~hull, hull)

    def _hull(self, index: int, corner: Int[np.ndarray, "2"]) -> Bool[np.ndarray, "P P"]:
        landmarks_px = self.pictures.landmarks_of(int(index))
        if landmarks_px is None:
            return np.zeros((self.size_px, self.size_px), bool)
        wide = face_hull(landmarks_px - (corner - AROUND_PX)[::-1], self.size_px + 2 * AROUND_PX)
        return wide[AROUND_PX:-AROUND_PX, AROUND_PX:-AROUND_PX].copy()

    def _centres(self, index: int) -> Int[np.ndarray, "C 2"]:
        """Some of the pixels that would be painted; the picture's middle where there are none."""
        found = find_lines(np.asarray(self.pictures.rgba[index]), self.pictures.landmarks_of(index), self.config)
        pixels = np.argwhere(found.infill).astype(np.int16)
        if not len(pixels):
            return np.full((1, 2), IMAGE_SIZE // 2, np.int16)
        return pixels[np.random.Generator(np.random.PCG64(index)).permutation(len(pixels))[:CENTRES]]
