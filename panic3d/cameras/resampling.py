"""Reduction of pictures to smaller ones by a whole factor."""

import numpy as np
from jaxtyping import Float32, UInt8, UInt16

from panic3d.cameras.axes import MASK_ALPHA


def reduce_rgba(rgba: UInt8[np.ndarray, "H W 4"], size: int) -> UInt8[np.ndarray, "S S 4"]:
    """Composite a picture on white, then average colours and alpha over each pixel's area, in 8 bits."""
    if len(rgba) == size:
        return _composite_on_white(rgba)
    alpha = rgba[..., 3:]
    # In whole numbers: 255 times 255 minus the composited colour, summed over a block and rounded once.
    missing = (255 - rgba[..., :3]).astype(np.uint16) * alpha
    area = (len(rgba) // size) ** 2
    colour = 255 - (2 * _sum_blocks(missing, size) + 255 * area) // (510 * area)
    return np.concatenate([colour, (2 * _sum_blocks(alpha, size) + area) // (2 * area)], axis=-1).astype(np.uint8)


def _composite_on_white(rgba: UInt8[np.ndarray, "S S 4"]) -> UInt8[np.ndarray, "S S 4"]:
    """Composite on white at full size: only partly transparent pixels need arithmetic."""
    words = np.ascontiguousarray(rgba).view("<u4").ravel()
    less = (words >> 24) - np.uint32(1)  # alpha 0 becomes the largest number, whose upper 24 bits are white
    out = (words | (less >> 8)).view(np.uint8).reshape(-1, 4)
    edge = np.flatnonzero(less < 254)
    part = words[edge].view(np.uint8).reshape(-1, 4).astype(np.uint32)
    out[edge, :3] = 255 - (2 * (255 - part[:, :3]) * part[:, 3:] + 255) // 510
    return out.reshape(rgba.shape)


def _sum_blocks(pixels: np.ndarray, size: int) -> np.ndarray:
    """Sum blocks of (H, W, C) to (S, S, C), uint32."""
    step = len(pixels) // size
    rows = pixels.reshape(size, step, *pixels.shape[1:]).sum(axis=1, dtype=np.uint32)
    return rows.reshape(size, size, step, -1).sum(axis=2, dtype=np.uint32)


def reduce_depth(depth: UInt16[np.ndarray, "H W"], size: int) -> UInt16[np.ndarray, "S S"]:
    """Return the lower median of the depths in each block; 0, no surface, where less than half of it is covered.

    It is the depth of a pixel, never a mean: a mean over a silhouette's edge lies on no surface. The median is the
    nearest such choice to the block's centre on a slope, follows the majority at an edge, and, unlike a fixed pixel
    of an even block, does not move when the picture is mirrored.
    """
    if len(depth) == size:
        return depth
    blocks = np.sort(_split_into_blocks(depth, size), axis=2)
    area = blocks.shape[2]
    there = (blocks > 0).sum(axis=2)
    lower_median = area - there + (there - 1) // 2
    chosen = np.take_along_axis(blocks, np.clip(lower_median, 0, area - 1)[..., None], axis=2)[..., 0]
    return np.where(there >= MASK_ALPHA * area, chosen, 0).astype(np.uint16)


def _split_into_blocks(pixels: np.ndarray, size: int) -> np.ndarray:
    """Reshape (H, W, ...) to (S, S, pixels of a block, ...)."""
    step = pixels.shape[0] // size
    cut = pixels.reshape(size, step, size, step, *pixels.shape[2:]).swapaxes(1, 2)
    return cut.reshape(size, size, step * step, *pixels.shape[2:])


def average_blocks(fine: Float32[np.ndarray, "h w ..."], factor: int) -> Float32[np.ndarray, "H W ..."]:
    """Average each block of `factor` x `factor` pixels."""
    # sums of slices: numpy's mean over such short axes takes ten times as long
    parts = [fine[i::factor, j::factor] for i in range(factor) for j in range(factor)]
    return np.asarray(sum(parts) / np.float32(len(parts)), np.float32)
