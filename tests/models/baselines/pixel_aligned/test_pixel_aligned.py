"""PixelNeRF and PIFu: where their features come from, what they learn by heart, and who is inside."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from helpers.heads.head_with_nose import compute_signed_distance_m, make_head_with_nose
from helpers.heads.small_suite import make_sample, write_dataset
from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.runner.points import sample_points
from panic3d.datasets.multiview import read_batch
from panic3d.datasets.source import load_cached_characters
from panic3d.models.baselines.pixel_aligned.features import UNIT_PER_M, FeatureMaps
from panic3d.models.baselines.pixel_aligned.method import load_pifu, load_pixelnerf
from panic3d.models.baselines.pixel_aligned.pifu import Pifu
from panic3d.models.baselines.pixel_aligned.pixelnerf import PixelNerf
from panic3d.models.baselines.pixel_aligned.training import (
    PifuTrainConfig,
    PixelNerfTrainConfig,
    train_pifu,
    train_pixelnerf,
)
from panic3d.models.engine.metrics import MetricsLog
from panic3d.models.engine.settings import load_preset
from panic3d.models.method import Portrait
from panic3d.models.reconstructor.fields.lattice import Lattice
from panic3d.models.reconstructor.geometry.surface_reconstruction import SurfaceReconstruction
from panic3d.models.reconstructor.training.validation import predict_lattice_views
from panic3d.runtime.errors import UserError
from panic3d.shards.schema import read_png

PRESETS = files("panic3d.models.baselines.pixel_aligned") / "presets"
SMALL_PIXELNERF = ("model.pyramid.widths=[16, 16, 32, 32]", "model.pyramid.blocks=[1, 1, 1]", "model.hidden=32")
SMALL_PIFU = (
    "model.width=32", "model.depth=2", "model.layers=[32, 32]", "model.colour_width=16", "model.colour_blocks=1",
    "points.near=512", "points.uniform=32", "points.colour=128",
)  # fmt: skip
BY_HEART = (
    "batch=1", "mirror=false", "validation=0", "bf16=off", "accelerator=cpu", "minutes=0", "optimiser.ema=0.9",
    "optimiser.warmup_steps=5", "readers=0", "optimiser.learning_rate=5e-3", "log_every=50",
)  # fmt: skip
VIEWS = ("front", "left", "back", "right")


def pixelnerf(*settings: str) -> PixelNerfTrainConfig:
    return load_preset(PRESETS / "pixelnerf", "small", PixelNerfTrainConfig, [*SMALL_PIXELNERF, *settings])


def pifu(*settings: str) -> PifuTrainConfig:
    return load_preset(PRESETS / "pifu", "small", PifuTrainConfig, [*SMALL_PIFU, *settings])


def written(folder: Path, with_points: bool) -> Path:
    members = make_sample(make_head_with_nose(), VIEWS, 64)
    if with_points:
        members["points.npz"] = sample_points(make_head_with_nose(), "head00").to_npz()
    return write_dataset(folder, {"head00": members}, {}, 64)


def portrait() -> Portrait:
    return Portrait.from_render(read_png(make_sample(make_head_with_nose(), ["front"], 512)["front.rgba.png"]))


def test_features_follow_the_projection_of_points() -> None:
    """A map that holds its own pixels' places gives what the camera says where a point is seen."""
    size = 64
    centres = torch.arange(size) + 0.5
    row, column = torch.meshgrid(centres, centres, indexing="ij")
    features = FeatureMaps((torch.stack([column, row])[None],))
    xyz = (np.random.default_rng(0).uniform(-0.34, 0.34, (500, 3))).astype(np.float32)
    seen = make_view_camera("front").project(xyz.astype(float), size)[:, :2]
    found = features.sample(torch.from_numpy(xyz)[None, :, :2] * UNIT_PER_M)[0].numpy()
    np.testing.assert_allclose(found, seen, atol=1e-3)


