"""What avatars of fitted characters and of sculpted heads have in common: face, texture, contents of the file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.avatar.config import EXPRESSIONS, AvatarConfig
from panic3d.avatar.face.contours import MOUTH, trace_mouth
from panic3d.avatar.face.expressions import FaceShape
from panic3d.avatar.face.lids import build_lids, fold
from panic3d.avatar.face.locating import FaceOpenings, locate_openings
from panic3d.avatar.face.planes import build_eyes, build_mouth_inside, is_open
from panic3d.avatar.face.sheet import FaceSheet, cut_face
from panic3d.avatar.face.splitting import FaceMesh
from panic3d.avatar.texture.atlas import fill_gaps, find_texels, unwrap
from panic3d.avatar.texture.painting import (
    BaseColours,
    CharacterPainter,
    paint_lids,
    paint_mouth_inside,
    paint_openings,
)
from panic3d.cameras.axes import BOX_SIDE_M, IMAGE_SIZE
from panic3d.cameras.colour import srgb_from_linear
from panic3d.cameras.compositing import composite_on_white
from panic3d.datagen.synth.meshes.mesh import MeshPart, merge_parts
from panic3d.datagen.synth.vrm.model import SphereCollider, SpringChain, VrmCharacter, VrmMaterial
from panic3d.datagen.synth.vrm.skeleton import HumanoidSkeleton
from panic3d.geometry.textured_mesh import TexturedMesh, TextureMaterial
from panic3d.models.character.fitting.reconstruction import CharacterReconstruction

SHADE = (0.96, 0.93, 0.94)
"""Colour factor of shaded surfaces, in linear light: the drawing has its shade already."""
_painted = partial(VrmMaterial, "avatar", shade=SHADE, shade_srgb=tuple(srgb_from_linear(np.array(SHADE)).tolist()))
MATERIALS = {
    "Face": _painted("face"),
    "Eye": _painted("eye"),
    "Lid": _painted("face", double_sided=True),
    "MouthInside": _painted("face"),
    "Body": _painted("other"),
    "Cloth": _painted("cloth", "MASK", double_sided=True),
    "Hair": _painted("hair", "MASK", double_sided=True),
    "Accessory": _painted("accessory", "MASK", double_sided=True),
}
"""Parts and materials by name, in drawing order."""
DENSITY = {
    "Face": 2.2, "Eye": 2.2, "Lid": 1.5, "MouthInside": 1.5, "Hair": 1.0, "Cloth": 0.8, "Accessory": 1.0, "Body": 0.35,
}  # fmt: skip
"""Texels per metre, relative to each other."""
SEPARATOR = "/"
IN_FACE = ("Eye", "Lid", "MouthInside")
"""Parts of the mesh of the face beside its skin."""
THUMBNAIL_LEFT_PX, THUMBNAIL_PX = 64, 384


def name_material(part: str, source: str) -> str:
    """Return the name of a material until it is painted: the part, and the fitted character's material."""
    return f"{part}{SEPARATOR}{source}"


def _get_part(material: str) -> str:
    return material.partition(SEPARATOR)[0]


@dataclass(frozen=True)
class AvatarFace:
    """The skin of a head with its openings, what lies in them, and the expressions."""

    sheet: FaceSheet
    openings: FaceOpenings
    parts: list[MeshPart]
    """Skin, eyes, lids and the inside of the mouth; the lids are closed."""


def build_face(
    skin: FaceMesh,
    material: str,
    landmarks_head_m: Float[np.ndarray, "28 3"],
    features_head_m: Float[np.ndarray, "28 2"],
    portrait: UInt8[np.ndarray, "512 512 4"],
) -> AvatarFace:
    """Build the face of a head; its weights are left to the caller.

    `material` is the skin's in the fitted character, `landmarks_head_m` are the landmarks on the skin,
    `features_head_m` where the portrait shows them.
    """
    features_px = IMAGE_SIZE * (features_head_m * [1, -1] / BOX_SIDE_M + 0.5)
    openings = locate_openings(portrait, features_px)
    mouth = openings.mouth or trace_mouth(features_head_m[list(MOUTH)])
    sheet = cut_face(skin, landmarks_head_m, openings.eyes, mouth)
    xyz = sheet.mesh.vertices_head_m
    morphs = FaceShape(sheet, features_head_m).compute_expressions()
    face = MeshPart(name_material("Face", material), xyz, sheet.mesh.triangles, np.zeros((len(xyz), 2)), {}, morphs)
    return AvatarFace(sheet, openings, [face, *build_eyes(sheet), *build_lids(sheet), build_mouth_inside(sheet)])


