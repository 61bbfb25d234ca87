"""Damaged weights, states and configurations of runs end in one sentence."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from helpers.disks.small_disk import limit_file_sizes
from panic3d.models.engine.checkpoint import STATE, load_network, load_state, save_state
from panic3d.models.engine.config import RunConfig
from panic3d.models.engine.settings import read_config
from panic3d.models.line_removal.networks import LineRemovalNetworks, LineRemovalNetworksConfig
from panic3d.models.line_removal.removers import load_remover
from panic3d.runtime.errors import UserError


@dataclass(frozen=True)
class SizeConfig:
    """The size of a small network."""

    width: int = 3


@dataclass(frozen=True)
class SmallConfig(RunConfig):
    """A run of a small network."""

    model: SizeConfig = field(default_factory=SizeConfig)


def load(path: Path) -> nn.Module:
    return load_network(path, "small", SizeConfig, lambda config: nn.Linear(config.width, 1))


GOOD = {"weight": torch.ones(1, 3), "bias": torch.ones(1)}
CONFIG = "model_kind: small\nmodel: {width: 3}"


@pytest.mark.parametrize(
    ("tensors", "config", "facts"),
    [
        ({**GOOD, "weight": torch.tensor([[1.0, float("nan"), 1.0]])}, CONFIG, "{}"),
        ({**GOOD, "bias": torch.tensor([float("inf")])}, CONFIG, "{}"),
        (GOOD, "model_kind: small", "{}"),
        (GOOD, "[1, 2]", "{}"),
        (GOOD, "{1: 2, model_kind: small, model: {}}", "{}"),
        (GOOD, "model_kind: small\nmodel: [3]", "{}"),
        (GOOD, "model_kind: small\nmodel: {3: 4}", "{}"),
        (GOOD, "model_kind: small\nmodel: {width: -3}", "{}"),
        (GOOD, "model_kind: [", "{}"),
        (GOOD, "[" * 100_000, "{}"),
        (GOOD, CONFIG, "[]"),
        (GOOD, CONFIG, "{"),
        (GOOD, CONFIG, "[" * 100_000),
    ],
)
def test_damaged_weights(tmp_path: Path, tensors: dict[str, Any], config: str, facts: str) -> None:
    path = tmp_path / "weights.safetensors"
    save_file(GOOD, path, {"schema": "1", "config": CONFIG, "facts": "{}"})
    load(path)
    save_file(tensors, path, {"schema": "1", "config": config, "facts": facts})
    with pytest.raises(UserError) as found:
        load(path)
    said = str(found.value).replace(str(tmp_path), "")
    assert len(said) <= 300
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda config: nn.Linear(10**10, config.width), "larger than the 2 tensors"),
        (lambda config: nn.ModuleList(nn.Linear(1, 1) for _ in range(10**9)), "larger than the 2 tensors"),
        (lambda config: nn.Linear(config.width + 1, 1), "tensor weight should be"),
    ],
)
def test_a_network_larger_than_the_file_takes_no_memory(
    tmp_path: Path, build: Callable[[SizeConfig], nn.Module], said: str
) -> None:
    path = tmp_path / "weights.safetensors"
    save_file(GOOD, path, {"schema": "1", "config": CONFIG, "facts": "{}"})
    with pytest.raises(UserError, match=said):
        load_network(path, "small", SizeConfig, build)
    load(path)


@pytest.mark.parametrize(
    "settings", ["width: 100000000", "discriminator_width: 100000000", "width: 100000000\n  discriminator_width: 99999"]
)
def test_a_line_remover_with_a_forged_width_takes_no_memory(tmp_path: Path, settings: str) -> None:
    path = tmp_path / "weights.safetensors"
    small = LineRemovalNetworks(LineRemovalNetworksConfig(width=2, discriminator_width=2))
    tensors = {name: tensor.contiguous() for name, tensor in small.state_dict().items()}
    save_file(tensors, path, {"schema": "1", "config": f"model_kind: line-removal\nmodel:\n  {settings}"})
    with pytest.raises(UserError, match=r"larger than the|should be"):
        load_remover(f"line-removal={path}")


def test_flipped_bits_of_a_state_are_noticed(tmp_path: Path) -> None:
    save_state(tmp_path, {"step": 3, "seconds": 1.0, "average": {"a": torch.arange(1000.0)}})
    assert load_state(tmp_path)["step"] == 3
    whole = (tmp_path / STATE).read_bytes()
    at = whole.index(np.arange(1000, dtype=np.float32).tobytes()) + 400
    (tmp_path / STATE).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(UserError, match="start again without --resume"):
        load_state(tmp_path)


@pytest.mark.parametrize("state", [[1], {}, {"step": "a", "seconds": 1.0}, {"step": -1, "seconds": 0.0}])
def test_a_state_of_another_kind(tmp_path: Path, state: Any) -> None:
    torch.save(state, tmp_path / STATE)
    with pytest.raises(UserError, match="start again without --resume"):
        load_state(tmp_path)


@pytest.mark.parametrize("text", [b"[1]", b"\xff\xfe", b"[" * 100_000, b"1: 2", b"steps: [1]", b"model: 3", b"a: *b"])
def test_a_mangled_config(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "config.yaml").write_bytes(text)
    with pytest.raises(UserError) as found:
        read_config(tmp_path / "config.yaml", SmallConfig)
    assert len(str(found.value).splitlines()) == 1


def test_a_state_for_which_the_disk_has_no_space_is_an_error_of_the_disk(tmp_path: Path) -> None:
    save_state(tmp_path, {"step": 1})
    for size_bytes in (0, 1000, 5000, 8192, 10_000, 200_000):  # torch's writer fails in another way at each
        with limit_file_sizes(size_bytes), pytest.raises(OSError, match="File too large"):
            save_state(tmp_path, {"step": 2, "seconds": 0.0, "weight": torch.zeros(300, 1000)})
    assert torch.load(tmp_path / STATE, weights_only=True) == {"step": 1}
    assert [path.name for path in tmp_path.iterdir()] == [STATE]
