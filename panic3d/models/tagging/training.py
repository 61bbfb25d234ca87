"""`panic3d train tagger`: tags of generated characters from their front views, drawn and rendered."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, UInt8
from lightning_fabric import Fabric
from torch import Tensor

from panic3d.cameras.compositing import premultiply
from panic3d.models.engine.batch_statistics import recompute_batch_statistics
from panic3d.models.engine.config import RunConfig
from panic3d.models.engine.loop import run_training
from panic3d.models.engine.task import NetworkTask
from panic3d.models.engine.update import Terms
from panic3d.models.engine.validation import choose_validation
from panic3d.models.portrait.alignment.warp import warp_affine
from panic3d.models.portrait.training.augmentation import degrade, sample_linear_map
from panic3d.models.portrait.training.characters import LabelledCharacter, read_characters
from panic3d.models.tagging.network import ResnetTagger, TaggerConfig, build_tagger
from panic3d.models.tagging.precision import compute_tag_precision
from panic3d.runtime.errors import UserError

logger = logging.getLogger(__name__)

MIRRORED_WORDS = {"left": "right", "right": "left"}
VALIDATED_AT_ONCE = 100
CALIBRATION_STREAM = 2**32 - 1
"""The number of the random stream of the calibration, which no step has."""
TagRecord = tuple[dict[str, Float[np.ndarray, "K"]], Bool[np.ndarray, "K"]]
"""Logits by kind of picture, and which tags are true."""


@dataclass(frozen=True)
class JitterConfig:
    """Random motion of the training pictures; standard deviations."""

    shift: float = 0.03
    """In sides of the picture."""
    zoom: float = 0.06
    """Of the logarithm of the scale."""
    turn_rad: float = 0.06
    stretch: float = 0.03
    shear: float = 0.02


@dataclass(frozen=True)
class TaggerTrainConfig(RunConfig):
    """A run of the tagger."""

    model_kind: str = "tagger"
    batch: int = 32
    labels: str = ""
    """A labels.jsonl of the characters, if the shards' metadata has no tags."""
    validation: int = 200
    """Characters kept from training; none if there are fewer than 5 times as many."""
    validation_limit: int = 0
    """All: the precision of a rare tag needs many characters, and scoring one takes milliseconds."""
    rarest: int = 20
    """Tags of fewer characters are left out; so are tags that all characters have."""
    render: float = 0.6
    """Share of renders among the pictures, where there are drawings too."""
    mirror: bool = True
    """Mirror half of the pictures; their tags exchange left and right."""
    log_every: int = 50
    calibration: int = 512
    """Pictures to which the components of resnet50's features and its statistics of batch normalisation are fitted."""
    jitter: JitterConfig = field(default_factory=JitterConfig)
    model: TaggerConfig = field(default_factory=TaggerConfig)


def train(data: Path, run: Path, config: TaggerTrainConfig, resume: bool) -> None:
    """Train on a dataset folder into a run folder. Raises UserError if no character has tags."""
    everyone = [c for c in read_characters(data, config.model.size, config.labels) if c.tags]
    if not everyone:
        raise UserError(f"no character in {data} has tags: give --labels .../labels.jsonl of `panic3d synth`")
    training, validation = split_characters(everyone, config.validation)
    if not config.model.tags:
        tags = select_vocabulary(training, config.rarest)
        config = replace(config, model=replace(config.model, tags=tags))
    run_training(lambda fabric: TaggerTask(fabric, config, training, validation), run, config, resume)


def split_characters(
    everyone: Sequence[LabelledCharacter], kept: int
) -> tuple[list[LabelledCharacter], list[LabelledCharacter]]:
    """Return characters to train on and to validate on, the latter evenly from the sorted keys.

    Pictures of one character, such as a drawing and a render, are on the same side.
    """
    keys = sorted({c.key for c in everyone})
    chosen = {keys[i] for i in choose_validation(len(keys), kept)}
    return [c for c in everyone if c.key not in chosen], [c for c in everyone if c.key in chosen]


def select_vocabulary(training: Sequence[LabelledCharacter], rarest: int) -> tuple[str, ...]:
    """Return the tags that at least `rarest` characters have, and not all. Raises UserError if there is none."""
    count = Counter(tag for character in training for tag in character.tags)
    found = tuple(sorted(tag for tag, n in count.items() if rarest <= n < len(training)))
    if not found:
        raise UserError(f"no tag is had by {rarest} of {len(training)} characters and not by all: set rarest lower")
    return found


def mirror_tag(tag: str) -> str:
    """Return the tag of the mirrored picture: left and right are exchanged."""
    return "_".join(MIRRORED_WORDS.get(word, word) for word in tag.split("_"))


