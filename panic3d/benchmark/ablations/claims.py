"""The configurations of the ablation study, and the metric that tests each claim of the paper."""

from dataclasses import dataclass
from typing import Literal

BASE = (
    "model.picture_size=64", "rays.x=21", "rays.y=21", "rays.z=21", "rays.lpips_size=64", "model.backbone.tagger=small",
)  # fmt: skip
"""The preset `small` with images of 64x64, which a lattice of 21 lines divides best, and with our own small tagger."""
VOLUME = (
    "renderer=volume", "batch=4", "loss.occupancy=0", "loss.near_surface=0", "rays.near_surface=0", "volume.rays=32",
    "volume.coarse=24", "volume.fine=0", "volume.density_weight=0", "model.superresolution.size=64",
    "model.superresolution.channels=8", "model.decoder.colours=16", "model.decoder.palette=0",
    "model.decoder.colour_skip=false", "adversarial.network.size=64",
    "adversarial.network.channel_base=1024", "adversarial.network.channel_max=64",
    "adversarial.network.mapping_layers=2",
)  # fmt: skip
"""A discriminator needs whole images, which the lattice renderer does not make. Its two configurations therefore use
volume rendering and super-resolution, as published."""
CONFIGURATIONS: dict[str, tuple[str, ...]] = {
    "full": (),
    "no feature pooling": ("model.backbone.pool_divisor=0",),
    "one layer a plane": ("model.triplane.layers=1",),
    "front losses only": ("loss.sides=0", "loss.back=0"),
    "colour losses only": ("loss.silhouette=0", "loss.depth=0", "loss.occupancy=0", "rays.near_surface=0"),
    "no tagger features": ("model.backbone.semantic_channels=0",),
    "discriminator": (*VOLUME, "adversarial.weight=0.1"),
    "no discriminator": VOLUME,
}
"""Settings of a run by the name of the configuration, in addition to BASE."""


@dataclass(frozen=True)
class Claim:
    """The claim that an idea of the paper improves a metric."""

    idea: str
    number: str
    """A metric of the validation (`training.validation.validate`) or a column of the protocol `standard`."""
    higher_is_better: bool
    with_it: str
    without_it: str
    """Names of CONFIGURATIONS, or of VARIANTS."""


CLAIMS = (
    Claim("feature pooling: geometry", "chamfer_mm", False, "full", "no feature pooling"),
    Claim("layers a plane: the back of the head", "lpips_back", False, "full", "one layer a plane"),
    Claim("side and back losses: what the front does not show", "psnr_back", True, "full", "front losses only"),
    Claim("depth and silhouette: geometry", "chamfer_mm", False, "full", "colour losses only"),
    Claim("tagger features: what the front does not show", "lpips_back", False, "full", "no tagger features"),
    Claim("discriminator: the look of the sides", "lpips_left", False, "discriminator", "no discriminator"),
    Claim("stitch: the front", "front_lpips", False, "stitched", "unstitched"),
    Claim("line removal: heads of drawings", "spin_lpips", False, "lines removed", "stitched"),
)


@dataclass(frozen=True)
class Variant:
    """A way to reconstruct heads from the drawings of a suite with the weights of `full`; it needs no training."""

    stitch: bool = True
    line_removal: Literal["", "line-removal-paired"] = ""


VARIANTS = {
    "stitched": Variant(),
    "unstitched": Variant(stitch=False),
    "lines removed": Variant(line_removal="line-removal-paired"),
}
