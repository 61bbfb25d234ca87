"""How heads are made from a network's field; stored with its weights.

The defaults are the choices that gave better heads; the preset `paper` has the published ones.
"""

from dataclasses import dataclass, field
from typing import Literal

from panic3d.models.reconstructor.fields.density_edits import DensityEdits
from panic3d.models.reconstructor.network.stylegan.layers import Noise


@dataclass(frozen=True)
class StitchThresholds:
    """The thresholds of the published stitch."""

    min_alpha: float = 0.95
    max_edge: float = 0.02
    """Largest gradient of the position in metres per pixel, as kornia's Sobel filter gives it."""
    max_occlusion: float = 0.05
    """Largest opacity between a point and the front camera ..."""
    occlusion_start_m: float = 0.01
    """... counted from this distance in front of the point."""
    max_ray_offset_m: float = 5e-6


@dataclass(frozen=True)
class MarchingConfig:
    """Settings of the published mesh. The defaults are what the paper describes; `paper` has what its code does."""

    size: int = 256
    """Points of the grid along a side of the box."""
    crop_m: float = 0.1
    cull: float = 0.0
    """Points whose opacity over a metre is below this are empty. Published: 0.5, the level of marching cubes.

    That moves no surface, but removes the values between which vertices are interpolated: all lie at grid points.
    """
    cull_twice: bool = False
    """Whether the opacity is computed of the opacity before it is culled, as in the published code.

    Only values that are saturated in float32 (densities over 16.7) remain: a blocky surface, about a voxel too small.
    """
    grid: Literal["regular", "sheared"] = "regular"
    """sheared: the indices of x and y are not rounded down, as in the published code; off by up to a voxel."""
    spacing: Literal["centre", "side"] = "centre"
    """Step by which vertices are placed: the side of the box over N - 1 (centre), or over N (side), as published."""


@dataclass(frozen=True)
class InferenceConfig:
    pictures: Literal["surface", "volume"] = "surface"
    """surface: views are ray cast from one mesh, so that they agree with it and take milliseconds.

    volume: every view is volume rendered, super-resolved and stitched, as published; needs a super-resolution.
    """
    density_level: float = 0.0
    """Density of the surface, less the one at which the field is half opaque.

    It corrects fields that are too thick because they average over uncertain shapes. Chosen on characters that are
    neither trained on nor scored.
    """
    complete_silhouette: bool = True
    """Whether parts of the portrait's silhouette that the field lacks are added (`silhouette_completion`)."""
    rays: int = 96
    """Rays along each side of a volume-rendered picture."""
    coarse: int = 48
    fine: int = 48
    """Coarse and fine samples per ray. The published inference takes 96 + 96, twice as many as its training."""
    jitter: Literal["middle", "random"] = "middle"
    """Where a ray is sampled within each stratum. Published: at random, at inference too, so that no two runs agree."""
    noise: Noise = "const"
    """Noise of the backbone. Published: new noise for pictures and for the visibility test, constant for meshes."""
    edits: DensityEdits = field(default_factory=lambda: DensityEdits(crop_m=0.1, cull=0.5))
    stitch: bool = True
    """Whether surfaces that the front view shows take the input's colours (the stitch)."""
    stitch_thresholds: StitchThresholds = field(default_factory=StitchThresholds)
    cpu_renderer: bool = True
    """Whether volume rendering on a CPU uses `rendering.cpu`, whose results differ by less than 1e-4.

    Otherwise, and on a GPU, the reference renderer is used.
    """
    marching: MarchingConfig = field(default_factory=MarchingConfig)
