"""EG3D's run: files, exact resume, processes that share a batch, terms against what they are by definition."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from helpers.heads.small_eg3d import TINY, make_config, make_generator, make_paper_config, write_spheres
from helpers.states import assert_states_equal
from panic3d.cameras.rigs import make_view_camera
from panic3d.datasets.multiview import VIEWS, read_batch
from panic3d.datasets.source import load_cached_characters
from panic3d.models.baselines.eg3d import training
from panic3d.models.baselines.eg3d.config import check_settings
from panic3d.models.baselines.eg3d.draws import LatentDraws
from panic3d.models.baselines.eg3d.method import load_generator
from panic3d.models.baselines.eg3d.pictures import find_occupied_columns, make_real_pictures, render_pictures
from panic3d.models.baselines.eg3d.similarity import compute_kernel_distance
from panic3d.models.baselines.eg3d.step import LatentObjective, choose_views
from panic3d.models.reconstructor.network.stylegan.discriminator import DualDiscriminator
from panic3d.models.reconstructor.rendering.camera_labels import make_camera_labels, make_pose_labels, make_unit_rays
from panic3d.models.reconstructor.rendering.sampling import SampleDraws
from panic3d.models.reconstructor.rendering.volume import render_reference
from panic3d.models.reconstructor.training.volume.objective import DiscriminatorInput, VolumeDiscriminatorObjective
from panic3d.models.reconstructor.training.volume_config import AdversarialConfig
from panic3d.runtime.errors import UserError


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_spheres(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "SCORED_SAMPLES", 8)


def metrics(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def state(run: Path) -> dict[str, Any]:
    return torch.load(run / "state.pt", weights_only=True)


def test_a_run_leaves_its_files_and_goes_on_exactly(data: Path, tmp_path: Path) -> None:
    training.train(data, tmp_path / "whole", make_config("steps=4"), resume=False)
    training.train(data, tmp_path / "parts", make_config("steps=2"), resume=False)
    training.train(data, tmp_path / "parts", make_config("steps=4"), resume=True)
    whole, parts = state(tmp_path / "whole"), state(tmp_path / "parts")
    for part in ("model", "average", "optimiser", "discriminator", "discriminator_optimiser"):
        assert_states_equal(whole[part], parts[part], part)
    names = {path.name for path in (tmp_path / "whole").iterdir()}
    assert {"config.yaml", "metrics.jsonl", "samples", "weights.safetensors", "state.pt"} <= names
    records = [r for r in metrics(tmp_path / "whole") if "total" in r]
    assert {"adversarial", "density", "discriminator_fake", "discriminator_real", "discriminator_r1"} <= records[
        0
    ].keys()
    assert all(np.isfinite(list(r.values())).all() for r in records)
    model = load_generator(tmp_path / "whole")
    assert torch.allclose(model.get_mean_w()[0], whole["average"]["backbone.mapping.w_avg"], atol=1e-3)
    assert model.get_mean_w().abs().max() > 0


def test_both_networks_learn(data: Path, tmp_path: Path) -> None:
    for steps in (1, 2):
        training.train(data, tmp_path / str(steps), make_config(f"steps={steps}"), resume=False)
    one, two = state(tmp_path / "1"), state(tmp_path / "2")
    for part, name in (
        ("model", "backbone.mapping.fc0.weight"),
        ("model", "backbone.synthesis.b4.const"),
        ("model", "decoder.net.2.weight"),
        ("discriminator", "model.b16.fromrgb.weight"),
    ):
        assert (one[part][name] - two[part][name]).abs().max() > 1e-6, name


@pytest.mark.slow  # four imports of everything
def test_two_processes_give_the_weights_of_one(data: Path, tmp_path: Path) -> None:
    for devices in (1, 2):
        settings = [part for setting in (*TINY, f"devices={devices}", "steps=3") for part in ("--set", setting)]
        command = [sys.executable, "-m", "panic3d", "train", "eg3d", "--data", str(data), *settings]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        subprocess.run([*command, "--out", str(tmp_path / str(devices))], check=True, env=environment)
    one, two = state(tmp_path / "1"), state(tmp_path / "2")
    for part in ("model", "discriminator"):
        for name, tensor in one[part].items():
            assert torch.allclose(tensor, two[part][name], atol=1e-4, rtol=1e-3), name


def test_the_published_kind_of_step_runs(data: Path, tmp_path: Path) -> None:
    training.train(data, tmp_path, make_paper_config(), resume=False)
    records = [r for r in metrics(tmp_path) if "total" in r]
    assert all(np.isfinite(list(r.values())).all() for r in records)
    assert {"density", "discriminator_r1"} <= records[0].keys()
    assert load_generator(tmp_path).superresolution is not None


def test_the_penalty_is_that_of_gradients_by_hand() -> None:
    """Each picture's own gradient, by autograd one picture at a time; and that of a cubic, in closed form."""
    torch.manual_seed(0)
    judge = DualDiscriminator(make_config("adversarial.network.group=1").adversarial.network)
    rgb = torch.randn(3, 4, 16, 16)
    labels = make_camera_labels([make_view_camera(view) for view in ("front", "left", "back")])
    found = VolumeDiscriminatorObjective(judge, AdversarialConfig()).compute_squared_gradients(
        DiscriminatorInput(rgb, None, labels)
    )
    by_hand = []
    for i in range(3):
        one = rgb[i : i + 1].clone().requires_grad_()
        judge(one, None, labels[i : i + 1]).sum().backward()
        assert one.grad is not None
        by_hand.append(one.grad.square().sum())
    assert torch.isclose(found, torch.stack(by_hand).mean(), rtol=1e-4)

    class Cubic(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a = nn.Parameter(torch.tensor(0.5))

        def forward(self, rgb: Tensor, raw: Tensor | None, labels: Tensor) -> Tensor:
            return self.a * rgb.pow(3).sum(dim=(1, 2, 3))[:, None]

    task: Any = VolumeDiscriminatorObjective(judge, AdversarialConfig())
    task.model = cubic = Cubic()
    penalty = task.compute_squared_gradients(DiscriminatorInput(rgb, None, labels))
    fourth = rgb.pow(4).sum() / 3
    assert torch.isclose(penalty, 9 * 0.25 * fourth, rtol=1e-5)
    penalty.backward()
    assert cubic.a.grad is not None
    assert torch.isclose(cubic.a.grad, 2 * 9 * 0.5 * fourth, rtol=1e-5)


def test_views_are_shown_with_their_own_cameras() -> None:
    pictures = torch.arange(4.0)[None, :, None, None, None].expand(2, -1, 4, 8, 8)  # half the discriminator's size
    labels = make_pose_labels([make_view_camera(view) for view in VIEWS])
    views_u = torch.tensor([[0.3, 0.1, 0.2, 0.9], [0.9, 0.8, 0.7, 0.1]])
    seen = choose_views(pictures, views_u, make_config("latent.views=2"))
    assert seen.rgb.shape == (4, 4, 16, 16)
    assert seen.rgb[:, 0, 0, 0].tolist() == [1, 2, 3, 2]
    assert torch.equal(seen.labels, labels[[1, 2, 3, 2]])
    assert choose_views(pictures, views_u, make_config()).rgb[:, 0, 0, 0].tolist() == [0, 1, 2, 3] * 2


def test_the_discriminator_tells_views_apart() -> None:
    """The mapped labels of two views point in different directions, before any training."""
    torch.manual_seed(0)
    judge = DualDiscriminator(make_config("adversarial.network.channel_max=128").adversarial.network)
    pictures = torch.zeros(1, 4, 4, 16, 16)
    mapped = judge.mapping(None, choose_views(pictures, torch.zeros(1, 4), make_config()).labels)
    mapped = mapped / mapped.norm(dim=1, keepdim=True)
    cosines = mapped @ mapped.t()
    assert cosines[~torch.eye(4, dtype=torch.bool)].max() < 0.95


@pytest.mark.parametrize("view", VIEWS)
def test_pictures_are_those_of_the_plain_renderer(view: str) -> None:
    """Rays by themselves, with twelve times the samples; what the lattice leaves out as empty is empty."""
    model = make_generator(contrast=8, full=0.02)
    encoded = model.synthesise(model.broadcast_w(model.map_latents(torch.randn(1, 8))), "const")
    columns = find_occupied_columns(encoded.planes, model.decoder, 16)
    assert 0 < columns.float().mean() <= 1
    found = render_pictures(encoded, model.decoder, 16, (view,))[0, 0]
    origins, directions = make_unit_rays(make_view_camera(view), 16)

    def field(xyz: Tensor) -> tuple[Tensor, Tensor]:
        values = model.query(encoded, xyz)
        density = values.density.masked_fill((xyz.abs() > 0.35).any(dim=-1), -1000.0)
        return density, values.colours

    draws = SampleDraws.middle(1, 256, 400, 0)
    seen = render_reference(field, origins[None], directions[None], draws, model.config.decoder.law)
    alpha = seen.alpha[0].view(16, 16)
    rgb = seen.colours[0].t().unflatten(1, (16, 16))
    assert 0.05 < alpha.mean() < 0.98
    assert (found[3] / 2 + 0.5 - alpha).abs().mean() < 0.02
    assert (found[:3] / 2 + 0.5 - rgb).abs().mean() < 0.02


def test_true_pictures_are_the_characters_views(data: Path, tmp_path: Path) -> None:
    source = load_cached_characters(data, tmp_path / "cache", VIEWS, 32, print)
    batch = read_batch(source, [(1, False)])
    pictures = make_real_pictures(batch, 16)
    assert torch.allclose(pictures[0, 1, 3] / 2 + 0.5, batch.alpha("left")[0].view(16, 2, 16, 2).mean(dim=(1, 3)))
    # the ball is red where x > 0: on the right in front, on the left behind
    assert pictures[0, 0, 0, 8, 11] > 0 > pictures[0, 0, 2, 8, 11]
    assert pictures[0, 2, 0, 8, 4] > 0 > pictures[0, 2, 2, 8, 4]


def test_styles_are_mixed_from_a_layer_on() -> None:
    config = make_config("latent.style_mixing=0.5", "batch=64")
    task = LatentObjective(make_generator(), config, None)
    draws = LatentDraws.from_step(config, 0, 0, 1)
    ws = task.mix_styles(draws)
    own, other = task.model.map_latents(draws.z), task.model.map_latents(draws.other_z)
    from_other = (ws == other[:, None]).all(dim=2)
    assert ((ws == own[:, None]).all(dim=2) ^ from_other).all()
    assert not from_other[:, 0].any()
    assert (from_other[:, 1:] >= from_other[:, :-1]).all()
    assert 16 < from_other.any(dim=1).sum() < 48


def test_draws_do_not_depend_on_how_many_share_them() -> None:
    config = make_config()
    whole = LatentDraws.from_step(config, 7, 0, 1)
    for rank in (0, 1):
        share = LatentDraws.from_step(config, 7, rank, 2)
        assert torch.equal(share.z, whole.z[rank::2])
        assert torch.equal(share.offset, whole.offset[rank::2])
    assert not torch.equal(whole.z, LatentDraws.from_step(config, 8, 0, 1).z)


def test_kernel_distance_is_its_definition() -> None:
    random = np.random.default_rng(0)
    ours, true = random.normal(size=(5, 3)), random.normal(1, 2, (7, 3))

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return (a @ b / 3 + 1) ** 3

    own = np.mean([kernel(a, b) for i, a in enumerate(ours) for j, b in enumerate(ours) if i != j])
    theirs = np.mean([kernel(a, b) for i, a in enumerate(true) for j, b in enumerate(true) if i != j])
    across = np.mean([kernel(a, b) for a in ours for b in true])
    found = compute_kernel_distance(torch.from_numpy(ours).float(), torch.from_numpy(true).float())
    assert found == pytest.approx(own + theirs - 2 * across, rel=1e-5)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("model.backbone.inject_picture=true", r"sees no picture: model\.backbone\.inject_picture"),
        ("adversarial.weight=0", "leaves no loss"),
        ("renderer=volume", "goes with a super-resolution"),
        ("latent.views=5", "is 1 to 4, found 5"),
        ("adversarial.network.size=64", "should divide"),
    ],
)
def test_settings_that_do_not_go_together(setting: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_settings(make_config(setting))


@pytest.mark.slow
def test_a_tiny_set_is_learnt(tmp_path: Path) -> None:
    """Red and blue balls: samples come to look like them, from every side."""
    data = write_spheres(tmp_path / "data")
    settings = ["batch=8", "adversarial.r1_every=4", "latent.style_mixing=0", "optimiser.ema=0.98"]
    training.train(data, tmp_path / "run", make_config(*settings, "steps=1000"), resume=False)
    model = load_generator(tmp_path / "run")
    config = make_config()
    ours = training.render_samples(model, torch.randn(16, 8, generator=torch.Generator().manual_seed(1)), config)
    source = load_cached_characters(data, tmp_path / "run" / "cache" / "train", VIEWS, 32, print)
    true = torch.cat(
        [make_real_pictures(read_batch(source, [(i, m)]), 16)[:, :, :3] for i in range(4) for m in (False, True)]
    )
    nearest = (ours[:, None] - true[None]).square().mean(dim=(2, 3, 4, 5)).amin(dim=1)
    assert (10 * (4 / nearest).log10()).mean() > 16
