"""The fields of the face: eyes, brows, mouth and what is painted on the skin."""

from panic3d.datagen.synth.fields.field import (
    CategoricalField,
    ColourField,
    Condition,
    ContinuousField,
    Field,
    SetField,
)
from panic3d.datagen.synth.head.eye_layers.iris import PUPILS_OF_ONE_SIZE, limit_pupil_width
from panic3d.datagen.synth.head.eye_styles import EYE_STYLES
from panic3d.datagen.synth.head.eyes import BROWS, HIGHLIGHTS, PUPILS, EyeDetails
from panic3d.datagen.synth.head.face import BLUSH_STYLES, COLOURED_MARKS, MARKS, NOSE_STYLES, ONE_SIDED_MARKS
from panic3d.datagen.synth.head.mouth import FANGS, MOUTH_STYLES
from panic3d.datagen.synth.meshes.manners import MANNERS
from panic3d.datagen.synth.params import CharacterParams

PUPIL_SIZES = (0.75, 1.25)


def has_details(params: CharacterParams) -> bool:
    """Return whether the face is painted in detail: since version 3 of the generator."""
    return params.face.details is not None


def has_eye_details(params: CharacterParams) -> bool:
    """Return whether the eyes are painted in detail."""
    return params.face.eyes.details is not None


def has_open_eyes(params: CharacterParams) -> bool:
    """Return whether the irises are visible."""
    return not params.face.eyes.is_closed


def has_detailed_irises(params: CharacterParams) -> bool:
    """Return whether irises that are painted in detail are visible."""
    return has_open_eyes(params) and has_eye_details(params)


def has_sized_pupils(params: CharacterParams) -> bool:
    """Return whether the pupils differ in size."""
    eyes = params.face.eyes
    if not has_detailed_irises(params) or (eyes.details or EyeDetails()).pupil in PUPILS_OF_ONE_SIZE:
        return False
    low, high = (limit_pupil_width(EYE_STYLES[eyes.style].pupil_width * size) for size in PUPIL_SIZES)
    return low < high


def has_crease(params: CharacterParams) -> bool:
    """Return whether the lids are so far open that they have a crease."""
    return has_eye_details(params) and params.face.eyes.open_share > 0.3


def has_visible_crease(params: CharacterParams) -> bool:
    """Return whether a crease is painted."""
    details = params.face.eyes.details
    return has_crease(params) and details is not None and details.crease > 0.05


def has_wings(params: CharacterParams) -> bool:
    """Return whether the lashes have a length."""
    return has_eye_details(params) and EYE_STYLES[params.face.eyes.style].wing_length > 0


def has_open_mouth(params: CharacterParams) -> bool:
    """Return whether the inside of the mouth is visible."""
    return MOUTH_STYLES[params.face.mouth.style][1] is not None


def has_closed_mouth(params: CharacterParams) -> bool:
    """Return whether the lips are closed."""
    return not has_open_mouth(params)


def make_strength_condition(name: str) -> Condition:
    """Return a condition: this part of the painted details has a strength."""

    def is_visible(params: CharacterParams) -> bool:
        return bool(getattr(params.face.details, name, 0.0) > 0.01)

    return is_visible


def make_mark_condition(marks: tuple[str, ...]) -> Condition:
    """Return a condition: the face has one of these marks."""

    def has_mark(params: CharacterParams) -> bool:
        details = params.face.details
        return details is not None and not set(details.marks).isdisjoint(marks)

    return has_mark


def has_painted_blush(params: CharacterParams) -> bool:
    """Return whether the blush has a style."""
    return has_details(params) and params.face.blush > 0.01


