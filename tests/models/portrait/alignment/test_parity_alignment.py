"""Alignment matrices, moved keypoints and warped pictures against recorded numbers (item 10)."""

import zlib

import numpy as np
import pytest
import torch

from helpers.parity_cases import TOLERANCE, Case, assert_close
from panic3d.cameras.compositing import premultiply
from panic3d.models.portrait.alignment.similarity import (
    PUBLISHED_TARGETS,
    align_to_canonical,
    convert_to_row_column,
    transform_points,
)
from panic3d.models.portrait.alignment.warp import warp_affine


def matrix_of(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """The map of column and row, counted from the first pixel's edge, and the face's landmarks."""
    points = case.arrays["keypoints_row_col_score"][int(case.arrays["detection_index"])]
    landmarks = points[:, 1::-1] + 0.5
    return align_to_canonical(landmarks, PUBLISHED_TARGETS.jitter(str(case.arrays["key"]))), landmarks


@pytest.mark.parity_items("10")
def test_the_matrix_and_moved_landmarks_are_the_recorded_ones(case: Case) -> None:
    affine, landmarks = matrix_of(case)
    assert_close(torch.from_numpy(convert_to_row_column(affine)), case["M"], "10")
    found = transform_points(landmarks, affine)[:, ::-1] - 0.5
    assert_close(torch.from_numpy(found.copy()), case["keypoints_warped"][0, :, :2], "10")


@pytest.mark.parity_items("10")
def test_the_warped_picture_is_the_recorded_one(case: Case) -> None:
    height, width, p = (int(v) for v in case.arrays["image_params_h_w_p"])
    i, j = np.mgrid[0:height, 0:width].astype(np.float64)
    alpha = 20 * (0.42 * min(height, width) - np.hypot(i - height / 2, j - width / 2))
    waves = [np.sin(i / p + j / 31), np.cos(j / p - i / 47), np.sin((i + j) / (2 * p))]
    picture = np.floor(np.stack([*(128 + 100 * wave for wave in waves), np.clip(alpha, 0, 255)], axis=-1))
    picture = picture.astype(np.uint8)
    assert zlib.crc32(picture.tobytes()) == int(case.arrays["image_crc32"])
    affine, _ = matrix_of(case)
    found = warp_affine(premultiply(picture), affine, 512, area=False)
    found[..., :3] += 1 - found[..., 3:]  # on white, as published
    shown = torch.from_numpy(found[3::8, 3::8]).permute(2, 0, 1)
    assert_close(shown, case["warped"], "10_warped")
    assert (shown - case["warped"]).abs().mean().item() <= TOLERANCE["10_warped_mean"]
