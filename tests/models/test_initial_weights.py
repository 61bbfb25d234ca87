"""A training that starts from the weights of another run."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from helpers.small_trainings import COMMON, SMALL_TRAININGS, write_training_data
from panic3d.models.engine.checkpoint import read_weights
from panic3d.models.training import train
from panic3d.runtime.errors import UserError

STILL = ("steps=1", "optimiser.learning_rate=0", "optimiser.ema=0", "seed=7")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_training_data(tmp_path_factory.mktemp("data"))["drawings"]


@pytest.fixture(scope="module")
def first(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = (*COMMON, *SMALL_TRAININGS["landmarks"][3], "steps=2")
    return train("landmarks", data, tmp_path_factory.mktemp("first"), None, settings)


def test_the_run_starts_from_the_weights_with_their_network(first: Path, data: Path, tmp_path: Path) -> None:
    own = [setting for setting in SMALL_TRAININGS["landmarks"][3] if not setting.startswith("model.")]
    found = train("landmarks", data, tmp_path / "run", None, (*COMMON, *own, *STILL, f"initial_weights={first}"))
    before, after = load_file(first), load_file(found)
    assert read_weights(found).config["model"] == read_weights(first).config["model"]
    for name, tensor in before.items():
        if "running" not in name and "tracked" not in name:
            assert torch.equal(tensor, after[name]), name
    other = train("landmarks", data, tmp_path / "other", None, (*COMMON, *SMALL_TRAININGS["landmarks"][3], *STILL))
    assert any(not torch.equal(tensor, load_file(other)[name]) for name, tensor in before.items())


def test_weights_that_do_not_fit_are_one_sentence(first: Path, data: Path, tmp_path: Path) -> None:
    settings = (*COMMON, *STILL, "validation=1", "batch=3")
    with pytest.raises(UserError, match="holds weights of 'landmarks', expected those of `panic3d train matting`"):
        train("matting", data, tmp_path / "a", None, (*settings, f"initial_weights={first}"))
    with pytest.raises(UserError, match="there are no weights"):
        train("landmarks", data, tmp_path / "b", None, (*settings, f"initial_weights={tmp_path / 'none'}"))
    with pytest.raises(UserError, match="should be"):
        train(
            "landmarks",
            data,
            tmp_path / "c",
            None,
            (*settings, f"initial_weights={first}", "model.size=64", "model.widths=[8, 8, 8, 16]"),
        )
