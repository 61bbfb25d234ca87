"""What the training engine gives every model: files, exact resumption, the processor clock, averages, Ctrl-C."""

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from helpers.small_trainings import SMALL_TRAININGS, train_small, write_training_data
from helpers.states import assert_states_equal
from panic3d.models.baselines.eg3d import training as eg3d_training
from panic3d.models.engine.checkpoint import read_avatars
from panic3d.models.engine.metrics import MetricsLog
from panic3d.registry import find_entries

SLOW = ("reconstructor by volume rendering", "pixelnerf", "pifu", "eg3d")
"""These take seconds; their own tests have the exact resumption among the fast ones."""
TRAININGS = [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in SMALL_TRAININGS]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_training_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eg3d_training, "SCORED_SAMPLES", 8)


def state(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = torch.load(run / "state.pt", weights_only=True)
    return found


def metrics(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def steps(run: Path) -> list[dict[str, Any]]:
    """Return the records of the steps, without those of validations and without times."""
    return [{**record, "seconds": 0} for record in metrics(run) if "gradient" in record]


def test_every_model_of_the_registry_is_tried() -> None:
    assert {model for model, *_ in SMALL_TRAININGS.values()} == set(find_entries("model"))


@pytest.mark.parametrize("name", TRAININGS)
def test_a_run_resumes_exactly(
    name: str, data: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state after two steps leads to the same as the run that went on: weights, averages, optimisers, positions."""
    whole, parts, write = tmp_path / "whole", tmp_path / "parts", MetricsLog.write

    def copy_state_of_step_2(log: MetricsLog, record: dict[str, Any]) -> None:
        if record["step"] == 3 and not parts.exists():  # written before the state of step 3 is
            parts.mkdir()
            shutil.copy(whole / "state.pt", parts)
        write(log, record)

    settings = ("steps=4", "save_every_s=0", "validate_every_s=1000")
    with monkeypatch.context() as patch:
        patch.setattr(MetricsLog, "write", copy_state_of_step_2)
        train_small(name, data, whole, *settings)
    early = state(parts)
    train_small(name, data, parts, *settings, resume=True)
    late, resumed = state(whole), state(parts)
    assert late.pop("seconds") > 0 < resumed.pop("seconds")
    assert_states_equal(late, resumed)
    assert (early["step"], late["step"]) == (2, 4)
    assert late["optimiser"]["param_groups"][0]["lr"] > 0
    moved = max((late["average"][key].float() - early["average"][key].float()).abs().max() for key in late["average"])
    assert moved > 0, "the second half of the run changed nothing"
    assert_states_equal(load_file(whole / "weights.safetensors"), load_file(parts / "weights.safetensors"))
    assert read_avatars(whole) and read_avatars(whole) == read_avatars(parts / "weights.safetensors")
    assert {"config.yaml", "metrics.jsonl", "weights.safetensors"} <= {path.name for path in parts.iterdir()}
    taken, repeated = steps(whole), steps(parts)
    assert [record["step"] for record in taken] == [1, 2, 3, 4] and taken[2:] == repeated


@pytest.mark.parametrize("name", TRAININGS)
def test_minutes_count_the_processors_time(
    name: str, data: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A processor that works 4 seconds between two looks at its clock: a run of 20 seconds has a few steps."""
    seconds = iter(range(0, 10**6, 4))
    monkeypatch.setattr(time, "process_time", lambda: float(next(seconds)))
    train_small(name, data, tmp_path, f"minutes={20 / 60}", "clock=processor")
    assert 20 <= state(tmp_path)["seconds"] < 28
    assert 3 <= state(tmp_path)["step"] <= 5


@pytest.mark.parametrize("name", ["landmarks", "line-removal", "cyclegan", "reconstructor"])
def test_the_export_is_the_moving_average(name: str, data: dict[str, Path], tmp_path: Path) -> None:
    train_small(name, data, tmp_path / "averaged", "steps=2", "optimiser.ema=0.9")
    train_small(name, data, tmp_path / "last", "steps=2", "optimiser.ema=0")
    averaged, last = (load_file(tmp_path / run / "weights.safetensors") for run in ("averaged", "last"))
    assert averaged.keys() == last.keys()
    assert any(not torch.equal(averaged[key], last[key]) for key in averaged)
    current = {**state(tmp_path / "last").get("model", {}), **state(tmp_path / "last").get("networks", {})}
    for key in last.keys() & current.keys():
        assert torch.equal(last[key], current[key].to(last[key].dtype)), key


@pytest.mark.parametrize("name", ["matting", "tagger", "ugatit"])
def test_an_interrupted_run_saves_its_state(
    name: str, data: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(log: MetricsLog, record: dict[str, Any]) -> None:
        if record["step"] == 2 and "gradient" in record:  # not at the validation after it
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(MetricsLog, "write", interrupt)
        with pytest.raises(SystemExit) as stopped:
            train_small(name, data, tmp_path, "steps=5")
    assert stopped.value.code == 130
    assert state(tmp_path)["step"] == 2
    train_small(name, data, tmp_path, "steps=5", resume=True)
    assert state(tmp_path)["step"] == 5
