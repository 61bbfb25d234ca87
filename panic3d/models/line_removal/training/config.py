"""Configurations of runs on drawings and renders, and that of the line remover's run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from panic3d.models.effects import Effect
from panic3d.models.engine.config import OptimiserConfig, RunConfig
from panic3d.models.line_removal.line_mask import LineMaskConfig
from panic3d.models.line_removal.networks import LineRemovalNetworksConfig


@dataclass(frozen=True)
class DrawingsRunConfig(RunConfig):
    """A run on drawings and renders of characters, not necessarily of the same ones."""

    batch: int = 1
    """Pictures or patches per step, over all devices."""
    bf16: Literal["auto", "on", "off"] = "off"
    renders: str = ""
    """A dataset folder with the renders, where they are not those of --data."""
    cache: str = ""
    """Folder of the decoded pictures; RUN/cache where empty."""


@dataclass(frozen=True)
class LineRemovalTrainConfig(DrawingsRunConfig):
    """A run of the line remover. The defaults are the published settings, except where the documentation differs."""

    model_kind: str = "line-removal"
    batch: int = 32
    """Patches per step, over all devices; published: unknown."""
    patch_px: int = 21
    patches_a_picture: int = 4
    drawn_patches: Literal["drawings", "renders"] = "drawings"
    """Which patches are painted to look like renders. The published code loads renders too, probably by mistake."""
    identity_on: Literal["drawings", "renders"] = "renders"
    """Which patches painting should leave as they were. On drawings (published) it learns to draw lines again."""
    render_lines: Literal["own", "drawings"] = "drawings"
    """Which pixels of a render are painted: its own lines (published), or those where a drawing has some."""
    paired: float = 0.0
    """Weight of the difference to the render of the same character, brought to the drawing's tone. Not the paper's: its
    drawings have no renders."""
    recolouring: float = 0.0
    """Share of the patches in other colours, down to grey: for styles that the drawings lack. Not the paper's."""
    identity: float = 1.0
    adversarial: float = 1.0
    fake_target: float = 0.1
    real_target: float = 0.9
    """Smoothed labels. Published: 0.4 and 1.2."""
    mask: LineMaskConfig = field(default_factory=LineMaskConfig)
    optimiser: OptimiserConfig = field(
        default_factory=lambda: OptimiserConfig(
            algorithm="adam", learning_rate=1e-3, beta2=0.999, weight_decay=0.0, clip=0.0, schedule="linear",
            warmup_steps=0, final_share=0.05, ema=0.0,
        )
    )  # fmt: skip
    model: LineRemovalNetworksConfig = field(default_factory=LineRemovalNetworksConfig)

    @classmethod
    def list_effects(cls) -> Sequence[Effect]:
        judged = ("fake_target", "real_target")
        return (
            *super().list_effects(),
            Effect(judged, lambda c: c.adversarial > 0, "adversarial=WEIGHT"),
            Effect(("identity_on",), lambda c: c.identity > 0, "identity=WEIGHT"),
        )
