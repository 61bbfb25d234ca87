"""Draw faces of version 3 of the generator: eyes, brows, mouth and what is painted on the skin."""

from collections.abc import Mapping, Sequence

import numpy as np

from panic3d.datagen.synth.draws.traits import PersonTraits
from panic3d.datagen.synth.facial_hair.styles import BEARDS, MOUSTACHES, FacialHair
from panic3d.datagen.synth.families import is_style_of
from panic3d.datagen.synth.head.eye_styles import EYE_STYLES, EyeStyle
from panic3d.datagen.synth.head.eyes import (
    BROWS,
    EYE_PATCH_HALF_M,
    HELDOUT_BROWS,
    HELDOUT_HIGHLIGHTS,
    HELDOUT_PUPILS,
    HIGHLIGHTS,
    PUPILS,
    EyeDetails,
    EyeParams,
)
from panic3d.datagen.synth.head.face import (
    BLUSH_STYLES,
    HELDOUT_BLUSHES,
    HELDOUT_MARKS,
    HELDOUT_NOSES,
    MARKS,
    NOSE_STYLES,
    FaceDetails,
    FaceParams,
)
from panic3d.datagen.synth.head.mouth import HELDOUT_MOUTHS, MOUTH_STYLES, MouthParams
from panic3d.datagen.synth.meshes.paint import Colour, mix_colours
from panic3d.datagen.synth.palettes import CLOTH_COLOURS, EYE_COLOURS

EYES_OF_MEN = {
    "small": 3.0, "narrow": 2.5, "realistic": 2.5, "stern": 3.0, "sharp": 4.0, "almond": 3.0, "fox": 1.5,
    "sanpaku": 1.5, "tsurime": 1.5, "sleepy": 1.2, "half_closed": 1.2,
    "sparkling": 0.15, "heavy_lashes": 0.05, "chibi": 0.3, "tall": 0.4, "innocent": 0.5,
}  # fmt: skip
EYES_OF_CHILDREN = {
    "round": 2.0, "sparkling": 1.5, "innocent": 2.5, "chibi": 2.0, "squarish": 1.5, "upright_oval": 1.5,
    "small": 0.3, "narrow": 0.2, "realistic": 0.2, "stern": 0.2, "sharp": 0.2, "fox": 0.3, "heavy_lashes": 0.2,
    "half_closed": 0.4, "sanpaku": 0.3, "almond": 0.4,
}  # fmt: skip
EYES_OF_CHIBIS = {"chibi": 4.0, "upright_oval": 3.0, "bead": 3.0, "realistic": 0.0, "narrow": 0.2, "small": 0.3}
"""How much more often these people have a style of eyes."""
MARK_FREQUENCIES = {"mole_eye": 3.0, "mole_mouth": 1.5, "plaster_nose": 1.5, "bags": 1.2, "tribal": 0.6, "dirt": 0.6}
HALF_WIDTH_LIMIT_M = EYE_PATCH_HALF_M - 0.0015


def choose_value(
    rng: np.random.Generator,
    family: str,
    values: Sequence[str],
    heldout: Sequence[str],
    frequencies: Mapping[str, float] = {},
) -> str:
    """Choose a value that characters of the family may have; frequencies are 1 where they are not given."""
    allowed = [value for value in values if is_style_of("heldout2" if value in heldout else "train", family)]
    shares = np.array([frequencies.get(value, 1.0) for value in allowed])
    return str(rng.choice(allowed, p=shares / shares.sum()))


def draw_face(
    rng: np.random.Generator,
    family: str,
    traits: PersonTraits,
    manner: str,
    skin: tuple[Colour, Colour],
    hair: Colour,
    eye_names: tuple[str, str],
) -> FaceParams:
    """Draw a face. `skin` is the colour of the skin and of its shade, `eye_names` are those of left and right iris."""
    male, grown = traits.sex == "male", traits.age == "adult"
    blush = float(rng.uniform(0.0, 0.35) if male or grown else rng.uniform(0.1, 0.65))
    return FaceParams(
        skin=skin[0],
        shade=skin[1],
        blush=blush,
        freckles=bool(rng.random() < 0.06),
        eyes=draw_eyes(rng, family, traits, hair, eye_names),
        mouth=draw_mouth(rng, family, traits, skin[1]),
        manner=manner,
        details=draw_details(rng, family, traits, hair),
    )


def choose_eye_style(rng: np.random.Generator, family: str, traits: PersonTraits) -> str:
    """Choose the style of the eyes."""
    names = [name for name, style in EYE_STYLES.items() if is_style_of(style.family, family)]
    shares = np.array([EYE_STYLES[name].frequency for name in names])
    for applies, table in (
        (traits.sex == "male", EYES_OF_MEN),
        (traits.age == "child", EYES_OF_CHILDREN),
        (traits.proportion == "chibi", EYES_OF_CHIBIS),
    ):
        if applies:
            shares = shares * np.array([table.get(name, 1.0) for name in names])
    return str(rng.choice(names, p=shares / shares.sum()))