class TaggerTask(NetworkTask):
    """The tagger, its pictures and its loss."""

    config: TaggerTrainConfig
    best_by = ("precision_drawings", "precision_renders")

    def __init__(
        self,
        fabric: Fabric,
        config: TaggerTrainConfig,
        training: list[LabelledCharacter],
        validation: list[LabelledCharacter],
    ) -> None:
        super().__init__(fabric, config, build_tagger(config.model))
        self.training, self.validation = training, validation
        self.tag_index = {tag: i for i, tag in enumerate(config.model.tags)}
        count, kept = (len({c.key for c in some}) for some in (training, validation))
        logger.info("%d characters to train on, %d to validate on, %d tags", count, kept, len(self.tag_index))

    def losses(self, step: int) -> Terms:
        """Return the binary cross-entropy, summed over tags."""
        random = self.random(step)
        chosen = random.integers(0, len(self.training), self.share)
        rgb, true = zip(*(self.sample(self.training[i], random) for i in chosen), strict=True)
        device = self.fabric.device
        logits = self.network(torch.from_numpy(np.stack(rgb)).permute(0, 3, 1, 2).contiguous().to(device))
        target = torch.from_numpy(np.stack(true)).float().to(device)
        return {"tags": F.binary_cross_entropy_with_logits(logits.float(), target) * target.shape[1]}

    def sample(
        self, character: LabelledCharacter, generator: np.random.Generator
    ) -> tuple[Float[np.ndarray, "S S 3"], Bool[np.ndarray, "K"]]:
        """Return a character's drawing or render on black, moved at random, and its tags."""
        drawn = len(character.pictures) == 1 or generator.random() >= self.config.render
        flipped = self.config.mirror and generator.random() < 0.5
        rgba = jitter_picture(character.pictures[0 if drawn else 1], self.config.jitter, flipped, generator)
        tags = (mirror_tag(tag) if flipped else tag for tag in character.tags)
        return degrade(rgba[..., :3], generator), self.encode_tags(tags)

    def encode_tags(self, tags: Iterable[str]) -> Bool[np.ndarray, "K"]:
        """Return which tags of the vocabulary are among these."""
        true = np.zeros(len(self.tag_index), bool)
        true[[self.tag_index[tag] for tag in tags if tag in self.tag_index]] = True
        return true

    def calibrate(self) -> None:
        """Fit the components of a ResNet's features to the averaged weights; the small tagger has none."""
        if not isinstance(self.model, ResnetTagger):
            return
        random = np.random.Generator(np.random.PCG64([self.config.seed, CALIBRATION_STREAM]))
        recompute_batch_statistics(self.model, self._iterate_calibration(random))  # of the averaged weights
        maps = [
            self.model.compute_maps(self.model.prepare(rgb))[-1].permute(0, 2, 3, 1).flatten(0, 2)
            for rgb in self._iterate_calibration(random)
        ]
        self.model.fit_components(torch.cat(maps))

    def _iterate_calibration(self, random: np.random.Generator) -> Iterator[Float[Tensor, "B 3 S S"]]:
        batches = max(1, self.config.calibration // self.config.batch)
        for chosen in random.integers(0, len(self.training), (batches, self.config.batch)):
            rgb = np.stack([self.sample(self.training[i], random)[0] for i in chosen])
            yield torch.from_numpy(rgb).permute(0, 3, 1, 2).contiguous().to(self.fabric.device)

    def list_validation_keys(self) -> Sequence[str]:
        return sorted({character.key for character in self.validation})

    def score_samples(self, chosen: Sequence[int]) -> list[TagRecord]:
        """Return the logits of each character's pictures, by kind, and its true tags."""
        keys = self.list_validation_keys()
        characters = {character.key: character for character in self.validation}
        records: list[TagRecord] = [({}, self.encode_tags(characters[keys[place]].tags)) for place in chosen]
        for name, picture in (("renders", -1), ("drawings", 0)):
            kept = [(characters[keys[place]], i) for i, place in enumerate(chosen)]
            kept = [(c, i) for c, i in kept if name == "renders" or len(c.pictures) == 2]
            for first in range(0, len(kept), VALIDATED_AT_ONCE):
                some = kept[first:][:VALIDATED_AT_ONCE]
                on_black = np.stack([premultiply(c.pictures[picture])[..., :3] for c, _ in some]).transpose(0, 3, 1, 2)
                logits = self.model(torch.from_numpy(on_black).to(self.fabric.device)).float().cpu().numpy()
                for (_, i), row in zip(some, logits, strict=True):
                    records[i][0][name] = row
        return records

    def summarise_scores(self, records: Sequence[TagRecord]) -> dict[str, float]:
        """Return the mean average precision over tags, of renders and of drawings."""
        found = {}
        for name in ("renders", "drawings"):
            kept = [(logits[name], true) for logits, true in records if name in logits]
            if not kept:
                continue
            logits, true = (np.stack(rows) for rows in zip(*kept, strict=True))
            ranked = compute_tag_precision(logits, true, self.config.model.tags)
            if ranked:
                found[f"precision_{name}"] = float(np.mean([precision for precision, _ in ranked.values()]))
        return found

    def facts(self) -> dict[str, Any]:
        return {"characters": len({c.key for c in self.training})}

    def list_training_keys(self) -> Sequence[str]:
        return [character.key for character in self.training]


def jitter_picture(
    rgba: UInt8[np.ndarray, "S S 4"], config: JitterConfig, flipped: bool, generator: np.random.Generator
) -> Float[np.ndarray, "S S 4"]:
    """Move a picture about its middle at random, mirrored if `flipped`; the result is premultiplied, in [0, 1]."""
    size = len(rgba)
    linear = sample_linear_map(generator, config.turn_rad, config.stretch, config.shear)
    linear *= np.exp(generator.normal(0, config.zoom))
    if flipped:
        linear = np.diag([-1.0, 1.0]) @ linear
    middle = np.full(2, size / 2)
    shift = generator.normal(0, config.shift, 2) * size
    return warp_affine(premultiply(rgba), np.column_stack([linear, middle + shift - linear @ middle]), size)
