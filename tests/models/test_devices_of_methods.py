"""Networks of methods, line removers, LPIPS and CLIP run where they are told, and their results are on the CPU."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from helpers.devices.pretended import PRETENDED, PretendedTensor, pretend_device
from helpers.heads.drawn_shards import draw_character
from panic3d.benchmark.metrics import image
from panic3d.cameras.rigs import make_view_camera
from panic3d.models.baselines.eg3d import method as eg3d_method
from panic3d.models.baselines.eg3d.inversion import ProjectionConfig
from panic3d.models.baselines.eg3d.pti import PtiConfig
from panic3d.models.device import choose_device
from panic3d.models.line_removal.removers import MovableRemover, load_remover
from panic3d.models.method import MovableMethod, Portrait, load_method
from panic3d.models.reconstructor.method import PanicMethod
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.training.config import load_config
from panic3d.models.tagging.network import SmallTagger, TaggerConfig
from panic3d.weights.lpips import Lpips

SMALL_PAPER = (
    "model.picture_size=32", "model.superresolution.size=32", "model.superresolution.channels=4",
    "model.backbone.resolution=16", "model.backbone.channel_base=256", "model.backbone.channel_max=16",
    "model.backbone.z_dim=8", "model.backbone.w_dim=16", "model.backbone.semantic_channels=8",
    "model.inference.rays=16", "model.inference.coarse=8", "model.inference.fine=8", "model.inference.marching.size=16",
)  # fmt: skip


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return Portrait.from_render(draw_character(0)[0])


def assert_on_device(module: torch.nn.Module) -> None:
    assert {tensor.device for tensor in module.state_dict().values()} == {PRETENDED}
    assert all(isinstance(tensor, PretendedTensor) for tensor in module.state_dict().values())


def assert_usable(head: Any) -> None:
    view = head.render([make_view_camera("left")], 32)[0]
    assert isinstance(view.rgb, np.ndarray) and view.rgb.shape == (32, 32, 3) and np.isfinite(view.rgb).all()
    assert isinstance(head.mesh().vertices_head_m, np.ndarray)


@pytest.mark.parametrize("name", ["panic3d", "panic3d-unet", "pixelnerf", "pifu"])
def test_methods_reconstruct_on_their_device(name: str, portrait: Portrait, monkeypatch: pytest.MonkeyPatch) -> None:
    method: Any = load_method(name)
    with pretend_device(monkeypatch):
        method.to(PRETENDED.type)
        assert_on_device(method.model if name.startswith("panic3d") else method.network)
        assert_usable(method.reconstruct(portrait))


def test_the_published_way_renders_on_its_device(portrait: Portrait, monkeypatch: pytest.MonkeyPatch) -> None:
    """Volume rendering, super-resolution, stitch and mesh, with a tagger; the same head as on the CPU."""
    torch.manual_seed(0)
    noiseless = ("model.inference.noise=const", "model.inference.jitter=middle", "model.inference.cpu_renderer=false")
    model = Reconstructor(load_config("paper", [*SMALL_PAPER, *noiseless]).model).eval()
    method = PanicMethod(model, SmallTagger(TaggerConfig(features=8, tags=("a",))).eval())
    cameras = [make_view_camera("front"), make_view_camera("spin060")]
    expected = method.reconstruct(portrait).render(cameras, 32)
    with pretend_device(monkeypatch):
        method.to(PRETENDED.type)
        assert_on_device(method.model)
        assert isinstance(method.tagger, SmallTagger)
        assert_on_device(method.tagger)
        head = method.reconstruct(portrait)
        found = head.render(cameras, 32)
        assert_usable(head)
    for made, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(made.rgb, wanted.rgb, atol=2e-3)


@pytest.mark.parametrize("name", ["eg3d-img2stylegan", "eg3d-pti"])
def test_inversions_run_on_their_device(name: str, portrait: Portrait, monkeypatch: pytest.MonkeyPatch) -> None:
    few = ProjectionConfig(steps=2)
    monkeypatch.setattr(eg3d_method, "ProjectionConfig", lambda: few)
    monkeypatch.setattr(eg3d_method, "PtiConfig", lambda: PtiConfig(pivot=few, steps=2))
    monkeypatch.setattr("panic3d.models.baselines.eg3d.inversion.SPREAD_LATENTS", 8)
    method: Any = load_method(name)
    with pretend_device(monkeypatch):
        method.to(PRETENDED.type)
        assert_on_device(method.generator)
        assert method.lpips is None or next(method.lpips.parameters()).device == PRETENDED
        assert_usable(method.reconstruct(portrait))


def test_the_character_network_predicts_on_its_device(portrait: Portrait, monkeypatch: pytest.MonkeyPatch) -> None:
    method: Any = load_method("panic3d-character")
    with pretend_device(monkeypatch):
        method.to(PRETENDED.type)
        assert_on_device(method.network)
        assert method.predict(portrait)


@pytest.mark.parametrize("name", ["line-removal", "line-removal-paired", "albedo", "cyclegan", "ugatit"])
def test_line_removers_run_on_their_device(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rgba = draw_character(0)[0]
    remover = load_remover(name)
    expected = remover(rgba, None)
    assert isinstance(remover, MovableRemover)
    with pretend_device(monkeypatch):
        remover.to(PRETENDED.type)
        found = remover(rgba, None)
    assert isinstance(found, np.ndarray) and np.abs(found.astype(int) - expected).max() <= 1


def test_lpips_as_a_metric_moves_its_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    class Difference(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(()))

        def forward(self, prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
            return ((prediction - target).square() * self.scale).mean(dim=(1, 2, 3))

    module, pair = Lpips(Difference()), (torch.zeros(1, 3, 4, 4), torch.ones(1, 3, 4, 4))
    with pretend_device(monkeypatch):
        module.to(PRETENDED)
        found = image.lpips(module, *pair), image.lpips(module, *pair, signed=False)
        assert not any(isinstance(value, PretendedTensor) for value in found)
        assert [value.item() for value in found] == [4.0, 1.0]


def test_every_method_with_a_network_can_be_moved() -> None:
    for name in ("panic3d", "panic3d-unet", "panic3d-auto", "panic3d-character", "pixelnerf", "pifu", "eg3d-pti"):
        assert isinstance(load_method(name), MovableMethod), name


def test_commands_hand_the_device_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without a GPU `--device cuda` is refused in a sentence, by every command that has networks."""
    from panic3d.benchmark.commands import run, score
    from panic3d.commands import reconstruct

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    assert choose_device("auto") == "cpu"
    picture = tmp_path / "a.png"
    picture.touch()
    (tmp_path / "predictions").mkdir()
    commands: list[tuple[Any, list[str]]] = [
        (reconstruct, [str(picture), "--out", str(tmp_path)]),
        (run, ["--suite", str(tmp_path), "--method", "panic3d", "--out", str(tmp_path)]),
        (score, [str(tmp_path / "predictions"), "--suite", str(tmp_path), "--out", str(tmp_path)]),
    ]
    for command, arguments in commands:
        result = CliRunner().invoke(command, [*arguments, "--device", "cuda"])
        assert "PyTorch finds no CUDA device" in str(result.exception), command.name
