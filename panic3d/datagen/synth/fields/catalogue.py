"""All fields of characters."""

from panic3d.datagen.synth.fields.accessories import ACCESSORY_FIELDS
from panic3d.datagen.synth.fields.body import BODY_FIELDS
from panic3d.datagen.synth.fields.clothes import CLOTHES_FIELDS
from panic3d.datagen.synth.fields.face import FACE_FIELDS
from panic3d.datagen.synth.fields.field import Field
from panic3d.datagen.synth.fields.hair import HAIR_FIELDS
from panic3d.datagen.synth.fields.head import HEAD_FIELDS

FIELDS: tuple[Field, ...] = (
    *HAIR_FIELDS,
    *HEAD_FIELDS,
    *FACE_FIELDS,
    *BODY_FIELDS,
    *CLOTHES_FIELDS,
    *ACCESSORY_FIELDS,
)
