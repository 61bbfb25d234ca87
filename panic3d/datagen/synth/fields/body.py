"""The fields of bodies."""

from panic3d.datagen.synth.clothing.outfits.catalogue import OUTFITS
from panic3d.datagen.synth.fields.field import ContinuousField, Field
from panic3d.datagen.synth.params import CharacterParams


def has_figure(params: CharacterParams) -> bool:
    """Return whether the outfit is worn by a `Figure`, not by the body of version 2."""
    return params.clothes.kind in OUTFITS


def has_body_of_version_2(params: CharacterParams) -> bool:
    """Return whether the outfit is one of version 2."""
    return not has_figure(params)


BODY_FIELDS: tuple[Field, ...] = (
    ContinuousField("body.scale", 1.0, low=0.65, high=1.11),
    ContinuousField("body.shoulders", 0.9, has_body_of_version_2, low=0.94, high=1.06),
    ContinuousField("body.bust", 0.4, has_body_of_version_2, low=0.75, high=1.25),
    ContinuousField("body.shoulder_m", 1.0, has_figure, low=0.074, high=0.132, unit="m"),
    ContinuousField("body.slope_m", 0.9, has_figure, low=-0.002, high=0.010, unit="m"),
    ContinuousField("body.neck_length_m", 0.9, low=0.0, high=0.019, unit="m"),
    ContinuousField("body.trapezius", 0.8, has_figure, low=0.0, high=1.0),
    ContinuousField("body.chest_depth", 0.2, has_figure, low=0.83, high=1.31),
    ContinuousField("body.breadth", 0.7, has_figure, low=0.86, high=1.16),
    ContinuousField("body.waist", 0.5, has_figure, low=0.89, high=1.19),
    ContinuousField("body.bust_m", 0.5, has_figure, low=0.0, high=0.042, unit="m"),
    ContinuousField("body.arms", 0.9, has_figure, low=0.73, high=1.55),
)
