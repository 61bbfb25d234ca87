"""The drawing styles by name: lines, tone and paper. The set `heldout` shares no style with `train`."""

from dataclasses import dataclass, field
from typing import Literal

Colour = tuple[float, float, float]
StyleSet = Literal["train", "heldout"]


@dataclass(frozen=True)
class LineStyle:
    """The widths of lines in pixels of an image of 512; 0 leaves a kind out."""

    outline: float = 2.0
    part: float = 1.4
    fold: float = 1.1
    detail: float = 0.9
    strand: float = 0.9
    strands_per_1000_px: float = 0.25
    strand_length_px: float = 90.0
    min_length_px: float = 17.0
    """Shorter contours are left out."""
    width_variation: float = 0.35
    """The variation of a line's width along it, and its growth away from the light."""
    taper: float = 0.25
    """The share of a line's length, at each end, over which its width falls to 0."""
    wobble_px: float = 0.4
    repetitions: int = 1
    """How often each line is drawn, each time slightly displaced."""
    ink: Colour = (0.15, 0.1, 0.12)
    local_tint: float = 0.5
    """The share of the surrounding colours in the colour of the ink."""
    opacity: float = 1.0
    roughness: float = 0.0
    """How much the grain of the paper interrupts the lines."""


@dataclass(frozen=True)
class ToneStyle:
    """Colour, shadow and highlights."""

    medium: Literal["cel", "wash", "crayon", "screen", "pencil"] = "cel"
    shadow: float = 1.0
    softness: float = 0.0
    threshold: float = 0.12
    deep_shadow: float = 0.0
    """The strength of a deeper, smaller shadow inside the first."""
    skin_shade: Colour = (0.95, 0.76, 0.74)
    hair_shade: Colour = (0.68, 0.62, 0.76)
    cloth_shade: Colour = (0.72, 0.7, 0.82)
    saturation: float = 1.05
    lightening: float = 0.0
    """The share of white that is mixed into all colours."""
    single_colour: Colour | None = None
    """The only colour of a drawing in one ink; None for a drawing in full colour."""
    hue_shift: float = 0.0
    """How much the hair's hue shifts towards its tips."""
    highlight: float = 0.8
    highlight_width: float = 0.05
    blush: float = 0.35
    blush_hatching: bool = False
    feature_strength: float = 0.5
    """How much lashes, brows and mouth are darkened."""


@dataclass(frozen=True)
class PaperStyle:
    """The colour and grain of the paper."""

    colour: Colour = (1.0, 1.0, 1.0)
    grain: float = 0.0
    grain_size_px: float = 0.7


@dataclass(frozen=True)
class DrawingStyle:
    """One style of drawing."""

    lines: LineStyle = field(default_factory=LineStyle)
    tone: ToneStyle = field(default_factory=ToneStyle)
    paper: PaperStyle = field(default_factory=PaperStyle)


