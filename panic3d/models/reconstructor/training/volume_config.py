"""Settings of training by volume rendering, as published."""

from dataclasses import dataclass, field
from typing import Literal

from panic3d.models.reconstructor.network.stylegan.discriminator import DualDiscriminatorConfig


@dataclass(frozen=True)
class VolumeConfig:
    """The rays of a volume-rendered step, and how its terms are computed."""

    rays: int = 96
    """Along each side of a picture."""
    coarse: int = 48
    fine: int = 48
    rays_at_once: int = 2304
    """Rays whose samples are kept in memory; the others' are computed again on the way back. 0: all are kept."""
    order: Literal["fused", "separate"] = "fused"
    """fused: one pass of the generator and one update for all terms. separate: a pass and an update for each, in the
    published order (adversarial, front, left, right, back, density); six times the backbone for the same pictures."""
    silhouette: Literal["absolute", "squared"] = "absolute"
    """The paper says L1, its code squares."""
    depth: Literal["absolute", "squared"] = "squared"
    """Along the view's axis, in metres, where both see a surface."""
    without_edges: bool = True
    """Silhouette and depth leave out pixels whose 5x5 neighbourhood is a quarter to three quarters covered."""
    lpips_range: Literal["signed", "unit"] = "signed"
    """LPIPS expects [-1, 1]; published code gave it [0, 1]."""
    density_weight: float = 0.5
    """Of the density's change over a few millimetres; 0 = off."""
    density_every: int = 4
    """Steps from one such term to the next; its weight is multiplied by this."""
    density_points: int = 1000
    density_spread_m: float = 0.004
    density_within: Literal["box", "published"] = "box"
    """Published points fill [-1, 1] m in each axis: 96% of them lie outside the box, where there is nothing."""


@dataclass(frozen=True)
class AdversarialConfig:
    """The discriminator and its optimiser."""

    weight: float = 0.0
    """0 = no discriminator. Published: 1."""
    learning_rate: float = 1e-3
    beta1: float = 0.0
    beta2: float = 0.99
    r1_gamma: float = 5.0
    r1_every: int = 16
    """Steps from one gradient penalty to the next; its weight is multiplied by this. 0 = none."""
    start: str = ""
    """A discriminator's safetensors to start from, as `panic3d weights import-official` makes them (published:
    that of ffhq512-128.pkl)."""
    network: DualDiscriminatorConfig = field(default_factory=DualDiscriminatorConfig)
