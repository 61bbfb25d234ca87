"""`panic3d train tagger`: tags of generated characters from their front views, drawn and rendered."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import click
import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, UInt8
from torch import Tensor, nn

from panic3d.cameras.compositing import premultiply
from panic3d.models.engine.config import OptimiserConfig
from panic3d.models.engine.picture_loop import train_pictures
from panic3d.models.portrait.alignment.warp import warped
from panic3d.models.portrait.training.augmentation import poorer, turned_and_stretched
from panic3d.models.portrait.training.characters import Character, characters
from panic3d.models.tagging.network import SmallTagger, SmallTaggerConfig
from panic3d.models.tagging.precision import precision_of_tags
from panic3d.runtime.errors import UserError

SIDES = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class JitterConfig:
    """How a picture is moved before the network sees it; standard deviations."""

    shift: float = 0.03
    """Of the picture's side."""
    zoom: float = 0.06
    """Of the logarithm of the scale."""
    turn_rad: float = 0.06
    stretch: float = 0.03
    shear: float = 0.02


@dataclass(frozen=True)
class TaggerTrainConfig:
    """A whole run. Saved as config.yaml, from which it can be repeated."""

    model_kind: str = "tagger"
    seed: int = 0
    batch: int = 32
    steps: int = 0
    """The run ends after this many steps (0: no such limit) ..."""
    minutes: float = 0.0
    """... or after this time (0: no such limit), whichever comes first; one of them must be given."""
    labels: str = ""
    """A labels.jsonl of the characters, where the shards' metadata has no tags."""
    validation: int = 200
    """Characters kept from training; none under 5 times as many."""
    rarest: int = 20
    """Characters that a tag must have to be learnt; one that all have is not learnt either."""
    render: float = 0.6
    """Share of plain renders among the pictures, where there are drawings too."""
    mirror: bool = True
    """Half of the pictures mirrored; tags that name a side then name the other one."""
    bf16: Literal["auto", "on", "off"] = "auto"
    accelerator: str = "auto"
    log_every: int = 50
    validate_every_s: float = 120.0
    jitter: JitterConfig = field(default_factory=JitterConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    model: SmallTaggerConfig = field(default_factory=SmallTaggerConfig)


def train(data: Path, run: Path, config: TaggerTrainConfig, resume: bool) -> None:
    """Trains on a dataset folder into a run folder (FORMATS: a training run)."""
    everyone = [c for c in characters(data, config.model.size, config.labels, _say) if c.tags]
    if not everyone:
        raise UserError(f"no character in {data} has tags: give --labels .../labels.jsonl of `panic3d synth`")
    training, validation = apart(everyone, config.validation)
    if not config.model.tags:
        config = replace(config, model=replace(config.model, tags=vocabulary(training, config.rarest)))
    count, kept = (len({c.key for c in some}) for some in (training, validation))
    _say(f"{count} characters to learn from, {kept} to validate on, {len(config.model.tags)} tags")
    train_pictures(TaggerTask(config, training, validation), run, config, resume, {"characters": count})


def apart(everyone: Sequence[Character], kept: int) -> tuple[list[Character], list[Character]]:
    """Evenly from the sorted keys; what shows the same character as a kept one, such as a drawing, is kept too."""
    keys = sorted({c.key for c in everyone})
    kept = kept if len(keys) >= 5 * kept else 0
    chosen = {keys[(2 * i + 1) * len(keys) // (2 * kept)] for i in range(kept)}
    return [c for c in everyone if c.key not in chosen], [c for c in everyone if c.key in chosen]


def vocabulary(training: Sequence[Character], rarest: int) -> tuple[str, ...]:
    """Tags that enough characters have, and not all of them. UserError where there is none."""
    count = Counter(tag for character in training for tag in character.tags)
    found = tuple(sorted(tag for tag, n in count.items() if rarest <= n < len(training)))
    if not found:
        raise UserError(f"no tag is had by {rarest} of {len(training)} characters and not by all: set rarest lower")
    return found


def mirrored(tag: str) -> str:
    """What the tag says of the mirrored picture: left and right change places."""
    return "_".join(SIDES.get(word, word) for word in tag.split("_"))


class TaggerTask:
    """The network, its pictures and its loss."""

    def __init__(self, config: TaggerTrainConfig, training: list[Character], validation: list[Character]) -> None:
        torch.manual_seed(config.seed)
        self.config, self.training, self.validation = config, training, validation
        self.module: nn.Module = SmallTagger(config.model)
        self.place = {tag: i for i, tag in enumerate(config.model.tags)}

    def losses(self, step: int) -> dict[str, Float[Tensor, ""]]:
        """Binary cross-entropy, summed over tags."""
        generator = np.random.Generator(np.random.PCG64([self.config.seed, step]))
        chosen = generator.integers(0, len(self.training), self.config.batch)
        rgb, true = zip(*(self.example(self.training[i], generator) for i in chosen), strict=True)
        device = next(self.module.parameters()).device
        logits = self.module(torch.from_numpy(np.stack(rgb)).permute(0, 3, 1, 2).contiguous().to(device))
        target = torch.from_numpy(np.stack(true)).float().to(device)
        return {"tags": F.binary_cross_entropy_with_logits(logits.float(), target) * target.shape[1]}

    def example(
        self, character: Character, generator: np.random.Generator
    ) -> tuple[Float[np.ndarray, "S S 3"], Bool[np.ndarray, "K"]]:
        """A character's drawing or render, moved a little, on black; its tags."""
        drawn = len(character.pictures) == 1 or generator.random() >= self.config.render
        flipped = self.config.mirror and generator.random() < 0.5
        rgba = jittered(character.pictures[0 if drawn else 1], self.config.jitter, flipped, generator)
        tags = (mirrored(tag) if flipped else tag for tag in character.tags)
        return poorer(rgba[..., :3], generator), self.known(tags)

    def known(self, tags: Iterable[str]) -> Bool[np.ndarray, "K"]:
        true = np.zeros(len(self.place), bool)
        true[[self.place[tag] for tag in tags if tag in self.place]] = True
        return true

    def validate(self, module: nn.Module) -> dict[str, float]:
        """Mean average precision over tags, of renders and of drawings."""
        found = {}
        for name, place in (("renders", -1), ("drawings", 0)):
            kept = [c for c in self.validation if name == "renders" or len(c.pictures) == 2]
            if not kept:
                continue
            device = next(module.parameters()).device
            on_black = np.stack([premultiply(c.pictures[place])[..., :3] for c in kept]).transpose(0, 3, 1, 2)
            logits = [module(some.to(device)).float().cpu() for some in torch.from_numpy(on_black).split(100)]
            true = np.stack([self.known(c.tags) for c in kept])
            ranked = precision_of_tags(torch.cat(logits).numpy(), true, self.config.model.tags)
            if ranked:
                found[f"precision_{name}"] = float(np.mean([precision for precision, _ in ranked.values()]))
        return found


def jittered(
    rgba: UInt8[np.ndarray, "S S 4"], config: JitterConfig, flipped: bool, generator: np.random.Generator
) -> Float[np.ndarray, "S S 4"]:
    """Moved about its middle, perhaps mirrored; premultiplied, in [0, 1]."""
    size = len(rgba)
    linear = turned_and_stretched(generator, config.turn_rad, config.stretch, config.shear)
    linear *= np.exp(generator.normal(0, config.zoom))
    if flipped:
        linear = np.diag([-1.0, 1.0]) @ linear
    middle = np.full(2, size / 2)
    shift = generator.normal(0, config.shift, 2) * size
    return warped(premultiply(rgba), np.column_stack([linear, middle + shift - linear @ middle]), size)


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)
