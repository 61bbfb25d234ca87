"""Two processes train by volume rendering as one does, stopped and resumed or not; so do the parts of a batch."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from helpers.small_trainings import start_training, train_small, write_training_data
from helpers.states import assert_states_equal
from panic3d.models.engine.config import RunConfig
from panic3d.models.engine.seeds import SampleGenerators
from panic3d.weights.lpips import load_lpips

NAME = "reconstructor by volume rendering"
LEARNT = ("model", "average", "discriminator")
SETTINGS = (
    "batch=4", "adversarial.network.group=2", "validation=0", "volume.rays=8", "volume.density_points=20",
    # low rates: rounding errors grow with the steps of an optimiser that divides by the size of the gradient
    "optimiser.learning_rate=2e-4", "adversarial.learning_rate=2e-4",
)  # fmt: skip
TOLERANCE, ROUNDING, MIN_CHANGE = 2e-5, 1e-6, 2e-4


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_training_data(tmp_path_factory.mktemp("data"))


def read_state(run: Path) -> dict[str, Any]:
    return torch.load(run / "state.pt", weights_only=True)


def assert_same_training(one: dict[str, Any], two: dict[str, Any], start: dict[str, Any]) -> None:
    """Fail unless two runs differ by rounding errors, or by at most a fiftieth of what one learnt since the first step.

    Rounding errors grow with every update by Adam, and the published order has six a step.
    """
    for part in LEARNT:
        moved = max((one[part][name] - start[part][name]).abs().max().item() for name in one[part])
        assert moved > MIN_CHANGE, part
        for name, tensor in one[part].items():
            allowed = max(TOLERANCE, moved / 50) + ROUNDING * tensor.abs().max()
            assert (tensor - two[part][name]).abs().max() < allowed, f"{part}.{name}"


def compare_processes(data: dict[str, Path], folder: Path, steps: int, *settings: str) -> None:
    """Train with one process, with two, and for one step; compare what was learnt."""
    two = start_training(NAME, data, folder / "2", *SETTINGS, f"steps={steps}", "devices=2", *settings)
    train_small(NAME, data, folder / "1", *SETTINGS, f"steps={steps}", *settings)
    train_small(NAME, data, folder / "start", *SETTINGS, "steps=1", *settings)
    assert two.wait() == 0
    assert_same_training(*(read_state(folder / name) for name in ("1", "2", "start")))


def test_two_processes_give_the_networks_of_one(data: dict[str, Path], tmp_path: Path) -> None:
    compare_processes(data, tmp_path, 2, "volume.order=fused", "loss.lpips=0")


@pytest.mark.slow
@pytest.mark.parametrize("order", ["fused", "separate"])
@pytest.mark.parametrize("lpips", [0, 20])
def test_two_processes_give_the_networks_of_one_in_either_order(
    data: dict[str, Path], tmp_path: Path, order: str, lpips: int
) -> None:
    if lpips and load_lpips() is None:
        pytest.skip("no LPIPS weights")
    compare_processes(data, tmp_path, 4, f"volume.order={order}", f"loss.lpips={lpips}")


@pytest.mark.slow
@pytest.mark.parametrize("order", ["fused", "separate"])
def test_two_processes_that_are_stopped_and_resumed_are_exact(
    data: dict[str, Path], tmp_path: Path, order: str
) -> None:
    settings = [*SETTINGS, "steps=12", "devices=2", f"volume.order={order}"]
    stopped = start_training(NAME, data, tmp_path / "parts", *settings)
    metrics = tmp_path / "parts" / "metrics.jsonl"
    while stopped.poll() is None and (not metrics.exists() or metrics.read_text().count("\n") < 3):
        time.sleep(0.01)
    stopped.send_signal(signal.SIGTERM)
    assert stopped.wait() == 128 + signal.SIGTERM
    assert 3 <= json.loads(metrics.read_text().splitlines()[-1])["step"] < 12
    assert start_training(NAME, data, tmp_path / "parts", *settings, resume=True).wait() == 0
    assert start_training(NAME, data, tmp_path / "whole", *settings).wait() == 0
    whole, parts = read_state(tmp_path / "whole"), read_state(tmp_path / "parts")
    for part in (*LEARNT, "optimiser", "discriminator_optimiser"):
        assert_states_equal(whole[part], parts[part], part)


@pytest.mark.parametrize("order", ["fused", "separate"])
def test_a_batch_in_parts_gives_the_networks_of_the_whole(data: dict[str, Path], tmp_path: Path, order: str) -> None:
    """Each part holds a group of the discriminator's deviation."""
    for parts in (1, 2):
        settings = [f"volume.order={order}", f"accumulate={parts}", "steps=2"]
        train_small(NAME, data, tmp_path / str(parts), *SETTINGS, *settings)
    train_small(NAME, data, tmp_path / "start", *SETTINGS, f"volume.order={order}", "steps=1")
    assert_same_training(*(read_state(tmp_path / name) for name in ("1", "2", "start")))


def test_random_numbers_belong_to_a_sample_and_a_step() -> None:
    config = RunConfig(seed=3, batch=6)
    whole = SampleGenerators.from_step(config, 5, 0, 1)
    normal, uniform = whole.draw_normal(2, 3), whole.draw_uniform(4)
    assert normal.shape == (6, 2, 3) and 0 <= uniform.min() < uniform.max() < 1
    for rank in range(2):
        part = SampleGenerators.from_step(config, 5, rank, 2).select(slice(1, None, 2))
        assert torch.equal(part.draw_normal(2, 3), normal[rank::2][1::2])
        assert torch.equal(part.draw_uniform(4), uniform[rank::2][1::2])
    assert not torch.equal(whole.draw_uniform(4), uniform), "the next ones are others"
    rows = torch.cat([normal, SampleGenerators.from_step(config, 6, 0, 1).draw_normal(2, 3)])
    assert len({tuple(row.flatten().tolist()) for row in rows}) == 12, "no two samples or steps have the same ones"


def test_groups_that_the_processes_tear_apart_are_warned_of(
    data: dict[str, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("WARNING", "panic3d"):
        train_small(NAME, data, tmp_path / "1", *SETTINGS, "steps=1", "accumulate=2")
        assert not any("adversarial.network.group" in line for line in caplog.messages)
        train_small(NAME, data, tmp_path / "2", *SETTINGS, "steps=1", "accumulate=4")
    assert any("groups of 1 pictures" in line and "adversarial.network.group=2" in line for line in caplog.messages)
