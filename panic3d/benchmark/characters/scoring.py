"""Predict the parameters of the characters of a dataset and compare them with the true ones, field by field."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from panic3d.datagen.synth.fields.catalogue import FIELDS
from panic3d.datasets.drawings import DRAWING, RENDER
from panic3d.models.character.codes import FieldCodes
from panic3d.models.character.network import CharacterNetwork, CharacterPrediction
from panic3d.models.character.portraits import LabelledPortrait, PortraitFolder, encode_all
from panic3d.models.character.regression import score_fields, summarise_prediction
from panic3d.runtime.files import write_atomically
from panic3d.runtime.progress import Progress

PICTURES = {"renders": RENDER, "drawings": DRAWING}
AT_ONCE = 32
MEANS = "all fields"
COLUMNS = {
    "accuracy": "accuracy",
    "top3": "among the 3 likeliest",
    "majority": "accuracy of the commonest value",
    "calibration": "expected calibration error",
    "r2": "R squared",
    "precision": "precision",
    "recall": "recall",
}
"""Heading of each score."""


def score_characters(network: CharacterNetwork, folder: PortraitFolder, limit: int | None) -> pd.DataFrame:
    """Return the scores of every field, one row per field, kind of picture and family of characters.

    `limit`: the number of characters, spread evenly over all.
    """
    codes = FieldCodes(network.config.outputs, FIELDS)
    everyone = folder.portraits
    if limit is not None and limit < len(everyone):
        everyone = [everyone[i] for i in np.linspace(0, len(everyone) - 1, limit).astype(int)]
    rows = []
    for family in sorted({portrait.family for portrait in everyone}):
        for title, picture in PICTURES.items():
            kept = [p for p in everyone if p.family == family and picture in p.pictures]
            if not kept:
                continue
            prediction, targets = _predict(network, folder, kept, picture), encode_all(kept, codes)
            found = {MEANS: summarise_prediction(prediction, targets, codes)} | score_fields(prediction, targets, codes)
            rows += [
                {"family": family, "pictures": title, "characters": len(kept), "field": field} | scores
                for field, scores in found.items()
            ]
    return pd.DataFrame(rows).reindex(columns=["family", "pictures", "characters", "field", *COLUMNS])


def write_scores(table: pd.DataFrame, out: Path) -> str:
    """Write `characters.csv` and `characters.md` into a folder, and return the lines of the means."""
    shown = table.rename(columns=COLUMNS)
    write_atomically(out / "characters.csv", table.to_csv(index=False).encode())
    write_atomically(out / "characters.md", (_format(shown) + "\n").encode())
    return _format(shown[shown["field"] == MEANS].drop(columns="field"))


def _format(table: pd.DataFrame) -> str:
    def write(value: Any) -> str:
        return "" if pd.isna(value) else f"{value:.3f}" if isinstance(value, float) else str(value)

    lines = [list(table.columns), ["---"] * len(table.columns), *table.map(write).values.tolist()]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _predict(
    network: CharacterNetwork, folder: PortraitFolder, portraits: Sequence[LabelledPortrait], picture: str
) -> CharacterPrediction:
    parts = []
    with Progress(f"predict {picture}", len(portraits)) as progress, torch.no_grad():
        for start in range(0, len(portraits), AT_ONCE):
            some = portraits[start : start + AT_ONCE]
            rgba = np.stack([folder.read_picture(portrait, picture) for portrait in some])
            parts.append(network(torch.from_numpy(rgba).permute(0, 3, 1, 2).contiguous()))
            for portrait in some:
                progress.step(portrait.key)
    return CharacterPrediction(*(torch.cat(tensors).float() for tensors in zip(*parts, strict=True)))
