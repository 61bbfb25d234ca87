"""All fields of characters."""

from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.clothing.outfits.catalogue import OUTFITS
from panic3d.datagen.synth.clothing.params import OUTFITS_OF_VERSION_2
from panic3d.datagen.synth.fields.field import CategoricalField, ContinuousField, Field, SetField
from panic3d.datagen.synth.fields.hair import HAIR_FIELDS
from panic3d.datagen.synth.head.eye_styles import EYE_STYLES

FIELDS: tuple[Field, ...] = (
    *HAIR_FIELDS,
    CategoricalField("face.eyes.style", 1.0, values=tuple(EYE_STYLES)),
    CategoricalField("clothes.kind", 1.0, values=(*OUTFITS_OF_VERSION_2, *OUTFITS)),
    ContinuousField("head.scale", 1.0, low=0.9, high=1.5),
    ContinuousField("head.width", 1.0, low=0.9, high=1.1),
    SetField("accessories", 1.0, values=tuple(ACCESSORIES)),
)
