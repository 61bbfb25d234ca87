"""All fields of characters."""

from panic3d.datagen.synth.clothing.outfits.catalogue import OUTFITS
from panic3d.datagen.synth.clothing.params import OUTFITS_OF_VERSION_2
from panic3d.datagen.synth.fields.accessories import ACCESSORY_FIELDS
from panic3d.datagen.synth.fields.face import FACE_FIELDS
from panic3d.datagen.synth.fields.field import CategoricalField, Field
from panic3d.datagen.synth.fields.hair import HAIR_FIELDS
from panic3d.datagen.synth.fields.head import HEAD_FIELDS

FIELDS: tuple[Field, ...] = (
    *HAIR_FIELDS,
    *HEAD_FIELDS,
    *FACE_FIELDS,
    *ACCESSORY_FIELDS,
    CategoricalField("clothes.kind", 1.0, values=(*OUTFITS_OF_VERSION_2, *OUTFITS)),
)
