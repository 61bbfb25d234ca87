"""The styles of eyes: outlines of the lids and proportions of iris and lashes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EyeStyle:
    """The lids in units of half the eye's width and height, with the inner corner at x = -1."""

    upper: tuple[tuple[float, float], ...]
    """From the inner corner over the top to the outer corner."""
    lower: tuple[tuple[float, float], ...]
    """From the outer corner back to the inner corner, both left out."""
    width: float = 1.0
    height: float = 1.0
    iris_width: float = 0.67
    """Iris half width over half the eye's height."""
    iris_height: float = 1.02
    iris_drop: float = 0.0
    lash_thickness: float = 1.0
    """Thickness of the upper lash line."""
    wing_length: float = 1.0
    """Length of the lash beyond the outer corner."""
    pupil_width: float = 0.42
    """Half width of the pupil over that of the iris."""
    highlights: int = 2
    ring_strength: float = 0.0
    """Strength of a light ring in the iris."""
    tags: tuple[str, ...] = ()
    family: str = "train"
    frequency: float = 1.0
    """Relative frequency among the styles of its family: narrow eyes are rarer than round ones."""


ROUND_LOWER = ((0.86, -0.55), (0.40, -0.97), (-0.35, -0.97), (-0.82, -0.72))
NARROW_LOWER = ((0.80, -0.50), (0.30, -0.92), (-0.35, -0.90), (-0.82, -0.66))
EYE_STYLES = {
    "round": EyeStyle(((-1.0, -0.28), (-0.78, 0.42), (-0.2, 0.97), (0.5, 0.86), (1.0, 0.02)), ROUND_LOWER),
    "tsurime": EyeStyle(
        ((-1.0, -0.32), (-0.70, 0.34), (-0.08, 0.90), (0.6, 0.94), (1.0, 0.28)),
        ((0.82, -0.42), (0.3, -0.95), (-0.4, -0.92), (-0.84, -0.74)),
        width=1.06,
        height=0.92,
        wing_length=1.3,
        tags=("tsurime",),
        frequency=0.7,
    ),
    "tareme": EyeStyle(
        ((-1.0, -0.05), (-0.72, 0.66), (-0.15, 1.0), (0.5, 0.68), (1.0, -0.3)),
        ((0.84, -0.74), (0.36, -1.0), (-0.4, -0.92), (-0.84, -0.52)),
        wing_length=0.8,
        tags=("tareme",),
    ),
    "almond": EyeStyle(
        ((-1.0, -0.26), (-0.66, 0.46), (-0.05, 0.94), (0.60, 0.72), (1.0, 0.04)),
        NARROW_LOWER,
        width=1.12,
        height=0.86,
        iris_width=0.70,
        iris_height=1.12,
        lash_thickness=1.1,
        frequency=0.5,
    ),
    "sharp": EyeStyle(
        ((-1.0, -0.36), (-0.64, 0.38), (0.0, 0.74), (0.65, 0.70), (1.0, 0.20)),
        ((0.70, -0.35), (0.2, -0.82), (-0.4, -0.86), (-0.84, -0.78)),
        width=1.14,
        height=0.84,
        iris_width=0.72,
        iris_height=1.14,
        iris_drop=-0.05,
        lash_thickness=1.15,
        wing_length=1.5,
        tags=("sharp_eyes",),
        frequency=0.4,
    ),
    "jitome": EyeStyle(
        ((-1.0, 0.22), (-0.75, 0.42), (0.0, 0.50), (0.7, 0.44), (1.0, 0.10)),
        ROUND_LOWER,
        height=0.98,
        lash_thickness=1.2,
        iris_drop=0.06,
        tags=("jitome", "half-closed_eyes"),
        frequency=0.5,
    ),
    "sparkling": EyeStyle(
        ((-1.0, -0.10), (-0.86, 0.62), (-0.25, 1.05), (0.5, 1.0), (1.0, 0.20)),
        ((0.92, -0.55), (0.45, -1.05), (-0.4, -1.05), (-0.9, -0.70)),
        height=1.04,
        iris_width=0.66,
        highlights=3,
        wing_length=1.2,
    ),
    "tall": EyeStyle(
        ((-1.0, -0.45), (-0.86, 0.50), (-0.3, 0.98), (0.45, 0.92), (1.0, 0.15)),
        ((0.90, -0.72), (0.40, -1.02), (-0.45, -1.02), (-0.92, -0.85)),
        width=0.86,
        height=1.16,
        iris_width=0.52,
        lash_thickness=0.85,
        frequency=0.8,
    ),
    "cat": EyeStyle(
        ((-1.0, -0.62), (-0.7, 0.22), (-0.1, 0.90), (0.62, 1.02), (1.0, 0.55)),
        ((0.86, -0.30), (0.35, -0.92), (-0.35, -1.0), (-0.82, -0.90)),
        width=1.08,
        pupil_width=0.16,
        wing_length=1.6,
        lash_thickness=1.2,
        tags=("slit_pupils",),
        family="heldout",
    ),
    "dot": EyeStyle(
        ((-1.0, 0.0), (-0.74, 0.68), (0.0, 0.95), (0.74, 0.68), (1.0, 0.0)),
        ((0.74, -0.68), (0.0, -0.95), (-0.74, -0.68)),
        width=0.74,
        height=0.80,
        iris_width=0.86,
        iris_height=1.10,
        pupil_width=0.75,
        lash_thickness=0.55,
        wing_length=0.3,
        highlights=1,
        tags=("solid_circle_eyes",),
        family="heldout",
    ),
    "ringed": EyeStyle(
        ((-1.0, -0.18), (-0.80, 0.55), (-0.1, 0.92), (0.62, 0.76), (1.0, -0.12)),
        ROUND_LOWER,
        height=1.05,
        iris_width=0.60,
        pupil_width=0.60,
        ring_strength=0.8,
        lash_thickness=1.45,
        wing_length=1.0,
        tags=("ringed_eyes",),
        family="heldout",
    ),
    "small": EyeStyle(
        ((-1.0, -0.30), (-0.60, 0.46), (0.05, 0.86), (0.62, 0.70), (1.0, 0.10)), NARROW_LOWER,
        width=0.98, height=0.62, iris_width=0.86, iris_height=1.22, wing_length=0.5, family="train2",
    ),
    "narrow": EyeStyle(
        ((-1.0, -0.40), (-0.55, 0.34), (0.10, 0.70), (0.66, 0.66), (1.0, 0.16)),
        ((0.70, -0.30), (0.15, -0.74), (-0.45, -0.80), (-0.84, -0.72)),
        width=1.10, height=0.56, iris_width=0.98, iris_height=1.45, iris_drop=-0.10, wing_length=0.8,
        tags=("narrowed_eyes",), family="train2",
    ),
    "half_closed": EyeStyle(
        ((-1.0, -0.10), (-0.66, 0.16), (0.0, 0.24), (0.66, 0.12), (1.0, -0.16)), ROUND_LOWER,
        width=1.04, height=0.90, iris_drop=0.10, lash_thickness=1.3, tags=("half-closed_eyes",), family="train2",
    ),
    "chibi": EyeStyle(
        ((-1.0, -0.20), (-0.90, 0.58), (-0.35, 1.0), (0.40, 1.0), (0.92, 0.55), (1.0, -0.05)),
        ((0.92, -0.66), (0.45, -1.02), (-0.45, -1.02), (-0.92, -0.72)),
        width=0.98, height=1.28, iris_width=0.66, iris_height=1.0, wing_length=0.7, highlights=3, family="train2",
    ),
    "realistic": EyeStyle(
        ((-1.0, -0.42), (-0.72, 0.16), (-0.16, 0.66), (0.46, 0.58), (1.0, -0.06)),
        ((0.66, -0.46), (0.10, -0.70), (-0.50, -0.62), (-0.86, -0.54)),
        width=1.06, height=0.66, iris_width=0.84, iris_height=1.0, iris_drop=-0.02, lash_thickness=0.8,
        wing_length=0.7, pupil_width=0.40, family="train2",
    ),
    "heavy_lashes": EyeStyle(
        ((-1.0, -0.34), (-0.76, 0.36), (-0.12, 0.88), (0.58, 0.86), (1.0, 0.14)), ROUND_LOWER,
        width=1.08, height=0.98, lash_thickness=1.9, wing_length=1.6, family="train2",
    ),
    "innocent": EyeStyle(
        ((-1.0, 0.0), (-0.82, 0.66), (-0.10, 1.02), (0.70, 0.74), (1.0, 0.0)),
        ((0.84, -0.62), (0.10, -1.0), (-0.72, -0.74)),
        width=1.02, height=1.10, iris_width=0.62, iris_height=0.86, wing_length=0.5, lash_thickness=0.75,
        family="train2",
    ),
    "fox": EyeStyle(
        ((-1.0, -0.62), (-0.56, 0.0), (0.06, 0.50), (0.64, 0.74), (1.0, 0.66)),
        ((0.72, 0.06), (0.20, -0.58), (-0.40, -0.84), (-0.82, -0.82)),
        width=1.12, height=0.66, iris_width=0.86, iris_height=1.25, wing_length=1.2, tags=("tsurime",),
        family="train2",
    ),
    "gentle": EyeStyle(
        ((-1.0, 0.10), (-0.70, 0.62), (-0.05, 0.84), (0.60, 0.40), (1.0, -0.46)),
        ((0.80, -0.80), (0.30, -0.98), (-0.40, -0.84), (-0.86, -0.36)),
        width=1.06, height=0.84, iris_width=0.74, wing_length=1.0, tags=("tareme",), family="train2",
    ),
    "stern": EyeStyle(
        ((-1.0, -0.06), (-0.50, 0.30), (0.10, 0.44), (0.66, 0.44), (1.0, 0.20)),
        ((0.74, -0.36), (0.20, -0.76), (-0.40, -0.72), (-0.86, -0.42)),
        width=1.04, height=0.70, iris_width=0.86, iris_height=1.25, iris_drop=0.02, lash_thickness=1.35,
        wing_length=0.5, family="train2",
    ),
    "upright_oval": EyeStyle(
        ((-1.0, 0.0), (-0.80, 0.64), (0.0, 1.0), (0.80, 0.64), (1.0, 0.0)),
        ((0.80, -0.64), (0.0, -1.0), (-0.80, -0.64)),
        width=0.58, height=1.12, iris_width=0.44, iris_height=0.92, lash_thickness=0.7, wing_length=0.2,
        pupil_width=0.62, family="train2", frequency=0.5,
    ),
    "sanpaku": EyeStyle(
        ((-1.0, -0.24), (-0.66, 0.34), (0.0, 0.60), (0.66, 0.52), (1.0, 0.06)),
        ((0.80, -0.60), (0.30, -1.0), (-0.35, -1.0), (-0.82, -0.72)),
        width=1.10, height=0.82, iris_width=0.50, iris_height=0.66, iris_drop=-0.20, pupil_width=0.36,
        tags=("sanpaku",), family="train2", frequency=0.5,
    ),
    "sleepy": EyeStyle(
        ((-1.0, 0.06), (-0.60, 0.22), (0.0, 0.12), (0.60, -0.12), (1.0, -0.52)),
        ((0.80, -0.84), (0.30, -1.0), (-0.40, -0.92), (-0.86, -0.56)),
        width=1.06, height=0.92, iris_drop=0.12, lash_thickness=1.1, tags=("half-closed_eyes", "tareme"),
        family="train2", frequency=0.6,
    ),
    "squarish": EyeStyle(
        ((-1.0, 0.10), (-0.92, 0.74), (-0.40, 0.94), (0.45, 0.92), (0.96, 0.62), (1.0, -0.05)),
        ((0.94, -0.62), (0.50, -0.96), (-0.50, -0.96), (-0.94, -0.62)),
        width=0.94, height=1.04, iris_width=0.66, iris_height=0.96, lash_thickness=1.3, wing_length=0.4,
        family="train2",
    ),
    "bead": EyeStyle(
        ((-1.0, 0.0), (-0.72, 0.70), (0.0, 1.0), (0.72, 0.70), (1.0, 0.0)),
        ((0.72, -0.70), (0.0, -1.0), (-0.72, -0.70)),
        width=0.44, height=0.62, iris_width=0.95, iris_height=1.3, pupil_width=0.9, lash_thickness=0.3,
        wing_length=0.0, highlights=1, tags=("solid_circle_eyes",), family="heldout2",
    ),
    "angular": EyeStyle(
        ((-1.0, -0.55), (-0.96, -0.45), (-0.42, 0.76), (0.56, 0.84), (0.97, 0.30), (1.0, 0.20)),
        ((0.80, -0.70), (0.50, -0.92), (-0.30, -0.95), (-0.70, -0.90)),
        width=1.10, height=0.86, iris_width=0.68, iris_height=1.12, lash_thickness=1.5, wing_length=1.8,
        tags=("tsurime",), family="heldout2",
    ),
    "staring": EyeStyle(
        ((-1.0, 0.0), (-0.72, 0.70), (0.0, 1.0), (0.72, 0.70), (1.0, 0.0)),
        ((0.72, -0.70), (0.0, -1.0), (-0.72, -0.70)),
        width=0.98, height=1.10, iris_width=0.38, iris_height=0.44, pupil_width=0.5, lash_thickness=0.7,
        wing_length=0.2, highlights=1, tags=("constricted_pupils", "wide-eyed"), family="heldout2",
    ),
    "crescent": EyeStyle(
        ((-1.0, -0.50), (-0.60, 0.40), (0.0, 0.80), (0.60, 0.44), (1.0, -0.40)),
        ((0.60, -0.14), (0.0, -0.02), (-0.60, -0.20)),
        width=1.08, height=0.86, iris_width=0.78, iris_height=1.10, iris_drop=-0.36, wing_length=0.9,
        lash_thickness=1.2, tags=("smiling_eyes",), family="heldout2",
    ),
}  # fmt: skip
