"""What becomes of a field after the network: each choice a switch, the better one the default, `paper` as published."""

from dataclasses import dataclass, field
from typing import Literal

from panic3d.models.reconstructor.fields.density_edits import DensityEdits
from panic3d.models.reconstructor.network.stylegan.layers import Noise


@dataclass(frozen=True)
class StitchThresholds:
    """The published thresholds."""

    least_alpha: float = 0.95
    most_edge: float = 0.02
    """Length of the position's gradient in box units a pixel, as kornia's Sobel filter gives it."""
    most_before: float = 0.05
    """Opacity between a point and the front camera ..."""
    before_from_m: float = 0.01
    """... from this far in front of the point on."""
    most_off_ray_m: float = 5e-6


@dataclass(frozen=True)
class MarchingConfig:
    """The defaults are what the authors meant; `paper` has what their code does."""

    size: int = 256
    """Points along a side of the box."""
    crop_m: float = 0.1
    cull: float = 0.0
    """Nothing where the opacity of a metre is below this. Published: 0.5, marching cubes' own level, which moves no
    surface but takes the values away that vertices are interpolated from: they all come to lie at grid points."""
    cull_twice: bool = False
    """Published code applies the opacity's law to the opacity before it culls, so that only what is saturated in
    float32 (a density over 16.7) is left: a blocky surface about a voxel inside the true one."""
    grid: Literal["regular", "sheared"] = "regular"
    """Published code does not round the indices of a point's x and y down: the grid leans by up to a voxel."""
    spacing: Literal["centre", "side"] = "centre"
    """Published code places vertices with the box's side over N, though its points lie the side over N - 1 apart."""


@dataclass(frozen=True)
class InferenceConfig:
    pictures: Literal["surface", "volume"] = "surface"
    """surface: one mesh, ray cast, so that views and mesh agree and a view takes milliseconds. volume: every view is
    volume rendered, enlarged by the super-resolution and pasted over, as published; it needs a super-resolution."""
    level: float = 0.0
    """Density of the surface, over the one at which the field is half opaque: by how much a field that blurs what it
    cannot know is too stout. Chosen on characters that neither trained nor are scored
    (docs/experiments/reconstructor.md)."""
    rim: bool = True
    """Whether the surface is completed where the portrait's outline reaches past that of the field
    (`silhouette_completion.py`)."""
    rays: int = 96
    """Along each side of a volume-rendered picture."""
    coarse: int = 48
    fine: int = 48
    """Samples a ray. Published inference took 96 + 96, twice what training had and twice the time."""
    jitter: Literal["middle", "random"] = "middle"
    """Where in its stratum a ray is sampled. Published: by chance, at inference too, so that no two runs agree."""
    noise: Noise = "const"
    """Of the backbone. Published pictures had fresh noise, and another one for the visibility test; meshes const."""
    edits: DensityEdits = field(default_factory=lambda: DensityEdits(crop_m=0.1, cull=0.5))
    paste: bool = True
    """The stitch: the input's colours on what the front view shows of the head."""
    paste_tests: StitchThresholds = field(default_factory=StitchThresholds)
    quick: bool = True
    """On a CPU through `rendering.cpu`: the same numbers within 1e-4, many times as fast. Off, or on a GPU: the plain
    path, the reference."""
    marching: MarchingConfig = field(default_factory=MarchingConfig)
