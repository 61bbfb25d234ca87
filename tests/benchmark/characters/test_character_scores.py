"""The scores of predicted parameters against a count by hand, and the command that writes them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner

from helpers.heads.drawn_shards import write_drawn_dataset
from panic3d.benchmark.commands import benchmark
from panic3d.datagen.synth.fields.field import read_field
from panic3d.datasets.drawings import RENDER
from panic3d.models.character.config import CharacterTrainConfig
from panic3d.models.character.method import load_character_network
from panic3d.models.character.portraits import PortraitFolder
from panic3d.models.character.training import train
from panic3d.models.engine.settings import apply_settings

TINY = (
    "batch=4", "validation=0", "rarest=1", "bf16=off", "accelerator=cpu", "steps=20", "model.whole_pixels=32",
    "model.face_pixels=32", "model.widths=[8, 8, 16]", "model.hidden=32", "optimiser.learning_rate=0.003",
    "calibration_batches=5",
)  # fmt: skip


def test_the_table_counts_right_answers_by_field(tmp_path: Path) -> None:
    write_drawn_dataset(tmp_path / "data", 5)
    train(tmp_path / "data", tmp_path / "run", apply_settings(CharacterTrainConfig(), TINY), False)
    arguments = ["characters", "--data", tmp_path / "data", "--weights", tmp_path / "run", "--out", tmp_path / "out"]
    ran = CliRunner().invoke(benchmark, [str(a) for a in arguments], catch_exceptions=False)
    assert "all fields" not in ran.output and "accuracy" in ran.output
    table = pd.read_csv(tmp_path / "out" / "characters.csv").set_index(["pictures", "field"])

    network, folder = load_character_network(tmp_path / "run"), PortraitFolder(tmp_path / "data")
    rgba = np.stack([folder.read_picture(portrait, RENDER) for portrait in folder.portraits])
    with torch.no_grad():
        logits = network(torch.from_numpy(rgba).permute(0, 3, 1, 2).contiguous()).categories
    names = network.config.outputs.categories
    columns = [i for i, name in enumerate(names) if name.startswith("hair.back=")]
    answers = [names[columns[int(row[columns].argmax())]].split("=")[1] for row in logits]
    true = [str(read_field(portrait.params, "hair.back")) for portrait in folder.portraits]
    right = np.mean([a == b for a, b in zip(answers, true, strict=True)])
    assert table.loc[("renders", "hair.back"), "accuracy"] == pytest.approx(right)
    assert table.loc[("renders", "hair.back"), "characters"] == 5
    shown = (tmp_path / "out" / "characters.md").read_text()
    assert shown.count("hair.back") == 2  # renders and drawings
