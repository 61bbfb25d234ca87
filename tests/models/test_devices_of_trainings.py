"""Every training keeps its tensors on its device: shown on a device that refuses to be mixed with the CPU."""

from pathlib import Path
from typing import Any

import pytest
import torch

from helpers.devices.pretended import PRETENDED, MixedDevices, PretendedTensor, pretend_device
from helpers.small_trainings import SMALL_TRAININGS, train_small, write_training_data
from panic3d.models.baselines.eg3d import training as eg3d_training
from panic3d.models.engine.loop import TrainingRun

SLOW = ("reconstructor by volume rendering", "eg3d", "ugatit")
TRAININGS = [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in SMALL_TRAININGS]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_training_data(tmp_path_factory.mktemp("data"))


def test_the_pretended_device_refuses_what_a_gpu_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with pretend_device(monkeypatch):
        there, here = torch.ones(2, 3).to(PRETENDED), torch.ones(2, 3)
        assert isinstance(there + 1, PretendedTensor) and (there + torch.tensor(1.0)).sum().item() == 12
        assert (there.cpu() + here).sum() == 12 and there[torch.tensor([0])].device == PRETENDED
        for forbidden in (lambda: there + here, lambda: torch.cat([there, here]), lambda: here[there.long()]):
            with pytest.raises(MixedDevices):
                forbidden()
        with pytest.raises((RuntimeError, TypeError)):
            there.numpy()
        with pytest.raises(MixedDevices, match="generator"):
            torch.rand(3, device=PRETENDED, generator=torch.Generator())


@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_stays_on_its_device(
    name: str, data: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps, validation, sample sheet and export, then a resume and the same again."""
    monkeypatch.setattr(eg3d_training, "SCORED_SAMPLES", 8)
    validated: list[torch.device] = []
    validate = TrainingRun._export_and_validate

    def note_devices(run: TrainingRun, *arguments: Any) -> None:
        validated.append(next(iter(run.average.tensors.values())).device)
        validated.append(next(run.task.model.parameters()).device)
        validate(run, *arguments)

    monkeypatch.setattr(TrainingRun, "_export_and_validate", note_devices)
    with pretend_device(monkeypatch):
        train_small(name, data, tmp_path, "steps=2")
        train_small(name, data, tmp_path, "steps=4", resume=True)
    assert validated and set(validated) == {PRETENDED}
    assert (tmp_path / "weights.safetensors").is_file()
