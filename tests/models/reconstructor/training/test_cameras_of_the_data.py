"""The discriminator is given pictures with the cameras that `meta.json` states, which no rig of the project has."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric

from helpers.heads.sphere_shards import make_sphere_views, write_shard
from helpers.small_trainings import COMMON, SMALL_TRAININGS
from panic3d.cameras.camera import Camera
from panic3d.cameras.rigs import RIGS
from panic3d.models.baselines.eg3d.training import Eg3dTask
from panic3d.models.reconstructor.rendering.camera_labels import make_camera_labels
from panic3d.models.reconstructor.training.train import ReconstructorTask
from panic3d.models.training import load_run_config

CENTRE_M, RADIUS_M = 0.1, 0.15
KEYS = ("one-00000000", "two-00000000")
VOLUME = [*COMMON, *SMALL_TRAININGS["reconstructor by volume rendering"][3], "batch=4", "validation=0"]


def camera_of(key: str, view: int) -> Camera:
    return Camera("persp", 25.0 + 40.0 * view + 7.0 * KEYS.index(key), 11.0 - 5.0 * view, 1.1, 26.0 + view)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, samples = tmp_path_factory.mktemp("data"), {}
    for key in KEYS:
        cameras = {view: camera_of(key, i) for i, view in enumerate(RIGS["persp8"])}
        samples[key] = make_sphere_views(RADIUS_M, CENTRE_M, 32, cameras=cameras)
    write_shard(folder / "shard-000000.tar", samples)
    return folder


def make_task(kind: str, data: Path, run: Path) -> Any:
    fabric = Fabric(accelerator="cpu")
    if kind == "reconstructor":
        config = load_run_config("reconstructor", "paper", VOLUME)
        return ReconstructorTask(fabric, data, run, config)
    settings = [s for s in VOLUME if not s.startswith(("loss.", "model.backbone.semantic"))]
    config = load_run_config("eg3d", "paper", [*settings, "model.inference.rays=16"])
    return Eg3dTask(fabric, data, run, config)


@pytest.mark.parametrize("kind", ["reconstructor", "eg3d"])
def test_real_pictures_come_with_their_cameras(data: Path, tmp_path: Path, kind: str) -> None:
    task = make_task(kind, data, tmp_path)
    known = {camera_of(key, i) for key in KEYS for i in range(8)}
    known |= {camera.mirror() for camera in known}
    both_kinds = set()
    for step in range(6):
        batch, mirrored = task.data.next_batch()
        draws = task.training_step.make_draws(batch, slice(None), step)
        assert set(draws.real_cameras) | set(draws.fake_cameras) <= known
        for i, (view, camera) in enumerate(zip(draws.real_views, draws.real_cameras, strict=True)):
            centre_m = np.array([[-CENTRE_M if mirrored[i] else CENTRE_M, 0.0, 0.0]])
            rows, columns = np.nonzero(batch.mask(view)[i].numpy())
            middle = np.array([columns.mean(), rows.mean()]) + 0.5
            assert np.abs(camera.project(centre_m, 32)[0, :2] - middle).max() < 0.7
            both_kinds.add(mirrored[i])
        real = task.training_step._make_real((batch, draws))
        assert torch.equal(real.labels, make_camera_labels(draws.real_cameras))
    assert both_kinds == {False, True}