@torch.no_grad()
def test_what_a_point_of_pixelnerf_sees_moves_with_the_picture() -> None:
    """The picture and the points moved by the stride of the coarsest map: the same features; by z alone: the same."""
    torch.manual_seed(0)
    model = PixelNerf(pixelnerf("model.pyramid.blocks=[1, 0, 0]").model)
    stride, size = 16, 128
    picture = torch.ones(1, 3, size, size)
    picture[..., 32:80, 32:80] = torch.rand(1, 3, 48, 48)
    alpha = (picture.amin(dim=1) < 1).float()
    xyz = torch.rand(1, 200, 3) * 0.1 - 0.1
    moved = xyz + torch.tensor([stride / size * BOX_SIDE_M, 0, 0])
    here = model.field(picture, alpha).features.sample(xyz[..., :2] * UNIT_PER_M)
    there = model.field(picture.roll(stride, 3), alpha.roll(stride, 2)).features.sample(moved[..., :2] * UNIT_PER_M)
    torch.testing.assert_close(here, there, atol=2e-3, rtol=1e-3)
    still = model.field(picture.roll(stride, 3), alpha.roll(stride, 2)).features.sample(xyz[..., :2] * UNIT_PER_M)
    assert (here - still).abs().mean() > 0.1


@torch.no_grad()
@pytest.mark.parametrize("network", ["pixelnerf", "pifu"])
def test_a_lattice_has_the_values_of_its_points(network: str) -> None:
    torch.manual_seed(0)
    model: Any = PixelNerf(pixelnerf().model) if network == "pixelnerf" else Pifu(pifu().model)
    for parameter in model.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.05)  # layers that start at zero would hide a slip
    field = model.field(torch.rand(2, 3, 64, 64), torch.rand(2, 64, 64))
    lattice = Lattice.stratified(64, (8, 6, 4), torch.rand(2, 18))
    columns = torch.rand(2, 6, 8) < 0.6
    x, y, z = (lattice.unit(axis) / UNIT_PER_M for axis in (lattice.x, lattice.y, lattice.z))
    whole = torch.broadcast_tensors(x[:, None, :, None], y[:, :, None, None], z[:, None, None, :])
    xyz = torch.stack(whole, dim=-1)
    found = field.on_lattice(lattice, columns)
    density = field.density(xyz.flatten(1, 3)).view(2, 6, 8, 4)[columns]
    colours = field.colours(xyz.flatten(1, 3)).view(2, 6, 8, 4, 3)[columns]
    torch.testing.assert_close(found.density, density, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.colours, colours, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(field.density_on_lattice(lattice, columns), density, atol=1e-4, rtol=1e-4)
    second = field.select(slice(1, 2)).density(xyz.flatten(1, 3)[1:])
    torch.testing.assert_close(second, field.density(xyz.flatten(1, 3))[1:], atol=1e-5, rtol=1e-5)


def psnr_db(head: Any, views: Sequence[str] = VIEWS) -> dict[str, float]:
    truth = make_sample(make_head_with_nose(), views, 128)
    found = {}
    for view, made in zip(views, head.render([make_view_camera(view) for view in views], 128), strict=True):
        rgba = read_png(truth[f"{view}.rgba.png"]) / 255.0
        error = made.rgb - (rgba[..., :3] * rgba[..., 3:] + 1 - rgba[..., 3:])
        found[view] = float(-10 * np.log10(np.square(error).mean()))
    return found


def test_pixelnerf_learns_a_character_by_heart_from_colours_alone(tmp_path: Path) -> None:
    config = pixelnerf(*BY_HEART, "steps=200", "model.picture_size=64", "rays.x=16", "rays.y=16", "rays.z=16")
    data = written(tmp_path / "data", with_points=False)
    train_pixelnerf(data, tmp_path / "run", config, resume=False)
    method = load_pixelnerf(tmp_path / "run")
    batch = read_batch(
        load_cached_characters(data, tmp_path / "run" / "cache" / "train", VIEWS, 64, print), [(0, False)]
    )
    seen, lattice = predict_lattice_views(method.network, batch), Lattice.full(64)
    for view in VIEWS:
        truth = batch.gather(view, *lattice.pixels(view))[0]
        assert -10 * (seen.rgb[view] - truth).square().mean().log10() > 22, view
    assert min(psnr_db(method.reconstruct(portrait())).values()) > 16, "and of the surface"


@pytest.mark.parametrize("labels", ["winding numbers", pytest.param("depth hull", marks=pytest.mark.slow)])
def test_pifu_knows_who_is_inside_and_learns_a_character_by_heart(tmp_path: Path, labels: str) -> None:
    config = pifu(*BY_HEART, "steps=120", "model.picture_size=64")
    data = written(tmp_path / "data", with_points=labels == "winding numbers")
    train_pifu(data, tmp_path / "run", config, resume=False)
    head = load_pifu(tmp_path / "run").reconstruct(portrait())
    assert isinstance(head, SurfaceReconstruction)
    mesh = make_head_with_nose()
    xyz = np.random.default_rng(0).uniform(-0.2, 0.2, (6000, 3)).astype(np.float32)
    distance_m = compute_signed_distance_m(mesh, xyz)
    sure = np.abs(distance_m) > 0.01
    logit = head.field.density(torch.from_numpy(xyz)[None])[0].numpy()
    right = (logit > 0) == (distance_m < 0)
    assert (distance_m[sure] < 0).sum() > 200
    assert right[sure & (distance_m < 0)].mean() > 0.97
    assert right[sure & (distance_m > 0)].mean() > 0.97
    assert np.abs(compute_signed_distance_m(mesh, head.mesh().vertices_head_m)).mean() < 0.004
    found = psnr_db(head)
    assert min(found.values()) > 20, found


TINY = (
    "batch=2", "validation=0", "steps=6", "minutes=0", "bf16=off", "accelerator=cpu", "model.picture_size=32",
    "readers=0", "log_every=1",
)  # fmt: skip
TRAINERS: dict[str, tuple[Any, Any, tuple[str, ...]]] = {
    "pixelnerf": (pixelnerf, train_pixelnerf, ("rays.x=8", "rays.y=8", "rays.z=8")),
    "pifu": (pifu, train_pifu, ("points.near=64", "points.uniform=4", "points.colour=16")),
}


@pytest.mark.parametrize("network", TRAINERS)
def test_stopped_and_resumed_gives_the_weights_of_one_that_was_not(
    tmp_path: Path, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure, train, few = TRAINERS[network]
    data, config = written(tmp_path / "data", with_points=True), configure(*TINY, *few)
    train(data, tmp_path / "whole", config, resume=False)
    with monkeypatch.context() as patch:
        patch.setattr(MetricsLog, "write", stop_at_step_3)
        with pytest.raises(SystemExit):
            train(data, tmp_path / "parts", config, resume=False)
    assert torch.load(tmp_path / "parts" / "state.pt", weights_only=True)["step"] == 3
    train(data, tmp_path / "parts", config, resume=True)
    whole, parts = (torch.load(tmp_path / run / "state.pt", weights_only=True) for run in ("whole", "parts"))
    for name, tensor in whole["average"].items():
        assert torch.equal(tensor, parts["average"][name]), name


def stop_at_step_3(log: MetricsLog, record: dict[str, Any]) -> None:
    """In place of a line of metrics: Ctrl-C."""
    if record["step"] == 3:
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.slow
@pytest.mark.parametrize("network", TRAINERS)
def test_two_processes_give_the_weights_of_one(tmp_path: Path, network: str) -> None:
    _, _, few = TRAINERS[network]
    data = written(tmp_path / "data", with_points=True)
    shapes = SMALL_PIXELNERF if network == "pixelnerf" else SMALL_PIFU
    for devices in (1, 2):
        settings = [part for s in (*shapes, *TINY, *few, f"devices={devices}") for part in ("--set", s)]
        command = [sys.executable, "-m", "panic3d", "train", network, "--data", str(data)]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        subprocess.run([*command, "--out", str(tmp_path / str(devices)), *settings], check=True, env=environment)
    one, two = (torch.load(tmp_path / name / "state.pt", weights_only=True)["model"] for name in ("1", "2"))
    for name, tensor in one.items():
        assert torch.allclose(tensor, two[name], atol=1e-4, rtol=1e-3), name


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    data = written(tmp_path / "data", with_points=False)
    settings = (
        "batch=2",
        "validation=0",
        "steps=1",
        "minutes=0",
        "model.picture_size=32",
        "accelerator=cpu",
        "readers=0",
    )
    train_pifu(data, tmp_path / "run", pifu(*settings), resume=False)
    with pytest.raises(UserError, match="holds weights of 'pifu', expected those of `panic3d train pixelnerf`"):
        load_pixelnerf(tmp_path / "run")
