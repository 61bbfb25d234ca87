"""The fields of the head's form, of ears and of facial hair."""

from panic3d.datagen.synth.facial_hair.styles import BEARDS, MOUSTACHES
from panic3d.datagen.synth.fields.field import CategoricalField, ContinuousField, Field
from panic3d.datagen.synth.head.formed_ears import EAR_KINDS, EAR_TIPS
from panic3d.datagen.synth.params import CharacterParams


def has_form(params: CharacterParams) -> bool:
    """Return whether the head has a form: since version 3 of the generator."""
    return params.head.form is not None


def has_formed_ears(params: CharacterParams) -> bool:
    """Return whether ears of a form are visible."""
    return has_form(params) and params.ears != "hidden"


def has_pointed_ears(params: CharacterParams) -> bool:
    """Return whether ears of a form have tips."""
    return has_form(params) and params.ears in EAR_TIPS


def has_facial_hair(params: CharacterParams) -> bool:
    """Return whether there is a beard or a moustache."""
    hair = params.facial_hair
    return has_form(params) and (hair.beard, hair.moustache) != ("none", "none")


def has_hanging_beard(params: CharacterParams) -> bool:
    """Return whether the beard has a length."""
    beard = params.facial_hair.beard
    return has_form(params) and beard != "none" and BEARDS[beard].reach > 0


HEAD_FIELDS: tuple[Field, ...] = (
    ContinuousField("head.scale", 1.0, low=0.9, high=1.5),
    ContinuousField("head.width", 1.0, low=0.94, high=1.09),
    ContinuousField("head.jaw_width", 1.0, low=0.85, high=1.15),
    ContinuousField("head.chin_drop_m", 1.0, low=-0.0091, high=0.0091, unit="m"),
    ContinuousField("head.cheek", 1.0, low=-0.0021, high=0.0077, unit="m"),
    ContinuousField("head.depth", 0.1, low=0.979, high=1.021),
    ContinuousField("head.nose_m", 0.4, low=0.003, high=0.02, unit="m"),
    ContinuousField("head.neck", 1.0, low=0.65, high=1.12),
    ContinuousField("head.form.face_length_m", 1.0, has_form, low=-0.018, high=0.013, unit="m"),
    ContinuousField("head.form.jaw_corner", 0.9, has_form, low=-1.0, high=1.0),
    ContinuousField("head.form.chin_width", 1.0, has_form, low=-0.95, high=1.0),
    ContinuousField("head.form.chin_forward_m", 0.2, has_form, low=-0.0021, high=0.0051, unit="m"),
    ContinuousField("head.form.cheekbones_m", 0.8, has_form, low=0.0, high=0.0029, unit="m"),
    ContinuousField("head.form.hollow_cheeks_m", 0.8, has_form, low=0.0, high=0.0029, unit="m"),
    ContinuousField("head.form.forehead_slope_m", 0.1, has_form, low=-0.0031, high=0.0049, unit="m"),
    ContinuousField("head.form.crown", 0.8, has_form, low=0.93, high=1.07),
    ContinuousField("head.form.back", 0.0, has_form, low=0.92, high=1.08),
    ContinuousField("head.form.brow_ridge_m", 0.2, has_form, low=0.0, high=0.0031, unit="m"),
    ContinuousField("head.form.socket_m", 0.2, has_form, low=0.0015, high=0.0071, unit="m"),
    ContinuousField("head.form.nose_width", 0.7, has_form, low=0.79, high=1.37),
    ContinuousField("head.form.nose_bridge", 0.4, has_form, low=0.0, high=1.0),
    ContinuousField("head.form.nose_tip_m", 0.9, has_form, low=-0.0025, high=0.0025, unit="m"),
    ContinuousField("head.form.nose_upturn", 0.3, has_form, low=0.0, high=1.0),
    ContinuousField("head.form.nose_wings_m", 0.5, has_form, low=0.0, high=0.0022, unit="m"),
    ContinuousField("head.form.lips_m", 0.2, has_form, low=0.0003, high=0.0035, unit="m"),
    ContinuousField("head.form.neck_depth", 0.0, has_form, low=0.89, high=1.17),
    ContinuousField("head.form.neck_slope_m", 0.8, has_form, low=0.0, high=0.0055, unit="m"),
    ContinuousField("head.form.adams_apple_m", 0.2, has_form, low=0.0, high=0.0041, unit="m"),
    ContinuousField("head.form.ear_size", 0.9, has_formed_ears, low=0.69, high=1.15),
    ContinuousField("head.form.ear_angle_deg", 0.7, has_formed_ears, low=22.0, high=62.0, unit="deg"),
    ContinuousField("head.form.ear_y_m", 0.9, has_formed_ears, low=-0.0051, high=0.0051, unit="m"),
    ContinuousField("head.form.ear_tip", 0.9, has_pointed_ears, low=0.35, high=2.0),
    CategoricalField("ears", 0.9, values=EAR_KINDS),
    CategoricalField("facial_hair.beard", 1.0, has_form, values=("none", *BEARDS)),
    CategoricalField("facial_hair.moustache", 1.0, has_form, values=("none", *MOUSTACHES)),
    ContinuousField("facial_hair.length_m", 0.9, has_hanging_beard, low=0.0084, high=0.0168, unit="m"),
    ContinuousField("facial_hair.thickness_m", 0.4, has_facial_hair, low=0.003, high=0.0052, unit="m"),
    ContinuousField("facial_hair.spikes", 0.9, has_hanging_beard, low=0.1, high=0.45),
)
