"""Rays, labels and tables of cameras against recorded numbers (item 01)."""

import re
from collections.abc import Iterable

import numpy as np
import pytest
import torch

from helpers.parity_cases import Case, assert_close
from panic3d.cameras.camera import Camera
from panic3d.cameras.rigs import RIGS, make_view_camera
from panic3d.models.reconstructor.rendering.camera_labels import (
    make_camera_labels,
    make_unit_rays,
    mirror_camera_labels,
)


def ortho_grids(keys: Iterable[str]) -> list[str]:
    return sorted({match[0] for key in keys if (match := re.match(r"ortho\d+_res\d+", key))})


def perspective_grids(keys: Iterable[str]) -> list[str]:
    return sorted({match[0] for key in keys if (match := re.match(r"(spin12|extra)_res\d+", key))})


def camera(elevation_deg: float, azimuth_deg: float, distance_m: float = 1.0, fov_deg: float = -1.0) -> Camera:
    if fov_deg < 0:
        return Camera("ortho", azimuth_deg, elevation_deg, distance_m)
    return Camera("persp", azimuth_deg, elevation_deg, distance_m, fov_deg)


def cameras(case: Case, name: str) -> list[Camera]:
    if name == "spin12":
        return [make_view_camera(view) for view in RIGS["spin12"]]
    return [camera(*row) for row in case["extra_elev_azim_dist_fov"].tolist()]


def sliced(grid: torch.Tensor, stored: int) -> torch.Tensor:
    """The part that is stored of a full grid of rays (rows, columns, 3): all, or every eighth from the third."""
    return grid if len(grid) == stored else grid[3::8, 3::8]


@pytest.mark.parity_items("01", groups=ortho_grids)
def test_orthographic_rays_are_the_recorded_ones(case: Case, group: str) -> None:
    index, size = map(int, re.findall(r"\d+", group))
    rays = make_unit_rays(camera(*case["ortho_elev_azim"][index].tolist()), size)
    for name, ours in zip(("origins", "dirs"), rays, strict=True):
        expected = case[f"{group}_{name}"][0].permute(1, 2, 0)
        assert_close(sliced(ours.view(size, size, 3), len(expected)), expected, "01")


@pytest.mark.parity_items("01", groups=perspective_grids)
def test_perspective_rays_are_the_recorded_ones(case: Case, group: str) -> None:
    name, size = group.split("_res")
    for ours, directions, origin in zip(
        cameras(case, name), case[f"{group}_dirs"], case[f"{group}_origin"], strict=True
    ):
        if ours.fov_deg is None:  # recorded from the label alone: a pinhole 57 focal lengths away, which nobody uses
            continue
        origins, ray = (grid.view(int(size), int(size), 3) for grid in make_unit_rays(ours, int(size)))
        assert_close(sliced(ray, len(directions)), directions, "01")
        assert_close(origins[0, 0], origin, "01")


@pytest.mark.parity_items("01")
def test_camera_labels_are_the_recorded_ones(case: Case) -> None:
    for name in ("spin12", "extra"):
        assert_close(make_camera_labels(cameras(case, name)), case[f"{name}_labels"], "01")
    assert_close(mirror_camera_labels(case["mirror_in"]), case["mirror_out"], "01")


@pytest.mark.parity_items("01")
def test_tables_of_cameras_are_the_recorded_ones(case: Case) -> None:
    ours = [make_view_camera(view) for view in RIGS["cam60"]]
    table = torch.tensor([[camera.elevation_deg, camera.azimuth_deg] for camera in ours])
    assert_close(table, case["cam60"], "01")
    chosen = [ours[i] for i in case["camsub_spin12"].tolist()]
    spin = [make_view_camera(view) for view in RIGS["spin12"]]
    for a, b in zip(chosen, spin, strict=True):
        assert np.allclose(a.head_from_camera(), b.head_from_camera(), atol=1e-12)
    assert case["camsub_all"].tolist() == list(range(60))
    assert case["camsub_front1"].tolist() == [i for i in range(60) if ours[i].elevation_deg == ours[i].azimuth_deg == 0]
    near_front = [i for i, c in enumerate(ours) if abs(c.azimuth_deg) <= 60 and abs(c.elevation_deg) <= 20]
    assert case["camsub_front15"].tolist() == near_front
