"""What becomes of a field after the network: each choice a switch, the better one the default, `paper` as published."""

from dataclasses import dataclass, field
from typing import Literal

from panic3d.models.reconstructor.network.layers import Noise
from panic3d.models.reconstructor.published.marching import MarchingConfig
from panic3d.models.reconstructor.published.paste import PasteConfig
from panic3d.models.reconstructor.rendering.volume import DensityEdits


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
    """What the portrait's outline has and the field has not is rounded off from the field's surface (`rim.py`)."""
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
    paste_tests: PasteConfig = field(default_factory=PasteConfig)
    quick: bool = True
    """On a CPU through `quick_rays`: the same numbers within 1e-4, many times as fast. Off, or on a GPU: the plain
    path, the reference."""
    marching: MarchingConfig = field(default_factory=MarchingConfig)
