"""Settings of a run of the line remover."""

from dataclasses import dataclass, field
from typing import Literal

from panic3d.models.engine.picture_config import PictureRunConfig
from panic3d.models.line_removal.line_mask import LineMaskConfig
from panic3d.models.line_removal.networks import LineRemoverConfig


@dataclass(frozen=True)
class LineRemovalConfig(PictureRunConfig):
    """The published settings, but for those that say otherwise."""

    model_kind: str = "line-removal"
    batch: int = 32
    """Patches a step; published: unknown."""
    renders: str = ""
    """A dataset folder with the renders, where they are not those of --data."""
    patch_px: int = 21
    patches_a_picture: int = 4
    drawn_patches: Literal["drawings", "renders"] = "drawings"
    """What is painted to look like a render. The published code loads renders here too (a slip, it seems)."""
    identity_on: Literal["drawings", "renders"] = "renders"
    """Which patches painting should leave as they were. On drawings (published) it learns to draw lines again."""
    render_lines: Literal["own", "drawings"] = "drawings"
    """Which pixels of a render are painted: its own lines (published), or those where a drawing has some."""
    paired: float = 0.0
    """Weight of the difference to the very render of a drawing, brought to the drawing's tone. Not the paper's: its
    drawings have no renders."""
    recolouring: float = 0.0
    """Share of the patches in other colours, down to grey: for styles that the drawings lack. Not the paper's."""
    identity: float = 1.0
    adversarial: float = 1.0
    fake_target: float = 0.1
    real_target: float = 0.9
    """Smoothed labels. Published: 0.4 and 1.2."""
    learning_rate: float = 1e-3
    mask: LineMaskConfig = field(default_factory=LineMaskConfig)
    model: LineRemoverConfig = field(default_factory=LineRemoverConfig)
