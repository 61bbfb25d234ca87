"""The views of a dataset folder as tensors, for a `torch.utils.data.DataLoader`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, UInt8

from panic3d.cameras.resampling import reduce_depth, reduce_rgba
from panic3d.datasets.dataset import HeadDataset, HeadSample
from panic3d.runtime.errors import UserError
from panic3d.shards.schema import decode_depth, read_png


class HeadViewDataset(torch.utils.data.Dataset[dict[str, Any]]):
    """Some views of every sample as tensors, for `torch.utils.data.DataLoader`.

    An item has `key`, `rgb` (V 3 S S, on white, in [0, 1]), `alpha` (V S S, in [0, 1]) and `depth_m` (V S S, plane
    depth in metres, NaN where there is nothing).
    """

    def __init__(self, dataset: HeadDataset, views: Sequence[str], size: int) -> None:
        """`size` divides the side of the pictures, which are reduced to it."""
        self.dataset, self.views, self.size = dataset, tuple(views), size

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> dict[str, Any]:
        sample = self.dataset[index]
        rgba = torch.from_numpy(np.stack([self._rgba(sample, view) for view in self.views])).float() / 255
        depth_m = torch.from_numpy(np.stack([self._depth_m(sample, view) for view in self.views]))
        return {"key": sample.key, "rgb": rgba[..., :3].permute(0, 3, 1, 2), "alpha": rgba[..., 3], "depth_m": depth_m}

    def _rgba(self, sample: HeadSample, view: str) -> UInt8[np.ndarray, "S S 4"]:
        return reduce_rgba(self._check(sample, view, sample.rgba(view)), self.size)

    def _depth_m(self, sample: HeadSample, view: str) -> Float32[np.ndarray, "S S"]:
        grey = read_png(sample.read(f"{view}.depth.png"))
        return decode_depth(reduce_depth(self._check(sample, view, grey), self.size))

    def _check(self, sample: HeadSample, view: str, pixels: np.ndarray) -> np.ndarray:
        if pixels.shape[0] != pixels.shape[1] or pixels.shape[0] % self.size:
            height, width = pixels.shape[:2]
            raise UserError(f"{sample.key}: {view} has {width}x{height} pixels, no multiple of {self.size}")
        return pixels
