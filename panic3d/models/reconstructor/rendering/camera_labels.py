"""Cameras in the convention of the published networks: 25 numbers, and rays of unit length."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from panic3d.cameras.camera import Camera

ORTHO_FOV_DEG = -1.0
"""Published labels mark orthographic cameras by this field of view, hence by a negative focal length."""
POSE_DIM = 16
MIRRORED_ENTRIES = [1, 2, 3, 4, 8]


def make_camera_labels(cameras: Sequence[Camera]) -> Float[Tensor, "B 25"]:
    """Return labels: the pose (16 numbers, row by row), then intrinsics for pictures of side 1 (9 numbers)."""
    rows = []
    for camera in cameras:
        fov_deg = ORTHO_FOV_DEG if camera.fov_deg is None else camera.fov_deg
        focal = 0.5 / math.tan(math.radians(fov_deg) / 2)
        intrinsics = [focal, 0, 0.5, 0, focal, 0.5, 0, 0, 1]
        rows.append(np.concatenate([camera.head_from_camera().ravel(), intrinsics]))
    return torch.from_numpy(np.stack(rows).astype(np.float32))


def make_pose_labels(cameras: Sequence[Camera]) -> Float[Tensor, "B 25"]:
    """Return labels with the pose alone, for a discriminator that sees only orthographic views of one size.

    Their intrinsics, which are 0 here, are the same. With the published focal length of -57, a label that is scaled to
    unit variance is almost the same vector for all poses (cosine 0.999), so that views hardly depend on their cameras.
    """
    labels = make_camera_labels(cameras)
    labels[:, POSE_DIM:] = 0
    return labels


def mirror_camera_labels(labels: Float[Tensor, "B 25"]) -> Float[Tensor, "B 25"]:
    """Return the labels of the cameras that see the mirrored character in the mirrored picture."""
    mirrored = labels.clone()
    mirrored[:, MIRRORED_ENTRIES] *= -1
    return mirrored


def make_unit_rays(camera: Camera, size: int) -> tuple[Float[Tensor, "R 3"], Float[Tensor, "R 3"]]:
    """Return origins and unit directions of the rays through the pixel centres, row by row.

    The parameter along a ray is the distance in metres.
    """
    origins, directions = camera.rays(size)
    directions = directions / np.linalg.norm(directions, axis=-1, keepdims=True)
    return torch.from_numpy(origins.reshape(-1, 3)).float(), torch.from_numpy(directions.reshape(-1, 3)).float()