def fit_into_patch(style: EyeStyle, half_width_m: float, half_height_m: float, lash_length: float) -> float:
    """Return the half width, limited so that eye and lashes fit into the patch that they are painted on."""
    wing_m = 0.33 * half_height_m * style.wing_length * lash_length
    return min(half_width_m, (HALF_WIDTH_LIMIT_M - wing_m) / style.width)


def draw_eyes(
    rng: np.random.Generator, family: str, traits: PersonTraits, hair: Colour, eye_names: tuple[str, str]
) -> EyeParams:
    """Draw eyes and brows."""
    male, child = traits.sex == "male", traits.age == "child"
    name = choose_eye_style(rng, family, traits)
    style = EYE_STYLES[name]
    u = rng.uniform(-1, 1, 20)
    big = {"realistic": 0.88, "anime": 1.02, "chibi": 1.12}[traits.proportion]
    big *= {"child": 1.06, "youth": 1.0, "adult": 0.94}[traits.age] * (0.92 if male and not child else 1.0)
    half_height_m = 0.0164 * big * (1 + 0.12 * u[0])
    lash_length = (0.45 if male else 1.0) * (1 + 0.45 * u[1])
    half_width_m = fit_into_patch(style, 0.0218 * big**0.6 * (1 + 0.08 * u[2]), half_height_m, lash_length)
    closed = bool(rng.random() < 0.015)
    # a part of the drawn people looks past the viewer
    gaze = rng.normal(0, 0.0011, 2).clip(-0.0022, 0.0022) if rng.random() < 0.3 else np.zeros(2)
    details = EyeDetails(
        iris_size=1 + 0.13 * u[3],
        pupil_size=1 + 0.25 * u[4],
        pupil=choose_value(
            rng, family, PUPILS, HELDOUT_PUPILS, {"round": 12.0, "none": 2.0, "slit": 1.2, "ring": 0.8, "heart": 0.5}
        ),
        highlight=choose_value(
            rng, family, HIGHLIGHTS, HELDOUT_HIGHLIGHTS, {"two": 3.0, "one": 2.0, "three": 1.5, "none": 0.7}
        ),
        gaze_m=(float(gaze[0]), float(0.5 * gaze[1])),
        lash_weight=(0.75 if male else 1.0) * (1 + 0.30 * u[5]),
        lash_length=lash_length,
        lower_lash=float(np.clip((0.15 if male else 0.45) + 0.4 * u[6], 0, 1)),
        crease=float(np.clip(0.6 + 0.5 * u[7], 0, 1)),
        crease_lift=0.28 + 0.10 * u[8],
        white_shade=float(np.clip(0.40 + 0.25 * u[9], 0, 1)),
        white=mix_colours((0.99, 0.985, 0.985), (0.90, 0.92, 0.97), float(rng.random())),
        brow=choose_value(
            rng,
            family,
            BROWS,
            HELDOUT_BROWS,
            {"natural": 3.0, "thick": 3.0 if male else 0.8, "thin": 0.3 if male else 1.5, "arched": 0.6 if male else 1},
        ),
        brow_length=1 + 0.14 * u[10],
    )
    dark = mix_colours(hair, (0.10, 0.05, 0.08), 0.72)
    lift_m = (0.0078 if male and not child else 0.0105) + 0.003 * u[11]
    return EyeParams(
        style=name,
        centre_m=(0.0372 + 0.0018 * u[12], -0.006 + 0.0032 * u[13] - 0.0016 * child),
        half_width_m=half_width_m,
        half_height_m=half_height_m,
        tilt_deg=4.0 * u[14],
        iris_left=EYE_COLOURS[eye_names[0]],
        iris_right=EYE_COLOURS[eye_names[1]],
        lash_colour=mix_colours(dark, (0.12, 0.07, 0.10), 0.6),
        brow_colour=mix_colours(hair, (0.15, 0.08, 0.10), 0.45 + 0.2 * u[15]),
        brow_lift_m=lift_m,
        brow_tilt=(0.001 if male else 0.0) + 0.005 * u[16],
        brow_thickness_m=(0.0031 if male else 0.0023) + 0.0009 * u[17],
        open_share=0.02 if closed else float(1 - 0.18 * rng.random()),
        closed_smile=closed and bool(rng.random() < 0.6),
        details=details,
    )


