"""The character network learns the parameters of two characters by heart, and says what it was trained on."""

import json
from pathlib import Path

import pytest
import torch

from helpers.heads.drawn_shards import write_drawn_dataset
from helpers.states import assert_states_equal
from panic3d.models.character.config import CharacterTrainConfig
from panic3d.models.character.training import train
from panic3d.models.engine.checkpoint import load_state, read_weights
from panic3d.models.engine.settings import apply_settings
from panic3d.runtime.errors import UserError

TINY = (
    "batch=8", "validation=1", "rarest=1", "bf16=off", "accelerator=cpu", "log_every=1", "model.whole_pixels=64",
    "model.face_pixels=64", "model.widths=[8, 8, 16, 16]", "model.hidden=64", "model.dropout=0", "optimiser.ema=0",
    "augmentation.recolour=0", "augmentation.matte=0", "calibration_batches=10",
)  # fmt: skip


def test_parameters_are_learnt_by_heart(tmp_path: Path) -> None:
    write_drawn_dataset(tmp_path / "data", 5)
    config = apply_settings(CharacterTrainConfig(), [*TINY, "steps=110", "optimiser.learning_rate=0.003"])
    train(tmp_path / "data", tmp_path / "run", config, False)
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    losses = [line["categories"] for line in lines if "categories" in line]
    assert losses[-1] < 0.25 * losses[0]
    scored = lines[-1]
    assert {
        f"validation_{name}_{view}" for name in ("accuracy", "r2", "calibration") for view in ("renders", "drawings")
    } <= set(scored)
    facts = read_weights(tmp_path / "run" / "weights.safetensors").facts
    assert facts["characters"] == 4
    assert facts["families"] == ["train2"]


def test_batch_statistics_are_computed_before_the_export_unless_no_batches_are_set(tmp_path: Path) -> None:
    write_drawn_dataset(tmp_path / "data", 2)
    exported = {}
    for batches in (0, 1, 4):
        run = tmp_path / f"{batches}"
        settings = [*TINY, "steps=2", "validation=0", "optimiser.ema=0.9", f"calibration_batches={batches}"]
        train(tmp_path / "data", run, apply_settings(CharacterTrainConfig(), settings), False)
        exported[batches] = read_weights(run / "weights.safetensors").tensors
    for batches in (1, 4):
        differing = [name for name in exported[0] if not torch.equal(exported[0][name], exported[batches][name])]
        assert differing and all("running" in name or "num_batches" in name for name in differing)
        counts = {int(t) for name, t in exported[batches].items() if name.endswith("num_batches_tracked")}
        assert counts == {batches}


def test_validations_leave_no_trace_in_the_state(tmp_path: Path) -> None:
    """A run that is killed after its last step and continued has no further validation before its state is saved."""
    write_drawn_dataset(tmp_path / "data", 2)
    averages = []
    for seconds in (0, 1000):
        settings = [*TINY, "steps=2", "validation=0", "optimiser.ema=0.9", f"validate_every_s={seconds}"]
        run = tmp_path / f"{seconds}"
        train(tmp_path / "data", run, apply_settings(CharacterTrainConfig(), settings), False)
        averages.append(load_state(run)["average"])
    assert_states_equal(averages[0], averages[1], "average")


def test_data_without_parameters_is_refused(tmp_path: Path) -> None:
    write_drawn_dataset(tmp_path, 2, with_parameters=False)
    with pytest.raises(UserError, match="parameters"):
        train(tmp_path, tmp_path / "run", apply_settings(CharacterTrainConfig(), ["steps=1"]), False)
