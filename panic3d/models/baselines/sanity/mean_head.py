"""Means over the training heads: occupancy, colours and depth."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from panic3d.cameras.filling import fill_from_nearest
from panic3d.geometry.depth_hull import DepthHull
from panic3d.models.baselines.sanity.training_heads import TrainingHeads

RESOLUTION = 128


@dataclass(frozen=True)
class MeanHead:
    """The means over the training heads.

    The occupancy of a head is its depth hull: a cell counts where every orthographic view (front, left, back, right,
    and top where rendered) has a surface in front of it, so open and layered meshes count as solid. Colour and depth
    of a pixel are means over the heads that cover it (alpha-weighted); pixels that none covers take their nearest
    neighbour's.
    """

    occupancy: Float32[np.ndarray, "R R R"]
    rgb: Mapping[str, Float32[np.ndarray, "S S 3"]]
    depth_m: Mapping[str, Float32[np.ndarray, "S S"]]

    @classmethod
    def from_heads(cls, heads: TrainingHeads) -> "MeanHead":
        arrays = heads.fit("mean", _fit)
        return cls(
            occupancy=arrays["occupancy"].astype(np.float32),
            rgb={view: arrays[f"{view}_rgb"] / np.float32(255) for view in heads.views},
            depth_m={view: arrays[f"{view}_depth_m"] for view in heads.views},
        )


def _fit(heads: TrainingHeads) -> dict[str, np.ndarray]:
    size = len(heads.depth_m(heads.keys[0], "front"))
    hull = DepthHull(heads.views, RESOLUTION, size)
    occupied = np.zeros((RESOLUTION,) * 3, np.int32)
    rgba_sum = {view: np.zeros((size, size, 4)) for view in heads.views}
    depth_sum = {view: np.zeros((size, size, 2)) for view in heads.views}
    for key in heads.keys:
        depths_m = {view: heads.depth_m(key, view) for view in heads.views}
        occupied += hull.occupancy(depths_m)
        for view, depth_m in depths_m.items():
            rgba = heads.rgba(key, view) / 255.0
            rgba_sum[view] += np.concatenate([rgba[..., :3] * rgba[..., 3:], rgba[..., 3:]], axis=2)
            depth_sum[view] += np.stack([np.nan_to_num(depth_m), np.isfinite(depth_m)], axis=2)
    arrays = {"occupancy": (occupied / len(heads.keys)).astype(np.float16)}
    for view in heads.views:
        arrays[f"{view}_rgb"] = np.round(255 * _weighted_mean(rgba_sum[view])).astype(np.uint8)
        arrays[f"{view}_depth_m"] = _weighted_mean(depth_sum[view])[..., 0].astype(np.float32)
    return arrays


def _weighted_mean(sums: np.ndarray) -> np.ndarray:
    """Divide sums by their weights (the last channel); pixels without weight take the nearest one with weight."""
    empty = sums[..., -1] == 0
    mean = sums[..., :-1] / np.where(empty, 1, sums[..., -1])[..., None]
    return fill_from_nearest(mean, empty)