def draw_mouth(rng: np.random.Generator, family: str, traits: PersonTraits, shade: Colour) -> MouthParams:
    """Draw the mouth."""
    male = traits.sex == "male" and traits.age != "child"
    u = rng.uniform(-1, 1, 5)
    frequencies = {
        "smile": 3.0,
        "line": 2.0,
        "wide_smile": 1.5,
        "firm": 2.0 if male else 0.7,
        "bow": 0.4 if male else 1,
    }
    return MouthParams(
        style=choose_value(rng, family, list(MOUTH_STYLES), HELDOUT_MOUTHS, frequencies),
        y_m=-0.0615 + 0.0018 * u[0],
        half_width_m=0.0132 * (1.14 if male else 1.0) * (1 + 0.2 * u[1]),
        line=mix_colours(shade, (0.25, 0.05, 0.07), 0.82 + 0.1 * u[2]),
        inside=mix_colours((0.62, 0.22, 0.26), (0.85, 0.42, 0.45), float(rng.random())),
        line_weight=1 + 0.35 * u[3],
        lower_lip=float(np.clip(0.7 + 0.8 * u[4], 0, 1.4)),
        fangs=str(rng.choice(["none", "one", "two"], p=[0.93, 0.04, 0.03])),
    )


def draw_details(rng: np.random.Generator, family: str, traits: PersonTraits, hair: Colour) -> FaceDetails:
    """Draw noses, blush, shade, marks and make-up."""
    male, grown, chibi = traits.sex == "male", traits.age == "adult", traits.proportion == "chibi"
    noses = {"dot": 2.0, "full": 0.3, "nostrils": 0.6, "none": 0.6}
    if traits.proportion == "realistic" or grown:
        noses |= {"full": 2.5, "triangle": 2.0, "shadow": 2.0, "side_shadow": 2.0, "none": 0.1}
    if chibi:
        noses |= {"none": 3.0, "highlight": 2.0, "full": 0.0, "triangle": 0.2, "side_shadow": 0.2, "hook": 0.4}
    count = int(rng.choice([0, 1, 2], p=[0.80, 0.16, 0.04]))
    marks: list[str] = []
    while len(marks) < count:
        mark = choose_value(rng, family, MARKS, HELDOUT_MARKS, MARK_FREQUENCIES)
        if mark not in marks:
            marks.append(mark)
    painted = not male and traits.age != "child" and rng.random() < (0.45 if grown else 0.12)
    lined = male and grown and rng.random() < 0.2
    reds: tuple[Colour, ...] = ((0.82, 0.25, 0.32), (0.90, 0.45, 0.48), (0.62, 0.14, 0.24), (0.78, 0.38, 0.30))
    shadows: tuple[Colour, ...] = ((0.80, 0.40, 0.48), (0.55, 0.35, 0.60), (0.70, 0.45, 0.32), (0.40, 0.45, 0.70))
    return FaceDetails(
        nose=choose_value(rng, family, NOSE_STYLES, HELDOUT_NOSES, noses),
        blush_style=choose_value(rng, family, BLUSH_STYLES, HELDOUT_BLUSHES, {"round": 3.0, "wide": 1.5, "nose": 0.7}),
        hair_shadow=float(rng.uniform(0.15, 0.80)),
        neck_shadow=float(rng.uniform(0.55, 1.0)),
        side_shade=float(rng.uniform(0.0, 0.5)),
        stubble=float(rng.uniform(0.3, 0.9)) if lined else 0.0,
        marks=tuple(sorted(marks)),
        mark_colour=CLOTH_COLOURS[rng.choice([0, 1, 3, 5, 6, 7, 11])],
        lips=float(rng.uniform(0.3, 1.0)) if painted else 0.0,
        lip_colour=reds[rng.integers(len(reds))],
        eye_shadow=float(rng.uniform(0.3, 1.0)) if painted and rng.random() < 0.7 else 0.0,
        eye_shadow_colour=shadows[rng.integers(len(shadows))],
        markings_side=int(rng.choice([-1, 1])),
        hair_colour=mix_colours(hair, (0.10, 0.08, 0.10), 0.3),
    )


def draw_facial_hair(rng: np.random.Generator, family: str, traits: PersonTraits) -> FacialHair:
    """Draw beard and moustache: two of five men have some, and one of twenty male youths."""
    share = {"adult": 0.4, "youth": 0.05, "child": 0.0}[traits.age] if traits.sex == "male" else 0.0
    u = rng.random(5)
    beards = [name for name, style in BEARDS.items() if is_style_of(style.family, family)]
    moustaches = [name for name, style in MOUSTACHES.items() if is_style_of(style.family, family)]
    beard, moustache = str(rng.choice(beards)), str(rng.choice(moustaches))
    if u[0] > share:
        return FacialHair()
    return FacialHair(
        beard="none" if u[1] < 0.25 else beard,
        moustache="none" if 0.25 <= u[1] < 0.55 else moustache,
        length_m=0.012 * (0.7 + 0.7 * u[2]),
        thickness_m=0.0030 + 0.0022 * u[3],
        spikes=0.10 + 0.35 * u[4],
    )
