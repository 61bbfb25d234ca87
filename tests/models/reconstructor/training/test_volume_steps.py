"""Training by volume rendering with a discriminator: steps, order, exact resume, accumulation, what does not fit."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning_fabric import Fabric

from helpers.heads.sphere_shards import make_sphere_views, write_shard
from helpers.requirements import require_package
from helpers.states import assert_states_equal
from panic3d.datasets.multiview import VIEWS
from panic3d.models.engine.metrics import open_tensorboard
from panic3d.models.reconstructor.training.config import ReconstructorTrainConfig, load_config
from panic3d.models.reconstructor.training.train import ReconstructorTask, train
from panic3d.models.reconstructor.weights import load_reconstructor
from panic3d.runtime.errors import UserError

TINY = (
    "batch=2", "steps=3", "bf16=off", "log_every=1", "accelerator=cpu", "loss.lpips=0", "readers=0",
    "model.picture_size=32", "model.superresolution.size=32", "model.superresolution.channels=4",
    "model.backbone.resolution=16", "model.backbone.channel_base=256", "model.backbone.channel_max=16",
    "model.backbone.z_dim=8", "model.backbone.w_dim=16", "model.backbone.semantic_channels=0",
    "volume.rays=16", "volume.coarse=8", "volume.fine=8", "volume.rays_at_once=128", "volume.density_points=50",
    "adversarial.network.size=32", "adversarial.network.channel_base=256", "adversarial.network.channel_max=16",
    "adversarial.r1_every=2", "volume.density_every=2",
)  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    balls = {f"ball{i}-00000000": make_sphere_views(0.1 + 0.02 * i, 0.02 * i, 32) for i in range(3)}
    write_shard(folder / "shard-000000.tar", balls)
    return folder


def tiny(*settings: str) -> ReconstructorTrainConfig:
    return load_config("paper", [*TINY, *settings])


def metrics(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def state(run: Path) -> dict[str, Any]:
    return torch.load(run / "state.pt", weights_only=True)


@pytest.mark.parametrize("order", ["separate", "fused"])
def test_every_term_is_finite_and_the_head_loads(data: Path, tmp_path: Path, order: str) -> None:
    train(data, tmp_path, tiny(f"volume.order={order}"), resume=False)
    records = metrics(tmp_path)
    assert [r["step"] for r in records] == [1, 2, 3]
    terms = {f"{term}_{view}" for term in ("rgb", "silhouette", "depth") for view in VIEWS}
    terms |= {"adversarial", "discriminator_fake", "discriminator_real", "total", "gradient", "discriminator_gradient"}
    assert terms <= records[1].keys()
    assert {"density", "discriminator_r1"} <= records[0].keys()
    assert all(abs(value) < 1e6 for record in records for value in record.values())
    assert {"discriminator", "discriminator_optimiser"} <= state(tmp_path).keys()
    assert load_reconstructor(tmp_path / "weights.safetensors").superresolution is not None


def test_bfloat16_where_it_pays(data: Path, tmp_path: Path) -> None:
    train(data, tmp_path, tiny("steps=2", "bf16=on"), resume=False)
    assert all(abs(value) < 1e6 for record in metrics(tmp_path) for value in record.values())


def test_stopped_and_resumed_is_exact(data: Path, tmp_path: Path) -> None:
    """Two steps and two more are four, the discriminator and both optimisers included."""
    train(data, tmp_path / "whole", tiny("steps=4"), resume=False)
    train(data, tmp_path / "parts", tiny("steps=2"), resume=False)
    train(data, tmp_path / "parts", tiny("steps=4"), resume=True)
    whole, parts = state(tmp_path / "whole"), state(tmp_path / "parts")
    for part in ("model", "average", "optimiser", "discriminator", "discriminator_optimiser"):
        assert_states_equal(whole[part], parts[part], part)


@pytest.mark.parametrize("order", ["separate", "fused"])
def test_both_networks_learn_in_either_order(data: Path, tmp_path: Path, order: str) -> None:
    torch.manual_seed(0)
    train(data, tmp_path / "one", tiny("steps=1", f"volume.order={order}"), resume=False)
    train(data, tmp_path / "two", tiny("steps=2", f"volume.order={order}"), resume=False)
    one, two = state(tmp_path / "one"), state(tmp_path / "two")
    for part, name in (
        ("model", "superresolution.block1.conv1.weight"),
        ("model", "backbone.synthesis.b4.const"),
        ("model", "decoder.net.0.weight"),
        ("discriminator", "model.b32.fromrgb.weight"),
    ):
        assert (one[part][name] - two[part][name]).abs().max() > 1e-5, name


def test_separate_steps_follow_the_published_order(data: Path, tmp_path: Path) -> None:
    config = tiny("volume.density_every=4")
    steps: Any = ReconstructorTask(Fabric(accelerator="cpu"), data, tmp_path, config).training_step
    views = [("adversarial",), ("front",), ("left",), ("right",), ("back",)]
    assert steps.list_phases(0) == [*views, ("density",)]
    assert steps.list_phases(1) == views
    config = tiny("loss.sides=0", "loss.back=0", "adversarial.weight=0")
    few: Any = ReconstructorTask(Fabric(accelerator="cpu"), data, tmp_path, config).training_step
    assert few.list_phases(1) == [("front",)]
    assert few.discriminator is None


def test_a_batch_in_parts_gives_the_gradient_of_the_whole(data: Path, tmp_path: Path) -> None:
    """On the lattice, whose random numbers do not depend on the parts."""
    settings = [s for s in TINY if s.split("=")[0].split(".")[0] not in ("volume", "adversarial")]
    settings = [s for s in settings if "superresolution" not in s] + ["batch=4", "steps=2", "validation=0"]
    sizes = [
        "rays.x=16",
        "rays.y=16",
        "rays.z=16",
        "model.backbone.semantic_channels=8",
        "model.backbone.encoder_width=8",
    ]
    for parts in (1, 2):
        train(
            data, tmp_path / str(parts), load_config("small", [*settings, *sizes, f"accumulate={parts}"]), resume=False
        )
    one, two = state(tmp_path / "1")["model"], state(tmp_path / "2")["model"]
    for name, tensor in one.items():
        assert torch.allclose(tensor, two[name], atol=2e-4, rtol=1e-3), name


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("renderer=lattice", "trained with renderer=volume"),
        ("loss.occupancy=1", "needs renderer=lattice"),
        ("model.picture_size=64", "set model.superresolution.size"),
        ("adversarial.network.size=64", "should be that of the pictures, 32"),
        ("accumulate=3", "no multiple of accumulate"),
    ],
)
def test_settings_that_do_not_go_together(data: Path, tmp_path: Path, setting: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        train(data, tmp_path, tiny(setting), resume=False)


def test_tensorboard_gets_the_curves(data: Path, tmp_path: Path) -> None:
    require_package("tensorboard")
    train(data, tmp_path, tiny("steps=1", "tensorboard=true"), resume=False)
    assert list((tmp_path / "tensorboard").glob("events.*"))


def test_without_tensorboard_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(UserError, match=r"tensorboard=true needs tensorboard.*\[tracking\]"):
        open_tensorboard(tmp_path)


@pytest.mark.slow
def test_the_published_size_runs_three_steps_and_resumes(tmp_path: Path) -> None:
    write_shard(
        tmp_path / "data" / "shard-000000.tar", {"ball-00000000": make_sphere_views(0.2, 0.03, 512, painted=True)}
    )
    common = ["batch=1", "log_every=1", "accelerator=cpu", "model.backbone.semantic_channels=0"]  # without its tagger
    config = load_config("paper", [*common, "steps=2"])
    train(tmp_path / "data", tmp_path / "run", config, resume=False)
    more = load_config("paper", [*common, "steps=3"])
    train(tmp_path / "data", tmp_path / "run", more, resume=True)
    records = metrics(tmp_path / "run")
    assert [r["step"] for r in records] == [1, 2, 3]
    assert all(abs(value) < float("inf") for record in records for value in record.values())


@pytest.mark.slow
def test_a_head_is_learnt_by_heart_from_all_sides(tmp_path: Path) -> None:
    """Cameras, depth axes and mirroring agree: a wrong side would not let the terms fall."""
    write_shard(
        tmp_path / "data" / "shard-000000.tar", {"ball-00000000": make_sphere_views(0.2, 0.05, 64, painted=True)}
    )
    sizes = ["model.backbone.channel_base=512", "model.backbone.channel_max=32", "volume.coarse=12", "batch=1"]
    rates = ["optimiser.learning_rate=5e-3", "optimiser.beta1=0.9", "optimiser.clip=1.0", "loss.silhouette=4"]
    same = ["model.backbone.random_z=false", "model.backbone.noise=const", "volume.silhouette=absolute"]
    config = tiny(*sizes, *rates, *same, "volume.order=fused", "adversarial.weight=0", "steps=100")
    train(tmp_path / "data", tmp_path / "run", config, resume=False)
    last = metrics(tmp_path / "run")[-1]
    for view in VIEWS:
        assert last[f"rgb_{view}"] / config.loss.rgb < 0.12, view
        assert last[f"silhouette_{view}"] / config.loss.silhouette < 0.03, view
        assert (last[f"depth_{view}"] / config.loss.depth) ** 0.5 < 0.03, view
