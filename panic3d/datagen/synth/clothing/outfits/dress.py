"""Dress a figure: its skin, its outfit, legs and shoes, as meshes in T-pose with their textures."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.datagen.synth.clothing.body import LEG_SKIN, SHOE, BodyShape, build_leg
from panic3d.datagen.synth.clothing.figure.figure import Figure
from panic3d.datagen.synth.clothing.figure.neck import fit_neck
from panic3d.datagen.synth.clothing.figure.pose import bind_to_bones
from panic3d.datagen.synth.clothing.figure.sheet import build_sheet_meshes, find_hidden_parts, paint_sheets
from panic3d.datagen.synth.clothing.figure.skin import make_skin_sheets
from panic3d.datagen.synth.clothing.outfits.catalogue import OUTFITS
from panic3d.datagen.synth.clothing.outfits.tailor import SHOE as SHOE_SWATCH
from panic3d.datagen.synth.clothing.outfits.tailor import SKIRT, Tailor, WornHead, list_trim_swatches
from panic3d.datagen.synth.clothing.params import ClothesParams
from panic3d.datagen.synth.meshes.mesh import MeshPart, merge_parts
from panic3d.datagen.synth.meshes.paint import Colour
from panic3d.datagen.synth.meshes.primitives import build_loft, compute_swatch_uv, paint_swatches

SKIN_MATERIAL, CLOTH_MATERIAL, TRIM_MATERIAL = "BodySkin", "Garment", "Trim"
DENSE_M, MAX_HALVINGS = 0.007, 3
SKIRT_RINGS = ((-0.44, 0.092), (-0.52, 0.125), (-0.62, 0.150), (-0.74, 0.180))


@dataclass(frozen=True)
class DressedFigure:
    """Meshes in body units and T-pose, and the textures of their materials."""

    parts: list[MeshPart]
    textures: dict[str, UInt8[np.ndarray, "H W 4"]]
    """By key: `skin`, `garment`, `trim`."""
    hull: Float[np.ndarray, "V 3"]
    """Points of body and clothes in body units and rendered pose: what hair lies on."""


def dress_figure(
    shape: BodyShape, clothes: ClothesParams, head: WornHead, skin_shade: Colour, detail: float = 1.0
) -> DressedFigure:
    """Build body and outfit below a head. `skin_shade` is the colour of shade on the skin.

    `detail`: the share of the usual pixels along each side of what is painted.
    """
    outfit = OUTFITS[clothes.kind]
    if clothes.pattern not in outfit.patterns:
        clothes = replace(clothes, pattern=outfit.patterns[0])
    figure = Figure(shape, fit_neck(shape, head.shape))
    tailor = Tailor(figure, clothes, head)
    outfit.make(tailor)
    skin_sheets, cloth_sheets = (
        [replace(sheet, pixels=(round(sheet.pixels[0] * detail), round(sheet.pixels[1] * detail))) for sheet in some]
        for some in (make_skin_sheets(figure, clothes, skin_shade), tailor.sheets)
    )
    skin_regions, skin_picture = paint_sheets(skin_sheets)
    cloth_regions, cloth_picture = paint_sheets(cloth_sheets)
    sheets, regions = [*skin_sheets, *cloth_sheets], [*skin_regions, *cloth_regions]
    hidden = find_hidden_parts(sheets, regions)
    meshes = []
    for i, (sheet, region) in enumerate(zip(sheets, regions, strict=True)):
        on_skin = i < len(skin_sheets)
        picture, material = (skin_picture, SKIN_MATERIAL) if on_skin else (cloth_picture, CLOTH_MATERIAL)
        meshes += build_sheet_meshes(figure, sheet, region, len(picture), material, hidden.get(i))
    solids = [bind_to_bones(figure, part) for part in tailor.solids]
    surfaces = [surface.grid for sheet in sheets if sheet.bears_hair for surface in sheet.surfaces]
    hull = np.concatenate([_make_dense(grid) for grid in surfaces] + [part.xyz_head_m for part in tailor.solids])
    return DressedFigure(
        [*meshes, *solids, *_build_legs(clothes)],
        {"skin": skin_picture, "garment": cloth_picture, "trim": paint_swatches(list_trim_swatches(clothes))},
        hull,
    )


def _make_dense(grid: Float[np.ndarray, "R C 3"]) -> Float[np.ndarray, "N 3"]:
    """Return points of a surface that are at most `DENSE_M` apart, as far as `MAX_HALVINGS` allows."""
    for _ in range(MAX_HALVINGS):
        for _ in range(2):  # rows, then columns
            if np.linalg.norm(np.diff(grid, axis=0), axis=-1).max() > DENSE_M:
                halved = np.repeat(grid, 2, axis=0)[:-1]
                halved[1::2] = (grid[1:] + grid[:-1]) / 2
                grid = halved
            grid = grid.swapaxes(0, 1)
    return grid.reshape(-1, 3)


def _build_legs(clothes: ClothesParams) -> list[MeshPart]:
    """Build legs in trousers or below a skirt, and shoes."""
    parts = []
    for sign in (-1.0, 1.0):
        leg = build_leg("Trim" if clothes.trousers else SKIN_MATERIAL, LEG_SKIN, (0.1, 0.9), sign)
        shoe = build_leg("Trim", SHOE, (0.0, 1.0), sign)
        parts.append(replace(shoe, uv=compute_swatch_uv(shoe.uv, SHOE_SWATCH)))
        if clothes.trousers:
            parts.append(replace(leg, uv=compute_swatch_uv(leg.uv, SKIRT)))
        else:  # the corner of the skin's texture
            parts.append(replace(leg, uv=np.full_like(leg.uv, 0.01)))
    if not clothes.trousers:
        angles = np.linspace(-np.pi, np.pi, 33)
        rings = [
            np.stack([r * np.sin(angles), np.full(33, y), 0.8 * r * np.cos(angles) - 0.008], axis=1)
            for y, r in SKIRT_RINGS
        ]
        skirt = build_loft(np.array(rings), TRIM_MATERIAL, SKIRT, closed=False)
        parts.append(replace(skirt, weights={"hips": np.ones(len(skirt.xyz_head_m))}))
    return [merge_parts([part for part in parts if part.material == m]) for m in {part.material: 0 for part in parts}]
