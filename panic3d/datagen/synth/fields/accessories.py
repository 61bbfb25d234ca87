"""The fields of accessories."""

from functools import cache

import numpy as np

from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.accessories.registry import AccessoryFit
from panic3d.datagen.synth.accessories.swatches import MAIN, SECOND
from panic3d.datagen.synth.fields.field import ColourField, Condition, Field, SetField
from panic3d.datagen.synth.hair.styles import BACKS
from panic3d.datagen.synth.head.ears import find_ornament_place
from panic3d.datagen.synth.head.face_surface import FaceSurface
from panic3d.datagen.synth.head.form import HeadForm
from panic3d.datagen.synth.head.skull import HeadShape
from panic3d.datagen.synth.meshes.primitives import SWATCHES_PER_SIDE
from panic3d.datagen.synth.params import CharacterParams


@cache
def make_standard_fit() -> AccessoryFit:
    """Make the fit of a standard head."""
    shape = HeadShape(form=HeadForm())
    return AccessoryFit(FaceSurface(shape), (0.037, -0.004), 0.006, earlobe_m=find_ornament_place("human", shape))


@cache
def find_swatches(name: str) -> frozenset[int]:
    """Build an accessory and find out which swatches it shows."""
    uv = np.concatenate([part.uv for part in ACCESSORIES[name].build(make_standard_fit())])
    column, row = (uv * SWATCHES_PER_SIDE).astype(int).T
    return frozenset((row * SWATCHES_PER_SIDE + column).tolist())


def make_swatch_condition(swatch: int) -> Condition:
    """Return a condition: an accessory or a tie of a tail has the swatch's colour."""

    def is_shown(params: CharacterParams) -> bool:
        tied = swatch == MAIN and len(BACKS[params.hair.back].ties) > 0
        earless = {name for name in params.accessories if ACCESSORIES[name].slot == "ears" and params.ears == "hidden"}
        return tied or any(swatch in find_swatches(name) for name in set(params.accessories) - earless)

    return is_shown


ACCESSORY_FIELDS: tuple[Field, ...] = (
    SetField("accessories", 1.0, values=tuple(ACCESSORIES)),
    ColourField("accessory_colours.0", 1.0, make_swatch_condition(MAIN)),
    ColourField("accessory_colours.1", 1.0, make_swatch_condition(SECOND)),
)
