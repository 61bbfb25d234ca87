"""Winograd's F(4x4, 3x3) for CPUs: a quarter of the multiplications of a 3x3 convolution (Lavin & Gray 2016).

Overlapping tiles of 6x6 pixels, the kernels and the 4x4 results are each transformed by one matrix product. The
usual points 0, 1, -1, 2, -2 have four times the rounding error of these.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

POINTS = np.array([0, math.sqrt(0.5), -math.sqrt(0.5), math.sqrt(2), -math.sqrt(2)])
"""The points at which the polynomials are multiplied; the sixth is infinity."""
TILE, STEP = 6, 4
STRIP_FLOATS = 2**21
"""Numbers in transformed tiles at a time: larger arrays cost page faults, smaller ones calls."""
MIN_CHANNELS, MIN_SIDE_PX = 64, 32


def _make_transforms() -> list[Float[Tensor, "M N"]]:
    """Return the transforms of 6x6 tiles, 3x3 kernels and 4x4 results, each flattened."""
    others = [np.delete(POINTS, i) for i in range(len(POINTS))]
    tiles = np.zeros((TILE, TILE))
    tiles[:-1, :-1] = [np.poly(other)[::-1] for other in others]
    tiles[-1] = np.poly(POINTS)[::-1]
    scales = [[np.prod(point - other)] for point, other in zip(POINTS, others, strict=True)]
    kernels = np.vstack([np.vander(POINTS, 3, increasing=True) / scales, np.eye(3)[-1]])
    results = np.hstack([np.vander(POINTS, STEP, increasing=True).T, np.eye(STEP)[:, -1:]])
    return [torch.from_numpy(np.kron(matrix, matrix)).float() for matrix in (tiles, kernels, results)]


TILE_TRANSFORM, KERNEL_TRANSFORM, RESULT_TRANSFORM = _make_transforms()


def is_faster(x: Float[Tensor, "1 I H W"], weight: Float[Tensor, "O I 3 3"]) -> bool:
    """Return whether `convolve` takes the picture and is faster than `conv2d`."""
    height, width = x.shape[2:]
    large = min(weight.shape[:2]) >= MIN_CHANNELS and min(height, width) >= MIN_SIDE_PX
    return x.device.type == "cpu" and x.dtype == torch.float32 and large and height % STEP == width % STEP == 0


def convolve(
    x: Float[Tensor, "1 I H W"], weight: Float[Tensor, "O I 3 3"], bias: Float[Tensor, " O"]
) -> Float[Tensor, "1 O H W"]:
    """Convolve with a border of zeros, to five digits of the largest value; the result is `channels_last`."""
    outputs, inputs = weight.shape[:2]
    kernels = (KERNEL_TRANSFORM @ weight.reshape(-1, 9).t()).view(-1, outputs, inputs).transpose(1, 2)
    height, width = x.shape[2:]
    y = torch.empty(1, outputs, height, width, dtype=x.dtype, memory_format=torch.channels_last)
    pixels, results = x[0].permute(1, 2, 0), y[0].permute(1, 2, 0)
    strip = STEP * max(1, STRIP_FLOATS * STEP // (TILE**2 * width * max(inputs, outputs)))
    for top in range(0, height, strip):
        bottom = min(top + strip, height)
        borders = (0, 0, 1, 1, int(top == 0), int(bottom == height))
        rows = F.pad(pixels[max(top - 1, 0) : bottom + 1], borders)
        tiles = rows.unfold(0, TILE, STEP).unfold(1, TILE, STEP).permute(3, 4, 0, 1, 2)  # 6 6 tiles_y tiles_x I
        products = (TILE_TRANSFORM @ tiles.reshape(TILE**2, -1)).view(TILE**2, -1, inputs) @ kernels
        found = (RESULT_TRANSFORM @ products.flatten(1)).view(STEP, STEP, *tiles.shape[2:4], outputs)
        places = results[top:bottom].view(-1, STEP, width // STEP, STEP, outputs)
        torch.add(found.permute(2, 0, 3, 1, 4), bias, out=places)
    return y
