"""The styles by name: which hand draws, how it shades, on what paper. `heldout` shares none with `train`."""

from dataclasses import dataclass, field
from typing import Literal

Colour = tuple[float, float, float]
StyleSet = Literal["train", "heldout"]


@dataclass(frozen=True)
class Lines:
    """Widths in pixels of a picture of 512; 0 leaves a kind out."""

    outline: float = 2.0
    part: float = 1.4
    fold: float = 1.1
    detail: float = 0.9
    strand: float = 0.9
    strands_per_1000_px: float = 0.25
    strand_length_px: float = 90.0
    least_px: float = 17.0
    """Shorter contours are left out."""
    swell: float = 0.35
    """How much a line's width wanders, and thickens away from the light."""
    taper: float = 0.25
    """The share of a line's length at each end over which it runs out."""
    wobble_px: float = 0.4
    passes: int = 1
    """How often each line is gone over, each time a little beside."""
    ink: Colour = (0.15, 0.1, 0.12)
    tint: float = 0.5
    """How much of the ink's colour comes from what it surrounds."""
    opacity: float = 1.0
    rough: float = 0.0
    """How much the paper's tooth breaks the line."""


@dataclass(frozen=True)
class Tone:
    """Colour and light."""

    medium: Literal["cel", "wash", "crayon", "screen", "pencil"] = "cel"
    shadow: float = 1.0
    softness: float = 0.0
    threshold: float = 0.12
    second: float = 0.0
    """A deeper, smaller shadow inside the first."""
    skin_shade: Colour = (0.95, 0.76, 0.74)
    hair_shade: Colour = (0.68, 0.62, 0.76)
    cloth_shade: Colour = (0.72, 0.7, 0.82)
    saturation: float = 1.05
    lift: float = 0.0
    """Towards white."""
    mono: Colour | None = None
    """Drawn in this one colour on the paper."""
    glow: float = 0.0
    """How far the hair's hue turns to another towards its tips."""
    halo: float = 0.8
    halo_width: float = 0.05
    blush: float = 0.35
    blush_hatching: bool = False
    feature: float = 0.5
    """How much lashes, brows and mouth are darkened."""


@dataclass(frozen=True)
class Paper:
    colour: Colour = (1.0, 1.0, 1.0)
    grain: float = 0.0
    coarse_px: float = 0.7


@dataclass(frozen=True)
class Style:
    lines: Lines = field(default_factory=Lines)
    tone: Tone = field(default_factory=Tone)
    paper: Paper = field(default_factory=Paper)


STYLES: dict[StyleSet, dict[str, Style]] = {
    "train": {
        # an animation frame: even lines, one hard step of shadow
        "cel": Style(),
        # a visual novel's sprite: coloured lines, deep second shadow, hair that changes its hue towards the tips
        "sprite": Style(
            Lines(outline=1.8, part=1.3, fold=1.0, strand=0.8, strand_length_px=110.0, ink=(0.22, 0.08, 0.2), tint=0.65,
                  taper=0.35),
            Tone(softness=0.25, second=0.5, glow=0.8, hair_shade=(0.8, 0.5, 0.62), halo=0.9,
                 cloth_shade=(0.6, 0.62, 0.85), saturation=1.2, blush_hatching=True),
        ),
        # airbrush: thin brown lines, soft shadow
        "soft": Style(
            Lines(outline=1.2, part=1.1, fold=0.9, detail=0.6, strand=0.7, strand_length_px=80.0, ink=(0.4, 0.22, 0.2),
                  tint=0.7, opacity=0.8, swell=0.2),
            Tone(softness=0.8, shadow=0.9, hair_shade=(0.78, 0.6, 0.66), lift=0.06, halo=0.45,
                 halo_width=0.12, blush=0.6, feature=0.8),
        ),
        # a G-pen: black lines that swell and run out
        "ink": Style(
            Lines(outline=2.5, part=1.7, fold=1.2, detail=0.9, strand=1.0, strand_length_px=110.0,
                  ink=(0.05, 0.05, 0.07), tint=0.0, swell=0.7, taper=0.45),
            Tone(shadow=0.6, threshold=0.0, feature=0.9, halo=1.0, halo_width=0.08, blush=0.2, blush_hatching=True),
        ),
        # coloured crayon on cream paper: every line twice, shadow hatched
        "pencil": Style(
            Lines(outline=1.2, part=1.1, fold=0.9, detail=0.6, strand=0.6, ink=(0.24, 0.2, 0.22), tint=0.35,
                  wobble_px=0.35, passes=2, opacity=0.75, rough=0.5, taper=0.4),
            Tone("crayon", lift=0.3, saturation=0.9, shadow=0.8, threshold=-0.25, halo=0.5, blush=0.3,
                 blush_hatching=True),
            Paper((0.99, 0.975, 0.945), 0.012, 1.6),
        ),
        # a mascot: thick even outline, few inner lines, bright colours
        "chibi": Style(
            Lines(outline=3.0, part=1.7, fold=1.0, detail=0.0, strand=0.0, least_px=34.0, ink=(0.3, 0.14, 0.12),
                  tint=0.25, swell=0.1, taper=0.1, wobble_px=0.25),
            Tone(shadow=0.75, threshold=-0.05, saturation=1.25, lift=0.05, halo=1.0, halo_width=0.09, blush=0.9),
        ),
    },
    "heldout": {
        # a page of manga: black ink, grey tones, dots
        "manga": Style(
            Lines(outline=2.2, part=1.5, fold=1.0, detail=0.8, strand=0.8, strands_per_1000_px=0.2,
                  strand_length_px=120.0, ink=(0.04, 0.04, 0.04), tint=0.0, swell=0.6, taper=0.45),
            Tone("screen", mono=(0.08, 0.08, 0.08), feature=1.0, threshold=-0.25, halo=1.0, halo_width=0.09, blush=0.0,
                 blush_hatching=True),
            Paper((0.985, 0.98, 0.97)),
        ),
        # washes with pooled edges, broken blue-grey lines
        "watercolour": Style(
            Lines(outline=1.3, part=1.1, fold=0.9, detail=0.6, strand=0.7, ink=(0.2, 0.22, 0.36), tint=0.3,
                  opacity=0.75, rough=0.5, wobble_px=0.7, taper=0.5),
            Tone("wash", softness=0.5, shadow=0.7, lift=0.22, saturation=1.1, halo=0.6, halo_width=0.12, blush=0.5,
                 feature=0.9),
            Paper((0.985, 0.97, 0.94), 0.015, 1.6),
        ),
        # one brown crayon on tinted paper
        "sketch": Style(
            Lines(outline=1.1, part=1.0, fold=0.8, detail=0.6, strand=0.6, strand_length_px=100.0,
                  ink=(0.3, 0.17, 0.11), tint=0.0, wobble_px=0.35, passes=2, opacity=0.85, rough=0.5, taper=0.45),
            Tone("pencil", mono=(0.34, 0.2, 0.13), halo=1.0, halo_width=0.08, threshold=-0.3, blush=0.0,
                 blush_hatching=True, feature=1.0),
            Paper((0.965, 0.93, 0.86), 0.012, 1.6),
        ),
    },
}  # fmt: skip
