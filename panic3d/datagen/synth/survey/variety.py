"""Measure how varied a set of characters is without regard to colour: pure functions of their views."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float, UInt8


def compute_pairwise_iou(masks: Bool[np.ndarray, "N H W"]) -> Float[np.ndarray, "N N"]:
    """Compute the intersection over union of every two silhouettes: 1 is equal, lower is more varied."""
    flat = masks.reshape(len(masks), -1).astype(np.float32)
    both = flat @ flat.T
    area = flat.sum(axis=1)
    return both / np.maximum(area[:, None] + area[None] - both, 1.0)


def list_pairs(matrix: Float[np.ndarray, "N N"]) -> Float[np.ndarray, " P"]:
    """List the values of all pairs of different items."""
    return matrix[np.triu_indices(len(matrix), 1)]


def composite_grey(rgba: UInt8[np.ndarray, "N H W 4"]) -> Float[np.ndarray, "N H W"]:
    """Return the luma (Rec. 601) in [0, 1] on white."""
    colour, alpha = rgba[..., :3] / np.float32(255), rgba[..., 3:] / np.float32(255)
    return ((colour * alpha + 1 - alpha) @ np.array([0.299, 0.587, 0.114], np.float32)).astype(np.float32)


def compute_lpips_distances(
    rows: Float[np.ndarray, "N H W"], columns: Float[np.ndarray, "M H W"]
) -> Float[np.ndarray, "N M"]:
    """Compute the LPIPS distance (AlexNet) of every two grey images.

    LPIPS is the squared Euclidean distance of unit feature vectors, weighted by channel and averaged over pixels, so
    that one matrix product per layer gives all pairs. Raises UserError where AlexNet's weights are missing.
    """
    import torch

    from panic3d.runtime.errors import UserError
    from panic3d.weights.lpips import load_lpips

    metric = load_lpips()
    if metric is None:
        raise UserError("LPIPS needs AlexNet's weights, which are not here: run `panic3d weights fetch`.")
    network: Any = metric.network

    def extract_features(pictures: Float[np.ndarray, "K H W"]) -> list[Float[np.ndarray, "K D"]]:
        layers: list[list[np.ndarray]] = [[] for _ in network.lins]
        for start in range(0, len(pictures), 16):
            batch = torch.from_numpy(pictures[start : start + 16])[:, None].repeat(1, 3, 1, 1) * 2 - 1
            with torch.no_grad():
                for number, maps in enumerate(network.net(network.scaling_layer(batch))):
                    unit = maps / (maps.square().sum(dim=1, keepdim=True).sqrt() + 1e-10)
                    weight = network.lins[number].model[-1].weight.clamp(min=0) / (maps.shape[2] * maps.shape[3])
                    layers[number].append((unit * weight.sqrt()).flatten(1).numpy())
        return [np.concatenate(layer) for layer in layers]

    distance = np.zeros((len(rows), len(columns)))
    for left, right in zip(extract_features(rows), extract_features(columns), strict=True):
        distance += (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None] - 2 * left @ right.T
    return np.maximum(distance, 0.0)


def find_nearest_distances(distance: Float[np.ndarray, "N N"]) -> Float[np.ndarray, " N"]:
    """Return each item's distance to the nearest other item."""
    return np.where(np.eye(len(distance), dtype=bool), np.inf, distance).min(axis=1)
