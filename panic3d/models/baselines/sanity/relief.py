"""`relief`: the portrait's own pixels on the mean head's front, closed with the mean head's back."""

from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, Int, UInt8
from skimage.transform import resize

from panic3d.cameras.axes import CAMERA_DISTANCE_M, IMAGE_SIZE, MASK_ALPHA
from panic3d.geometry.depth_hull import compute_cell_centres_m
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.raycast import MeshReconstruction
from panic3d.models.baselines.sanity.mean_head import MeanHead
from panic3d.models.baselines.sanity.training_heads import TrainingHeads
from panic3d.models.method import Method, Portrait, Reconstruction

MIN_THICKNESS_M = 0.005
"""Least distance between the sheets, where the mean front and back meet."""


class ReliefMethod:
    """Two sheets over the portrait's silhouette, with one vertex per pixel, joined along its border."""

    def __init__(self, head: MeanHead) -> None:
        self.front_z_m = CAMERA_DISTANCE_M - _resize_to_portrait(head.depth_m["front"])
        # the back camera's columns run the other way
        back_z_m = _resize_to_portrait(head.depth_m["back"][:, ::-1]) - CAMERA_DISTANCE_M
        self.back_z_m = np.minimum(back_z_m, self.front_z_m - MIN_THICKNESS_M)
        self.back_rgb = np.round(255 * _resize_to_portrait(head.rgb["back"][:, ::-1])).astype(np.uint8)

    def reconstruct(self, portrait: Portrait) -> Reconstruction:
        rgba = portrait.line_free
        return MeshReconstruction(self.relief(rgba[..., :3], rgba[..., 3] >= MASK_ALPHA * 255))

    def relief(self, rgb: UInt8[np.ndarray, "S S 3"], inside: Bool[np.ndarray, "S S"]) -> ColouredMesh:
        x_m, y_m = np.meshgrid(compute_cell_centres_m(len(rgb)), -compute_cell_centres_m(len(rgb)))
        index, triangles = _triangulate_sheet(inside)
        used = index >= 0
        sheets = [np.stack([x_m[used], y_m[used], z_m[used]], axis=1) for z_m in (self.front_z_m, self.back_z_m)]
        offset = int(used.sum())
        return ColouredMesh(
            vertices_head_m=np.concatenate(sheets).astype(np.float32),
            triangles=np.concatenate([triangles, triangles[:, ::-1] + offset, _triangulate_walls(triangles, offset)]),
            colours=np.concatenate([rgb[used], self.back_rgb[used]]),
        )


def _resize_to_portrait(image: Float32[np.ndarray, "S S *C"]) -> Float32[np.ndarray, "512 512 *C"]:
    """Resize a picture of a training head, which may be smaller, to a portrait's size."""
    return resize(image, (IMAGE_SIZE, IMAGE_SIZE), order=1, anti_aliasing=False)


def _triangulate_sheet(inside: Bool[np.ndarray, "S S"]) -> tuple[Int[np.ndarray, "S S"], Int[np.ndarray, "T 3"]]:
    """Return vertex numbers of pixels (-1: none), and triangles that face +z over all squares of four inside pixels."""
    square = inside[:-1, :-1] & inside[:-1, 1:] & inside[1:, :-1] & inside[1:, 1:]
    used = np.zeros_like(inside)
    for row in (slice(None, -1), slice(1, None)):
        for column in (slice(None, -1), slice(1, None)):
            used[row, column] |= square
    index = np.where(used, np.cumsum(used).reshape(used.shape) - 1, -1)
    top_left, top_right = index[:-1, :-1][square], index[:-1, 1:][square]
    low_left, low_right = index[1:, :-1][square], index[1:, 1:][square]
    return index, np.concatenate(
        [np.stack([top_left, low_left, low_right], axis=1), np.stack([top_left, low_right, top_right], axis=1)]
    )


def _triangulate_walls(triangles: Int[np.ndarray, "T 3"], offset: int) -> Int[np.ndarray, "W 3"]:
    """Return two triangles per border edge, between the front sheet and the back sheet `offset` vertices later."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    code = edges[:, 0] * (2 * offset) + edges[:, 1]
    reverse = edges[:, 1] * (2 * offset) + edges[:, 0]
    a, b = edges[~np.isin(code, reverse)].T
    return np.concatenate([np.stack([b, a, a + offset], axis=1), np.stack([b, a + offset, b + offset], axis=1)])


def load(weights: Path | None) -> Method:
    """Return the method with the training heads of a dataset folder. Raises UserError without one."""
    return ReliefMethod(MeanHead.from_heads(TrainingHeads.open("relief", weights)))
