"""Cameras come from the data: those of `meta.json`, also where no rig has them, mirrored with their pictures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.heads.sphere_shards import make_sphere_views, write_shard
from panic3d.cameras.camera import Camera
from panic3d.cameras.rigs import make_view_camera
from panic3d.datasets.dataset import open_dataset
from panic3d.datasets.multiview import VIEWS, read_batch
from panic3d.datasets.source import CharacterSource, load_cached_characters, open_shard_characters
from panic3d.runtime.errors import UserError
from panic3d.shards.plan import DatasetInfo
from panic3d.shards.schema import encode_json, make_camera_record

CENTRE_M, RADIUS_M, SIZE = 0.1, 0.15, 64
CAMERAS = {
    "persp0": Camera("persp", 33.0, -12.5, 1.1, 24.0, 0.6, 1.6),
    "persp1": Camera("persp", -141.0, 47.0, 0.9, 38.0, 0.4, 1.4),
    "persp2": Camera("persp", 171.0, 3.0, 1.3, 20.0),
}
NAMES = (*VIEWS, *CAMERAS)
Opener = Callable[[Path, Path, Callable[[str], Any]], CharacterSource]


def open_cached(folder: Path, cache: Path, report: Callable[[str], Any]) -> CharacterSource:
    return load_cached_characters(folder, cache, NAMES, SIZE, report)


def open_streamed(folder: Path, cache: Path, report: Callable[[str], Any]) -> CharacterSource:
    return open_shard_characters(folder, NAMES, SIZE, report)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    ball = make_sphere_views(RADIUS_M, CENTRE_M, SIZE, cameras=CAMERAS)
    write_shard(folder / "shard-000000.tar", {"ball-00000000": ball})
    DatasetInfo("ortho4", SIZE, "balls", {}, {}, 1, plan=[["ball-00000000"]]).save(folder)
    return folder


@pytest.mark.parametrize("opener", [open_cached, open_streamed])
@pytest.mark.parametrize("mirrored", [False, True])
def test_every_picture_has_the_camera_that_took_it(data: Path, tmp_path: Path, opener: Opener, mirrored: bool) -> None:
    """The sphere's centre, projected by a batch's camera, is the middle of its silhouette."""
    batch = read_batch(opener(data, tmp_path / "cache", pytest.fail), [(0, mirrored)])
    centre_m = np.array([[-CENTRE_M if mirrored else CENTRE_M, 0.0, 0.0]])
    for view in NAMES:
        (camera,) = batch.list_cameras(view)
        rows, columns = np.nonzero(batch.mask(view)[0].numpy())
        middle = np.array([columns.mean(), rows.mean()]) + 0.5
        assert np.abs(camera.project(centre_m, SIZE)[0, :2] - middle).max() < 0.7, view
        if view in VIEWS:
            nearest_m = np.nanmin(batch.depth_m(view)[0].numpy())
            assert nearest_m == pytest.approx(camera.project(centre_m, SIZE)[0, 2] - RADIUS_M, abs=4e-3), view
        assert camera.fov_deg == (None if view in VIEWS else CAMERAS[view].fov_deg)
    off = [make_view_camera(v, "ball-00000000").project(centre_m, SIZE)[0, :2] for v in CAMERAS]
    true = [batch.list_cameras(v)[0].project(centre_m, SIZE)[0, :2] for v in CAMERAS]
    assert np.abs(np.array(off) - true).max() > 3, "the test would not notice the rig's cameras"


def test_a_sample_tells_its_cameras(data: Path) -> None:
    (sample,) = open_dataset(data)
    assert {view: sample.camera(view) for view in CAMERAS} == CAMERAS
    with pytest.raises(UserError, match=r"meta\.json has no camera of the view top"):
        sample.camera("top")


def tilted(meta: dict[str, Any]) -> None:
    meta["views"]["left"] = make_camera_record(Camera("ortho", 60.0), SIZE)


def perspective(meta: dict[str, Any]) -> None:
    meta["views"]["front"] = make_camera_record(Camera("persp", 0.0, fov_deg=30.0), SIZE)


def elsewhere(meta: dict[str, Any]) -> None:
    meta["views"]["persp1"]["head_from_camera"][0][3] += 0.1


def without(meta: dict[str, Any]) -> None:
    del meta["views"]["persp2"]


def broken(meta: dict[str, Any]) -> None:
    meta["views"]["persp0"]["azimuth_deg"] = "north"


def endless(meta: dict[str, Any]) -> None:
    meta["views"]["persp0"]["distance_m"] = 10**400


@pytest.mark.parametrize("opener", [open_cached, open_streamed])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (tilted, "another camera for left"),
        (perspective, "another camera for front"),
        (elsewhere, "head_from_camera is not the pose"),
        (without, "no camera of the view persp2"),
        (broken, "the camera of persp0 in meta.json is damaged"),
        (endless, "the camera of persp0 in meta.json is damaged"),
    ],
)
def test_samples_with_unsuitable_cameras_are_left_out_with_the_reason(
    data: Path, tmp_path: Path, opener: Opener, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    good = make_sphere_views(RADIUS_M, CENTRE_M, SIZE, cameras=CAMERAS)
    meta = json.loads(good["meta.json"])
    change(meta)
    bad = good | {"meta.json": encode_json(meta)}
    write_shard(tmp_path / "shard-000000.tar", {"bad-00000000": bad, "good-00000000": good})
    reports: list[str] = []
    source = opener(tmp_path, tmp_path / "cache", reports.append)
    assert source.keys == ("good-00000000",) and len(source.cameras) == 1
    assert len(reports) == 1 and "bad-00000000 is left out" in reports[0] and said in reports[0]