STYLES: dict[StyleSet, dict[str, DrawingStyle]] = {
    "train": {
        # An animation frame: even lines, one hard step of shadow.
        "cel": DrawingStyle(),
        # A visual novel's sprite: coloured lines, deep second shadow, hair that changes its hue towards the tips.
        "sprite": DrawingStyle(
            LineStyle(outline=1.8, part=1.3, fold=1.0, strand=0.8, strand_length_px=110.0, ink=(0.22, 0.08, 0.2),
                      local_tint=0.65, taper=0.35),
            ToneStyle(softness=0.25, deep_shadow=0.5, hue_shift=0.8, hair_shade=(0.8, 0.5, 0.62), highlight=0.9,
                      cloth_shade=(0.6, 0.62, 0.85), saturation=1.2, blush_hatching=True),
        ),
        # Airbrush: thin brown lines, soft shadow.
        "soft": DrawingStyle(
            LineStyle(outline=1.2, part=1.1, fold=0.9, detail=0.6, strand=0.7, strand_length_px=80.0,
                      ink=(0.4, 0.22, 0.2), local_tint=0.7, opacity=0.8, width_variation=0.2),
            ToneStyle(softness=0.8, shadow=0.9, hair_shade=(0.78, 0.6, 0.66), lightening=0.06, highlight=0.45,
                      highlight_width=0.12, blush=0.6, feature_strength=0.8),
        ),
        # A G-pen: black lines of varying width with tapered ends.
        "ink": DrawingStyle(
            LineStyle(outline=2.5, part=1.7, fold=1.2, detail=0.9, strand=1.0, strand_length_px=110.0,
                      ink=(0.05, 0.05, 0.07), local_tint=0.0, width_variation=0.7, taper=0.45),
            ToneStyle(shadow=0.6, threshold=0.0, feature_strength=0.9, highlight=1.0, highlight_width=0.08, blush=0.2,
                      blush_hatching=True),
        ),
        # Coloured crayon on cream paper: every line is drawn twice, shadow is hatched.
        "pencil": DrawingStyle(
            LineStyle(outline=1.2, part=1.1, fold=0.9, detail=0.6, strand=0.6, ink=(0.24, 0.2, 0.22), local_tint=0.35,
                      wobble_px=0.35, repetitions=2, opacity=0.75, roughness=0.5, taper=0.4),
            ToneStyle("crayon", lightening=0.3, saturation=0.9, shadow=0.8, threshold=-0.25, highlight=0.5, blush=0.3,
                      blush_hatching=True),
            PaperStyle((0.99, 0.975, 0.945), 0.012, 1.6),
        ),
        # A mascot: thick even outline, few inner lines, bright colours.
        "chibi": DrawingStyle(
            LineStyle(outline=3.0, part=1.7, fold=1.0, detail=0.0, strand=0.0, min_length_px=34.0,
                      ink=(0.3, 0.14, 0.12), local_tint=0.25, width_variation=0.1, taper=0.1, wobble_px=0.25),
            ToneStyle(shadow=0.75, threshold=-0.05, saturation=1.25, lightening=0.05, highlight=1.0,
                      highlight_width=0.09, blush=0.9),
        ),
    },
    "heldout": {
        # A page of manga: black ink, grey tones, dots.
        "manga": DrawingStyle(
            LineStyle(outline=2.2, part=1.5, fold=1.0, detail=0.8, strand=0.8, strands_per_1000_px=0.2,
                      strand_length_px=120.0, ink=(0.04, 0.04, 0.04), local_tint=0.0, width_variation=0.6, taper=0.45),
            ToneStyle("screen", single_colour=(0.08, 0.08, 0.08), feature_strength=1.0, threshold=-0.25, highlight=1.0,
                      highlight_width=0.09, blush=0.0, blush_hatching=True),
            PaperStyle((0.985, 0.98, 0.97)),
        ),
        # Watercolour washes with pooled edges, and broken blue-grey lines.
        "watercolour": DrawingStyle(
            LineStyle(outline=1.3, part=1.1, fold=0.9, detail=0.6, strand=0.7, ink=(0.2, 0.22, 0.36), local_tint=0.3,
                      opacity=0.75, roughness=0.5, wobble_px=0.7, taper=0.5),
            ToneStyle("wash", softness=0.5, shadow=0.7, lightening=0.22, saturation=1.1, highlight=0.6,
                      highlight_width=0.12, blush=0.5, feature_strength=0.9),
            PaperStyle((0.985, 0.97, 0.94), 0.015, 1.6),
        ),
        # One brown crayon on tinted paper.
        "sketch": DrawingStyle(
            LineStyle(outline=1.1, part=1.0, fold=0.8, detail=0.6, strand=0.6, strand_length_px=100.0,
                      ink=(0.3, 0.17, 0.11), local_tint=0.0, wobble_px=0.35, repetitions=2, opacity=0.85,
                      roughness=0.5, taper=0.45),
            ToneStyle("pencil", single_colour=(0.34, 0.2, 0.13), highlight=1.0, highlight_width=0.08, threshold=-0.3,
                      blush=0.0, blush_hatching=True, feature_strength=1.0),
            PaperStyle((0.965, 0.93, 0.86), 0.012, 1.6),
        ),
    },
}  # fmt: skip
