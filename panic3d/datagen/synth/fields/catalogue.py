"""All fields of characters."""

from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.clothing.params import OUTFITS
from panic3d.datagen.synth.fields.field import CategoricalField, ContinuousField, Field, SetField
from panic3d.datagen.synth.hair.styles import BACKS, FRINGES, SIDES
from panic3d.datagen.synth.head.eye_styles import EYE_STYLES

FIELDS: tuple[Field, ...] = (
    CategoricalField("hair.back", 0.7, values=tuple(BACKS)),
    CategoricalField("hair.fringe", 1.0, values=tuple(FRINGES)),
    CategoricalField("hair.side", 1.0, values=tuple(SIDES)),
    CategoricalField("hair.flip", 1.0, values=(False, True)),
    CategoricalField("face.eyes.style", 1.0, values=tuple(EYE_STYLES)),
    CategoricalField("clothes.kind", 1.0, values=OUTFITS),
    ContinuousField("head.scale", 1.0, low=0.9, high=1.5),
    ContinuousField("head.width", 1.0, low=0.9, high=1.1),
    ContinuousField("hair.length", 1.0, low=0.85, high=1.15),
    SetField("accessories", 1.0, values=tuple(ACCESSORIES)),
)
