"""`panic3d train character`: the parameters of generated characters from their drawn and rendered front views."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from lightning_fabric import Fabric
from torch import Tensor

from panic3d.datagen.synth.fields.catalogue import FIELDS
from panic3d.datasets.drawings import DRAWING, RENDER
from panic3d.models.character.augmentation import augment_portrait
from panic3d.models.character.codes import FieldCodes
from panic3d.models.character.config import CharacterTrainConfig
from panic3d.models.character.decoded_pictures import DecodedPictures
from panic3d.models.character.losses import compute_terms
from panic3d.models.character.network import CharacterNetwork, CharacterPrediction
from panic3d.models.character.portraits import LabelledPortrait, PortraitFolder, encode_all, select_outputs
from panic3d.models.character.regression import summarise_prediction
from panic3d.models.engine.batch_statistics import recompute_batch_statistics
from panic3d.models.engine.loop import run_training
from panic3d.models.engine.task import NetworkTask
from panic3d.models.engine.update import Terms
from panic3d.models.engine.validation import choose_validation
from panic3d.runtime.errors import UserError

logger = logging.getLogger(__name__)

VALIDATED_AT_ONCE = 50
TITLES = {"renders": RENDER, "drawings": DRAWING}
Prediction = tuple[int, tuple[np.ndarray, ...]]
"""A character's place among those kept from training, and the values of its `CharacterPrediction`."""
CALIBRATION_STREAM = 2**32 - 1
"""The number of the random stream of the batches for batch normalisation, which no step has."""


def train(data: Path, run: Path, config: CharacterTrainConfig, resume: bool) -> None:
    """Train on a dataset folder into a run folder. Raises UserError if no sample has a character's parameters."""
    folder = PortraitFolder(data)
    everyone = folder.portraits
    chosen = set(choose_validation(len(everyone), config.validation))
    training = [portrait for i, portrait in enumerate(everyone) if i not in chosen]
    validation = [everyone[i] for i in sorted(chosen)]
    if not config.model.outputs.categories:
        outputs = select_outputs(training, FIELDS, config.rarest)
        if not outputs.categories:
            raise UserError(f"no value is had by {config.rarest} of {len(training)} characters: set rarest lower")
        config = replace(config, model=replace(config.model, outputs=outputs))
    cache = Path(config.cache) if config.cache else run / "cache"

    def build(fabric: Fabric) -> CharacterTask:
        return CharacterTask(fabric, config, DecodedPictures(folder, cache), training, validation)

    run_training(build, run, config, resume)


class CharacterTask(NetworkTask):
    """The network, its pictures and its losses."""

    config: CharacterTrainConfig
    best_by = ("accuracy_drawings", "accuracy_renders")

    def __init__(
        self,
        fabric: Fabric,
        config: CharacterTrainConfig,
        pictures: DecodedPictures,
        training: list[LabelledPortrait],
        validation: list[LabelledPortrait],
    ) -> None:
        super().__init__(fabric, config, CharacterNetwork(config.model))
        self.pictures, self.training, self.validation = pictures, training, validation
        self.codes = FieldCodes(config.model.outputs, FIELDS)
        self.targets = encode_all(training, self.codes)
        logger.info(
            "%d characters to train on, %d to validate on; %d categorical fields, %d numbers, %d members",
            len(training), len(validation), len(self.codes.sizes), len(self.codes.continuous), self.targets[2].shape[1],
        )  # fmt: skip

    def losses(self, step: int) -> Terms:
        random = self.random(step)
        chosen = random.integers(0, len(self.training), self.share)
        pictures = np.stack([self.sample(self.training[i], random) for i in chosen])
        prediction = self.network(self.to_tensor(pictures))
        categories, numbers, members = (torch.from_numpy(t[chosen]).to(self.fabric.device) for t in self.targets)
        return compute_terms(prediction, categories, numbers, members, self.codes.sizes)

    def sample(self, portrait: LabelledPortrait, random: np.random.Generator) -> Float[np.ndarray, "S S 4"]:
        """Return one of a character's pictures, changed at random."""
        drawn = DRAWING in portrait.pictures and (
            RENDER not in portrait.pictures or random.random() >= self.config.render
        )
        picture = self.pictures.read(portrait, DRAWING if drawn else RENDER)
        return augment_portrait(picture, self.config.augmentation, random)

    def to_tensor(self, pictures: Float[np.ndarray, "B S S 4"]) -> Float[Tensor, "B 4 S S"]:
        return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous().to(self.fabric.device)

    def calibrate(self) -> None:
        if not self.config.calibration_batches:
            return
        random = np.random.Generator(np.random.PCG64([self.config.seed, CALIBRATION_STREAM]))
        batches = (
            self.to_tensor(np.stack([self.sample(self.training[i], random) for i in chosen]))
            for chosen in random.integers(0, len(self.training), (self.config.calibration_batches, self.config.batch))
        )
        recompute_batch_statistics(self.model, batches)

    def list_validation_keys(self) -> Sequence[str]:
        return [portrait.key for portrait in self.validation]

    def score_samples(self, chosen: Sequence[int]) -> list[dict[str, Prediction]]:
        """Return the prediction from each picture of each character."""
        records: list[dict[str, Prediction]] = [{} for _ in chosen]
        for title, name in TITLES.items():
            kept = [(i, place) for i, place in enumerate(chosen) if name in self.validation[place].pictures]
            for first in range(0, len(kept), VALIDATED_AT_ONCE):
                some = kept[first:][:VALIDATED_AT_ONCE]
                pictures = np.stack([self.pictures.read(self.validation[place], name) for _, place in some])
                predicted = [tensor.float().cpu().numpy() for tensor in self.model(self.to_tensor(pictures))]
                for row, (i, place) in enumerate(some):
                    records[i][title] = place, tuple(values[row] for values in predicted)
        return records

    def summarise_scores(self, records: Sequence[dict[str, Prediction]]) -> dict[str, float]:
        """Return accuracy, calibration and explained variance, of renders and of drawings."""
        found: dict[str, float] = {}
        for title in TITLES:
            kept = [record[title] for record in records if title in record]
            if not kept:
                continue
            columns = zip(*(values for _, values in kept), strict=True)
            joined = CharacterPrediction(*(torch.from_numpy(np.stack(column)) for column in columns))
            true = encode_all([self.validation[place] for place, _ in kept], self.codes)
            found |= {f"{key}_{title}": value for key, value in summarise_prediction(joined, true, self.codes).items()}
        return found

    def facts(self) -> dict[str, Any]:
        return {"characters": len(self.training), "families": sorted({p.family for p in self.training})}

    def list_training_keys(self) -> Sequence[str]:
        return [portrait.key for portrait in self.training]
