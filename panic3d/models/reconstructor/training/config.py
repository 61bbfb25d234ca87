"""Configurations of runs on orthographic views, and that of the reconstructor's run."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from importlib.resources import files
from typing import Literal

from panic3d.datasets.stretching import StretchConfig
from panic3d.models.effects import Effect
from panic3d.models.engine.config import RunConfig
from panic3d.models.engine.settings import load_preset
from panic3d.models.reconstructor.network.network import ReconstructorConfig
from panic3d.models.reconstructor.network.stylegan.superresolution import SuperResolutionConfig
from panic3d.models.reconstructor.network.unet import UNetConfig
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
    """Pictures decoded once into a cache (4 bytes per pixel and view on disk, 2 for depth), or from the shards whenever
    needed."""
    readers: int = 2
    """Threads that decode or fetch ahead; 0: none, the training itself does."""
    cache: str = ""
    """Folder of the decoded pictures; RUN/cache where empty."""

    @classmethod
    def list_effects(cls) -> Sequence[Effect]:
        return (*super().list_effects(), Effect(("cache",), lambda c: c.reading == "cache", "reading=cache"))


@dataclass(frozen=True)
class LatticeRunConfig(MultiviewRunConfig):
    """A run whose losses come from the views of a lattice."""

    rays: RaysConfig = field(default_factory=RaysConfig)
    loss: LossWeights = field(default_factory=LossWeights)

    @classmethod
    def list_effects(cls) -> Sequence[Effect]:
        near, lpips = ("loss.near_surface", "rays.near_surface_m"), ("lpips_every", "lpips_pictures", "lpips_size")
        return (
            *super().list_effects(),
            Effect(near, lambda c: c.rays.near_surface > 0, "rays.near_surface=N", switches=near[:1]),
            Effect(tuple(f"rays.{name}" for name in lpips), lambda c: c.loss.lpips > 0, "loss.lpips=WEIGHT"),
        )


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

    @classmethod
    def list_effects(cls) -> Sequence[Effect]:
        on_lattice = (
            "rays", "stretch", "loss.occupancy", "loss.near_surface", "loss.rgb_error",
        )  # fmt: skip
        switches = ("rays.near_surface", "stretch.across", "stretch.up", "loss.occupancy", "loss.near_surface")
        return (
            Effect(on_lattice, lambda c: c.renderer == "lattice", "renderer=lattice", switches),
            Effect(
                ("volume", "adversarial", "model.superresolution"), lambda c: c.renderer == "volume", "renderer=volume",
                ("volume.density_weight", "adversarial.weight", "model.superresolution.channels"),
            ),
            *list_volume_effects(),
            Effect(
                ("tagger_weights",), lambda c: c.model.backbone.tagger == "open", "model.backbone.tagger=open",
            ),
            *super().list_effects(),
        )  # fmt: skip


def uses_occupancy(config: LatticeRunConfig) -> bool:
    """Return whether a run asks at points whether they are inside, for which the top view says something too."""
    return config.loss.occupancy > 0 or (config.rays.near_surface > 0 and config.loss.near_surface > 0)


def list_volume_effects() -> Sequence[Effect]:
    """Return when settings of the discriminator, the density's term, the super-resolution and the backbones act."""
    density = tuple(f"volume.density_{name}" for name in ("every", "points", "spread_m", "within"))
    judged = tuple(f"adversarial.{f.name}" for f in fields(AdversarialConfig) if f.name != "weight")
    finer = tuple(f"model.superresolution.{f.name}" for f in fields(SuperResolutionConfig) if f.name != "channels")
    own_encoder = ("model.backbone.encoder_styles",)
    return (
        Effect(judged, lambda c: c.adversarial.weight > 0, "adversarial.weight=WEIGHT"),
        Effect(density, lambda c: c.volume.density_weight > 0, "volume.density_weight=WEIGHT"),
        Effect(finer, lambda c: c.model.superresolution.channels > 0, "model.superresolution.channels=N"),
        Effect(
            ("model.backbone",), lambda c: not c.model.unet.widths or c.model.superresolution.channels > 0,
            "model.unet.widths=[]", ("model.backbone.semantic_channels", "model.backbone.pool_divisor"),
        ),
        Effect(
            tuple(f"model.unet.{f.name}" for f in fields(UNetConfig) if f.name != "widths"),
            lambda c: bool(c.model.unet.widths), "model.unet.widths=[...]",
        ),
        Effect(
            ("model.backbone.tagger",), lambda c: c.model.backbone.semantic_channels > 0,
            "model.backbone.semantic_channels=N",
        ),
        Effect(
            own_encoder, lambda c: c.model.backbone.encoder_width > 0, "model.backbone.encoder_width=N", own_encoder
        ),
    )  # fmt: skip


def load_config(preset: str, settings: Sequence[str] = ()) -> ReconstructorTrainConfig:
    """Return a preset of the reconstructor's run, changed by `key=value` settings."""
    return load_preset(PRESETS, preset, ReconstructorTrainConfig, settings)