EYES, DETAILS = "face.eyes.", "face.eyes.details."
EYE_FIELDS: tuple[Field, ...] = (
    CategoricalField(EYES + "style", 1.0, values=tuple(EYE_STYLES)),
    ContinuousField(EYES + "centre_m.0", 1.0, low=0.0353, high=0.0391, unit="m"),
    ContinuousField(EYES + "centre_m.1", 1.0, low=-0.0109, high=-0.0027, unit="m"),
    ContinuousField(EYES + "half_width_m", 1.0, low=0.014, high=0.0263, unit="m"),
    ContinuousField(EYES + "half_height_m", 1.0, low=0.0103, high=0.022, unit="m"),
    ContinuousField(EYES + "tilt_deg", 1.0, low=-4.01, high=4.01, unit="deg"),
    ContinuousField(EYES + "brow_lift_m", 0.9, low=0.0047, high=0.0136, unit="m"),
    ContinuousField(EYES + "brow_tilt", 0.9, low=-0.0051, high=0.0061, unit="m"),
    ContinuousField(EYES + "brow_thickness_m", 0.9, low=0.0013, high=0.0041, unit="m"),
    ContinuousField(EYES + "open_share", 1.0, low=0.02, high=1.0),
    CategoricalField(EYES + "closed_smile", 1.0, lambda params: params.face.eyes.is_closed, values=(False, True)),
    ColourField(EYES + "iris_left", 1.0, has_open_eyes),
    ColourField(EYES + "iris_right", 1.0, has_open_eyes),
    ColourField(EYES + "lash_colour", 1.0),
    ColourField(EYES + "brow_colour", 0.9),
    ContinuousField(DETAILS + "iris_size", 1.0, has_detailed_irises, low=0.87, high=1.13),
    ContinuousField(DETAILS + "pupil_size", 1.0, has_sized_pupils, low=PUPIL_SIZES[0], high=PUPIL_SIZES[1]),
    CategoricalField(DETAILS + "pupil", 1.0, has_detailed_irises, values=PUPILS),
    CategoricalField(DETAILS + "highlight", 1.0, has_detailed_irises, values=HIGHLIGHTS),
    ContinuousField(DETAILS + "gaze_m.0", 1.0, has_detailed_irises, low=-0.0022, high=0.0022, unit="m"),
    ContinuousField(DETAILS + "gaze_m.1", 1.0, has_detailed_irises, low=-0.0011, high=0.0011, unit="m"),
    ContinuousField(DETAILS + "white_shade", 1.0, has_detailed_irises, low=0.15, high=0.65),
    ColourField(DETAILS + "white", 1.0, has_detailed_irises),
    ContinuousField(DETAILS + "lash_weight", 1.0, has_eye_details, low=0.52, high=1.3),
    ContinuousField(DETAILS + "lash_length", 1.0, has_wings, low=0.24, high=1.45),
    ContinuousField(DETAILS + "lower_lash", 1.0, has_eye_details, low=0.0, high=0.85),
    ContinuousField(DETAILS + "crease", 1.0, has_crease, low=0.1, high=1.0),
    ContinuousField(DETAILS + "crease_lift", 1.0, has_visible_crease, low=0.18, high=0.38),
    CategoricalField(DETAILS + "brow", 0.9, has_eye_details, values=BROWS),
    ContinuousField(DETAILS + "brow_length", 0.9, has_eye_details, low=0.86, high=1.14),
)
MOUTH_FIELDS: tuple[Field, ...] = (
    CategoricalField("face.mouth.style", 1.0, values=tuple(MOUTH_STYLES)),
    ContinuousField("face.mouth.y_m", 1.0, low=-0.0634, high=-0.0596, unit="m"),
    ContinuousField("face.mouth.half_width_m", 1.0, low=0.0105, high=0.0182, unit="m"),
    ContinuousField("face.mouth.line_weight", 1.0, low=0.65, high=1.35),
    ContinuousField("face.mouth.lower_lip", 1.0, has_closed_mouth, low=0.0, high=1.4),
    CategoricalField("face.mouth.fangs", 1.0, values=FANGS),
    ColourField("face.mouth.line", 1.0),
    ColourField("face.mouth.inside", 1.0, has_open_mouth),
)
SKIN_FIELDS: tuple[Field, ...] = (
    ColourField("face.skin", 1.0),
    ColourField("face.shade", 1.0),
    ContinuousField("face.blush", 1.0, low=0.0, high=0.65),
    CategoricalField("face.freckles", 1.0, values=(False, True)),
    CategoricalField("face.manner", 1.0, has_details, values=MANNERS),
    CategoricalField("face.details.nose", 1.0, has_details, values=NOSE_STYLES),
    CategoricalField("face.details.blush_style", 1.0, has_painted_blush, values=BLUSH_STYLES),
    ContinuousField("face.details.hair_shadow", 0.8, has_details, low=0.0, high=0.8),
    ContinuousField("face.details.neck_shadow", 1.0, has_details, low=0.55, high=1.0),
    ContinuousField("face.details.side_shade", 0.9, has_details, low=0.0, high=0.5),
    ContinuousField("face.details.stubble", 1.0, has_details, low=0.0, high=0.9),
    ContinuousField("face.details.lips", 1.0, has_details, low=0.0, high=1.0),
    ContinuousField("face.details.eye_shadow", 1.0, has_details, low=0.0, high=1.0),
    SetField("face.details.marks", 1.0, has_details, values=MARKS),
    CategoricalField("face.details.markings_side", 1.0, make_mark_condition(ONE_SIDED_MARKS), values=(-1, 1)),
    ColourField("face.details.mark_colour", 1.0, make_mark_condition(COLOURED_MARKS)),
    ColourField("face.details.lip_colour", 1.0, make_strength_condition("lips")),
    ColourField("face.details.eye_shadow_colour", 1.0, make_strength_condition("eye_shadow")),
    ColourField("face.details.hair_colour", 1.0, make_strength_condition("stubble")),
)
FEATURE_FIELDS: tuple[Field, ...] = (*EYE_FIELDS, *MOUTH_FIELDS)
FACE_FIELDS: tuple[Field, ...] = (*FEATURE_FIELDS, *SKIN_FIELDS)
