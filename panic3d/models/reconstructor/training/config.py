"""Configurations of runs on orthographic views, and that of the reconstructor's run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Literal

from panic3d.datasets.stretching import StretchConfig
from panic3d.models.engine.config import RunConfig
from panic3d.models.engine.settings import load_preset
from panic3d.models.reconstructor.network.network import ReconstructorConfig
from panic3d.models.reconstructor.training.losses import LossWeights
from panic3d.models.reconstructor.training.volume_config import AdversarialConfig, VolumeConfig

PRESETS = files("panic3d.models.reconstructor") / "presets"


@dataclass(frozen=True)
class RaysConfig:
    """Which rays and points a step on the lattice evaluates."""

    x: int = 32
    """Lattice lines along x; each is a random pixel of its stratum."""
    y: int = 32
    z: int = 32
    dilation_px: int = 1
    """The evaluated columns are the front silhouette dilated by this ..."""
    dilation_jitter_px: int = 3
    """... or, for half of the characters, by up to this much more: masks of real pictures are not exact."""
    unmasked: float = 0.05
    """Share of the other columns that is evaluated too, so that the field is trained to be empty there."""
    near_surface: int = 0
    """Points per character near the surfaces that the four views show, for the loss of that name; a multiple of 4."""
    near_surface_m: float = 0.01
    """Standard deviation of their distance, along each axis."""
    lpips_every: int = 4
    """Steps from one perceptual loss to the next; its weight is multiplied by this."""
    lpips_pictures: int = 2
    """Characters of the batch that take part in it."""
    lpips_size: int = 64
    """Pixels of those pictures; a divisor of `picture_size`."""


@dataclass(frozen=True)
class MultiviewRunConfig(RunConfig):
    """A run on the orthographic views of characters."""

    accumulate: int = 1
    """Parts that a device's share of the batch is processed in; their gradients add up to the whole batch's."""
    mirror: bool = True
    """Every character also as its mirror image."""
    stretch: StretchConfig = field(default_factory=StretchConfig)
    """Characters of other proportions; with `renderer: lattice`."""
    reading: Literal["cache", "stream"] = "cache"
    """Pictures decoded once into a cache (6 bytes per pixel and view on disk), or from the shards whenever needed."""
    readers: int = 2
    """Threads that decode or fetch ahead; 0: none, the training itself does."""
    cache: str = ""
    """Folder of the decoded pictures; RUN/cache where empty."""


@dataclass(frozen=True)
class LatticeRunConfig(MultiviewRunConfig):
    """A run whose losses come from the views of a lattice."""

    rays: RaysConfig = field(default_factory=RaysConfig)
    loss: LossWeights = field(default_factory=LossWeights)


@dataclass(frozen=True)
class ReconstructorTrainConfig(LatticeRunConfig):
    """A run of the reconstructor."""

    model_kind: str = "reconstructor"
    tagger_weights: str = ""
    """With `model.backbone.tagger: open`: weights of `panic3d train tagger`, or its run folder. A copy is kept in the
    run folder, which heads are made with."""
    renderer: Literal["lattice", "volume"] = "lattice"
    """lattice: the four views share their points (`rays`); hours on a CPU. volume: as published (`volume`)."""
    volume: VolumeConfig = field(default_factory=VolumeConfig)
    adversarial: AdversarialConfig = field(default_factory=AdversarialConfig)
    model: ReconstructorConfig = field(default_factory=ReconstructorConfig)


def load_config(preset: str, settings: Sequence[str] = ()) -> ReconstructorTrainConfig:
    """Return a preset of the reconstructor's run, changed by `key=value` settings."""
    return load_preset(PRESETS, preset, ReconstructorTrainConfig, settings)