def paint(
    parts: Sequence[MeshPart],
    source: CharacterReconstruction,
    face: AvatarFace,
    picture: UInt8[np.ndarray, "S S 4"],
    size: int,
) -> tuple[list[MeshPart], UInt8[np.ndarray, "T T 4"]]:
    """Return one part of each material, with texture coordinates and lids at rest, and the texture.

    Materials of `parts` are named by `name_material`, those of what lies in the face by the part alone.
    """
    density = {part.material: DENSITY[_get_part(part.material)] for part in parts}
    laid_out = unwrap(_merge(parts), density, size)
    texels = find_texels(laid_out, size)
    sheet, openings = face.sheet, face.openings
    painter = CharacterPainter(source, sheet.surface, openings.skin)
    texture = np.zeros((size, size, 4), np.uint8)
    chosen = [texels.part == index for index in range(len(laid_out))]

    def put(index: int, colours: Float[np.ndarray, "N 4"]) -> None:
        here = chosen[index]
        texture[texels.row[here], texels.column[here]] = np.round(colours.clip(0, 1) * 255)

    base: dict[int, BaseColours] = {}
    for index, part in enumerate(laid_out):
        if part.material == "Eye":
            put(index, paint_openings(texels, chosen[index], sheet.eyes, picture))
        elif part.material == "Lid":
            put(index, paint_lids(texels, chosen[index], sheet.eyes, openings.skin, openings.lash))
        elif part.material == "MouthInside" and is_open(sheet.mouth):
            put(index, paint_openings(texels, chosen[index], [sheet.mouth], picture))
        elif part.material == "MouthInside":
            put(index, paint_mouth_inside(texels, chosen[index], sheet.mouth))
        else:
            base[index] = painter.look_up(part.material.partition(SEPARATOR)[2], texels, chosen[index])
            put(index, base[index].rgba)
    avatar = CharacterReconstruction(_join([part for part in laid_out if part.material != "Lid"], texture), [])
    for index, colours in base.items():
        put(index, painter.shade(colours, avatar))
    finished = [fold(p) if p.material == "Lid" else replace(p, material=_get_part(p.material)) for p in laid_out]
    return _merge(finished), fill_gaps(texture, texels)


def _merge(parts: Sequence[MeshPart]) -> list[MeshPart]:
    """Return one part of each material, in drawing order."""
    names = sorted({part.material for part in parts}, key=lambda name: ([*MATERIALS].index(_get_part(name)), name))
    return [merge_parts([part for part in parts if part.material == name]) for name in names]


def _join(parts: Sequence[MeshPart], texture: UInt8[np.ndarray, "T T 4"]) -> TexturedMesh:
    """Return parts as one mesh with one texture."""
    starts = np.cumsum([0, *(len(part.xyz_head_m) for part in parts)])
    return TexturedMesh(
        np.concatenate([part.xyz_head_m for part in parts]).astype(np.float32),
        np.concatenate([part.faces + start for part, start in zip(parts, starts[:-1], strict=True)]),
        np.concatenate([part.uv for part in parts]).astype(np.float32),
        np.repeat(np.arange(len(parts)), [len(part.faces) for part in parts]),
        tuple(
            TextureMaterial(
                part.material,
                texture,
                "MASK" if MATERIALS[_get_part(part.material)].alpha_mode == "MASK" else "OPAQUE",
                MATERIALS[_get_part(part.material)].double_sided,
            )
            for part in parts
        ),
    )


def assemble(
    name: str,
    skeleton: HumanoidSkeleton,
    parts: Sequence[MeshPart],
    texture: UInt8[np.ndarray, "T T 4"],
    portrait: UInt8[np.ndarray, "512 512 4"],
    config: AvatarConfig,
    springs: tuple[SpringChain, ...] = (),
    colliders: tuple[SphereCollider, ...] = (),
) -> VrmCharacter:
    """Return what goes into a file; the parts of the face are one mesh, others one each."""
    meshes: dict[str, list[MeshPart]] = {}
    for part in parts:
        meshes.setdefault("Face" if part.material in IN_FACE else part.material, []).append(part)
    return VrmCharacter(
        name,
        skeleton,
        meshes,
        {part.material: MATERIALS[part.material] for part in parts},
        {"avatar": texture},
        EXPRESSIONS,
        meta=config.meta,
        springs=springs,
        colliders=colliders,
        thumbnail=_make_thumbnail(portrait),
        generator="panic3d",
    )


def _make_thumbnail(portrait: UInt8[np.ndarray, "512 512 4"]) -> UInt8[np.ndarray, "S S 3"]:
    """Return the upper middle of the portrait on white."""
    whole = composite_on_white(portrait)[:THUMBNAIL_PX, THUMBNAIL_LEFT_PX:][:, :THUMBNAIL_PX]
    return np.round(whole.clip(0, 1) * 255).astype(np.uint8)
