"""The fields of clothes."""

from functools import cache

import numpy as np

from panic3d.datagen.synth.clothing.body import BodyShape
from panic3d.datagen.synth.clothing.cloth_texture import paint_cloth
from panic3d.datagen.synth.clothing.clothes import build_clothes, list_trim_colours
from panic3d.datagen.synth.clothing.figure.figure import Figure
from panic3d.datagen.synth.clothing.figure.neck import fit_neck
from panic3d.datagen.synth.clothing.figure.sheet import Chart
from panic3d.datagen.synth.clothing.outfits.catalogue import OUTFITS
from panic3d.datagen.synth.clothing.outfits.tailor import Tailor, WornHead, list_trim_swatches
from panic3d.datagen.synth.clothing.params import OUTFITS_OF_VERSION_2, PATTERNS, ClothesParams
from panic3d.datagen.synth.fields.body import has_figure
from panic3d.datagen.synth.fields.field import (
    CategoricalField,
    ColourField,
    Condition,
    ContinuousField,
    Field,
    replace_field,
)
from panic3d.datagen.synth.fields.recording import record_reads
from panic3d.datagen.synth.head.skull import HeadShape
from panic3d.datagen.synth.meshes.manners import MANNERS
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.primitives import SWATCHES_PER_SIDE
from panic3d.datagen.synth.params import CharacterParams

COLOURS = ("main", "collar", "accent", "skirt", "inner")
SKETCH_PIXELS = (32, 32)


def has_patterns(params: CharacterParams) -> bool:
    """Return whether the outfit can have a pattern."""
    return has_figure(params) and len(OUTFITS[params.clothes.kind].patterns) > 1


def make_use_condition(name: str) -> Condition:
    """Return a condition: the character's outfit depends on a parameter."""

    def is_used(params: CharacterParams) -> bool:
        return name in find_outfit_use(params.clothes.kind, params.clothes.pattern)

    return is_used


@cache
def find_outfit_use(kind: str, pattern: str) -> frozenset[str]:
    """Make an outfit and find out which of `ClothesParams` it depends on."""
    params, read = record_reads(ClothesParams(kind=kind, pattern=pattern))
    if kind in OUTFITS_OF_VERSION_2:
        paint_cloth(params)
        parts, trim = build_clothes(params, BodyShape()), list_trim_colours
    else:
        if pattern not in OUTFITS[kind].patterns:
            return find_outfit_use(kind, OUTFITS[kind].patterns[0])
        tailor = Tailor(Figure(BodyShape(), fit_neck(BodyShape(), HeadShape())), params, WornHead(HeadShape(), 0.0))
        OUTFITS[kind].make(tailor)
        for sheet in tailor.sheets:
            sheet.paint(Chart(sheet.surfaces[0].grid, SKETCH_PIXELS))
        parts, trim = tailor.solids, list_trim_swatches
    plain = ClothesParams(kind=kind)
    swatches = list_used_swatches(parts)
    for name in COLOURS:
        changed = trim(replace_field(plain, name, (0.41, 0.13, 0.77)))
        if any(changed[i] != trim(plain)[i] for i in swatches):
            read.add(name)
    return frozenset(read)


def list_used_swatches(parts: list[MeshPart]) -> list[int]:
    """List the swatches of the trim texture that meshes show."""
    uv = np.concatenate([np.zeros((0, 2)), *(part.uv for part in parts if part.material == "Trim")])
    column, row = np.floor(uv * SWATCHES_PER_SIDE).astype(int).T
    return sorted(set((row * SWATCHES_PER_SIDE + column).tolist()))


def has_free_sleeves(params: CharacterParams) -> bool:
    """Return whether the outfit of version 2 has either sleeves."""
    return params.clothes.kind in OUTFITS_OF_VERSION_2 and params.clothes.kind != "hoodie"


CLOTHES_FIELDS: tuple[Field, ...] = (
    CategoricalField("clothes.kind", 1.0, values=(*OUTFITS_OF_VERSION_2, *OUTFITS)),
    CategoricalField("clothes.pattern", 1.0, has_patterns, values=PATTERNS),
    CategoricalField("clothes.manner", 1.0, has_figure, values=MANNERS),
    CategoricalField("clothes.trousers", 0.0, has_figure, values=(False, True)),
    CategoricalField("clothes.long_sleeves", 1.0, has_free_sleeves, values=(False, True)),
    ContinuousField("clothes.sleeve_m", 0.9, make_use_condition("sleeve_m"), low=0.06, high=0.40, unit="m"),
    ContinuousField("clothes.opening_m", 1.0, make_use_condition("opening_m"), low=0.0, high=0.05, unit="m"),
    ContinuousField("clothes.looseness_m", 0.6, make_use_condition("looseness_m"), low=0.0, high=0.010, unit="m"),
    ContinuousField("clothes.bulk", 0.8, make_use_condition("bulk"), low=0.8, high=1.25),
    ColourField("clothes.main", 1.0, make_use_condition("main")),
    ColourField("clothes.collar", 1.0, make_use_condition("collar")),
    ColourField("clothes.accent", 1.0, make_use_condition("accent")),
    ColourField("clothes.inner", 0.9, make_use_condition("inner")),
    ColourField("clothes.skirt", 0.0),
)
"""All but `clothes.skin`, which is the colour of the face."""
