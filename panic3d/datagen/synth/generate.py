"""Generate one character: from its parameters to a VRM file and its labels."""

import hashlib
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.accessories.covers import press_hair_down
from panic3d.datagen.synth.accessories.hair_relief import HairRelief
from panic3d.datagen.synth.accessories.markers import build_markers
from panic3d.datagen.synth.accessories.ornaments import build_hair_tie
from panic3d.datagen.synth.accessories.registry import AccessoryFit
from panic3d.datagen.synth.accessories.swatches import list_more_colours, list_swatch_colours
from panic3d.datagen.synth.clothing.body import BodyShape, build_skin
from panic3d.datagen.synth.clothing.cloth_texture import paint_cloth
from panic3d.datagen.synth.clothing.clothes import build_clothes, list_trim_colours
from panic3d.datagen.synth.clothing.figure.hull import BodyHull
from panic3d.datagen.synth.clothing.outfits.catalogue import OUTFITS
from panic3d.datagen.synth.clothing.outfits.dress import DressedFigure, dress_figure
from panic3d.datagen.synth.clothing.outfits.tailor import WornHead
from panic3d.datagen.synth.clothing.params import ClothesParams
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.facial_hair.build import build_facial_hair
from panic3d.datagen.synth.hair.build import build_hair
from panic3d.datagen.synth.hair.styles import BACKS
from panic3d.datagen.synth.hair.surfaces.painting import paint_hair_texture
from panic3d.datagen.synth.head.ears import build_ears, find_ornament_place, push_out_of_ears
from panic3d.datagen.synth.head.face import FaceParams
from panic3d.datagen.synth.head.face_surface import FaceSurface
from panic3d.datagen.synth.head.features import build_features, paint_features
from panic3d.datagen.synth.head.landmarks import compute_landmarks
from panic3d.datagen.synth.head.skin import paint_skin
from panic3d.datagen.synth.head.skull import HeadShape, build_head, fit_to_head, scale_about_head_bone
from panic3d.datagen.synth.labels import make_label_record
from panic3d.datagen.synth.meshes.mesh import MeshPart, merge_parts
from panic3d.datagen.synth.meshes.paint import Colour
from panic3d.datagen.synth.meshes.primitives import paint_swatches
from panic3d.datagen.synth.params import CharacterParams
from panic3d.datagen.synth.turning import draw_head_pose, turn_character
from panic3d.datagen.synth.vrm.model import VrmCharacter, VrmMaterial
from panic3d.datagen.synth.vrm.skeleton import HumanoidSkeleton, build_humanoid_skeleton, place_on_body
from panic3d.datagen.synth.vrm.writer import write_vrm

MATERIALS = {
    "FaceSkin": VrmMaterial("face", "face"),
    "EyeIris": VrmMaterial("features", "eye", "MASK"),
    "EyeLine": VrmMaterial("features", "eye", "BLEND"),
    "Brow": VrmMaterial("features", "face", "BLEND"),
    "Mouth": VrmMaterial("features", "face", "BLEND"),
    "BodySkin": VrmMaterial("skin", "other"),
    "Cloth": VrmMaterial("cloth", "cloth", double_sided=True),
    "Trim": VrmMaterial("trim", "cloth", double_sided=True),
    "Garment": VrmMaterial("garment", "cloth", "MASK", double_sided=True),
    "Hair": VrmMaterial("hair", "hair", "MASK", double_sided=True),
    "Accessory": VrmMaterial("accessory", "accessory", double_sided=True),
}
"""Materials by name, in drawing order."""
MESH_OF = {
    **dict.fromkeys(("EyeIris", "EyeLine", "Brow", "Mouth"), "Face"),
    "FaceSkin": "Head",
    "BodySkin": "Body",
    "Cloth": "Body",
    "Trim": "Body",
    "Garment": "Body",
    "Hair": "Hair",
    "Accessory": "Accessories",
}
DRAFT_DETAIL, DRAFT_CELL_PIXELS = 0.25, 64
"""Of drafts: the share of the usual texels along each side of clothes, and texels of a feature of the face."""
EXPRESSIONS = {
    **{name: {name: 1.0} for name in ("happy", "angry", "sad", "relaxed", "surprised", "aa", "ih", "ou", "ee", "oh")},
    "blink": {"blink": 1.0},
    "blinkLeft": {"blink_left": 1.0},
    "blinkRight": {"blink_right": 1.0},
}


def push_out_of_body(xyz: Float[np.ndarray, "V 3"], body_scale: float) -> Float[np.ndarray, "V 3"]:
    """Move points of hair (head frame, metres) horizontally out of shoulders, chest and back."""
    centre = place_on_body(np.array([0.0, -0.36, -0.004]), body_scale)
    radii = np.array([0.135, 0.185, 0.092]) * body_scale
    offset = (xyz - centre) / radii
    height = np.clip(offset[:, 1], -1, 1)
    height = np.where(height < 0, 0.0, height)
    reach = np.sqrt(np.maximum(1 - height**2, 0))
    flat = np.hypot(offset[:, 0], offset[:, 2])
    inside = (offset[:, 1] < 1) & (flat < reach)
    # The points move along z, so that hair on the shoulders lies on the chest or the back.
    wanted = np.sqrt(np.maximum(reach**2 - np.minimum(np.abs(offset[:, 0]), reach) ** 2, 0))
    z = np.where(inside, np.where(offset[:, 2] >= 0, wanted, -wanted), offset[:, 2])
    return np.stack([xyz[:, 0], xyz[:, 1], centre[2] + z * radii[2]], axis=1)


def build_character(
    params: CharacterParams, rng: np.random.Generator, name: str, with_markers: bool = False, draft: bool = False
) -> tuple[VrmCharacter, Float[np.ndarray, "28 3"]]:
    """Build the character's meshes and textures, and its 28 landmarks in the head frame.

    `rng` must continue the stream from which `params` were drawn. A `draft` has the same shape and shows the same
    parts, but not the colours: textures with transparent texels are coarse, others have one colour. It takes a third of
    the time.
    """
    scale, body_scale = params.head.scale, params.body.scale
    surface = FaceSurface(params.head)
    hair = build_hair(params.hair, rng)
    fit = _fit_accessories(params, surface, hair)
    head: list[MeshPart] = [build_head(params.head), *build_ears(params.ears, params.head)]
    head += build_features(params.face, surface)
    accessories = [ACCESSORIES[item] for item in params.accessories]
    worn = [part for item in accessories if not item.on_face for part in item.build(fit)]
    worn += [build_hair_tie(*tie) for tie in BACKS[params.hair.back].ties]
    hooded = params.clothes.kind in OUTFITS and OUTFITS[params.clothes.kind].hood_up
    head += [part.with_positions(fit_to_head(part.xyz_head_m, params.head)) for part in worn]
    head += [part for item in accessories if item.on_face for part in item.build(fit)]
    if with_markers:
        head += build_markers()
    parts = [part.with_positions(scale_about_head_bone(part.xyz_head_m, scale)) for part in head]
    parts = [_scale_morphs(part, scale) for part in parts]
    body, hull = build_body(params, fit.volume_m if hooded else 0.0, DRAFT_DETAIL if draft else 1.0)
    pressing = (*params.accessories, "hood") if hooded else params.accessories
    strands = build_facial_hair(params.facial_hair, params.face.mouth, surface)
    for part in hair:
        pressed = press_hair_down(part.xyz_head_m, pressing, fit.volume_m)
        fitted = push_out_of_ears(fit_to_head(pressed, params.head), params.ears, params.head)
        strands.append(part.with_positions(fitted))
    for part in strands:
        placed = scale_about_head_bone(part.xyz_head_m, scale)
        parts.append(part.with_positions(hull.push_out(placed) if hull else push_out_of_body(placed, body_scale)))
    parts += body.parts
    meshes: dict[str, list[MeshPart]] = {}
    for material in MATERIALS:
        same = [part for part in parts if part.material == material]
        if same:
            meshes.setdefault(MESH_OF[material], []).append(merge_parts(same))
    used = {part.material for group in meshes.values() for part in group}
    materials = {name: material for name, material in MATERIALS.items() if name in used}
    textures = {
        **_paint_face(params.face, params.head, draft),
        **body.textures,
        "hair": _paint_hair(params, rng, draft),
        "accessory": paint_swatches(_list_accessory_colours(params)),
    }
    textures = {key: picture for key, picture in textures.items() if any(m.texture == key for m in materials.values())}
    points = scale_about_head_bone(compute_landmarks(params.face, params.head, surface), scale)
    return VrmCharacter(name, _build_skeleton(params), meshes, materials, textures, EXPRESSIONS), points


def count_accessory_vertices(params: CharacterParams, rng: np.random.Generator) -> list[tuple[str, int]]:
    """Return accessories and the numbers of their vertices, in the order of the character's accessory mesh.

    Ties of hair and what is worn on the face come after them in that mesh. `rng` is that of `build_character`.
    """
    fit = _fit_accessories(params, FaceSurface(params.head), build_hair(params.hair, rng))
    return [
        (name, sum(len(part.xyz_head_m) for part in ACCESSORIES[name].build(fit)))
        for name in params.accessories
        if not ACCESSORIES[name].on_face
    ]


def build_body(
    params: CharacterParams, hair_volume_m: float = 0.0, detail: float = 1.0
) -> tuple[DressedFigure, BodyHull | None]:
    """Build body and clothes in the head frame, and the hull that hair lies on; bodies of version 2 have none.

    `hair_volume_m` is the hair's distance from the skull beyond the standard, below a hood; `detail`: of the textures.
    """
    clothes = replace(params.clothes, skin=params.face.skin)
    return _build_body(params.body, clothes, WornHead(params.head, hair_volume_m), params.face.shade, detail)


@lru_cache(maxsize=4)
def _build_body(
    shape: BodyShape, clothes: ClothesParams, head: WornHead, skin_shade: Colour, detail: float
) -> tuple[DressedFigure, BodyHull | None]:
    """Build body and clothes; a search among characters of one body builds it once."""
    if clothes.kind in OUTFITS:
        dressed = dress_figure(shape, clothes, head, skin_shade, detail)
        hull = BodyHull.from_points(place_on_body(dressed.hull, shape.scale, shape.neck_length_m))
    else:
        textures = {
            "skin": paint_swatches([clothes.skin] * 16),
            "cloth": paint_cloth(clothes),
            "trim": paint_swatches(list_trim_colours(clothes)),
        }
        dressed, hull = DressedFigure([*build_skin(), *build_clothes(clothes, shape)], textures, np.zeros((0, 3))), None
    placed = [
        part.with_positions(place_on_body(part.xyz_head_m, shape.scale, shape.neck_length_m)) for part in dressed.parts
    ]
    for texture in dressed.textures.values():
        texture.setflags(write=False)
    return replace(dressed, parts=placed), hull


def _build_skeleton(params: CharacterParams) -> HumanoidSkeleton:
    shape = params.body
    return build_humanoid_skeleton(shape.scale, params.head.scale, shape.neck_length_m, shape.shoulder_shift_m)


@lru_cache(maxsize=4)
def _paint_face(face: FaceParams, head: HeadShape, draft: bool) -> dict[str, UInt8[np.ndarray, "H W 4"]]:
    """Paint skin and features; a search among characters of one face paints them once."""
    if draft:
        textures = {"face": paint_swatches([face.skin]), "features": paint_features(face, DRAFT_CELL_PIXELS)}
    else:
        textures = {"face": paint_skin(face, head), "features": paint_features(face)}
    for texture in textures.values():
        texture.setflags(write=False)
    return textures


def _paint_hair(params: CharacterParams, rng: np.random.Generator, draft: bool) -> UInt8[np.ndarray, "H W 4"]:
    if draft:
        return paint_swatches([params.hair.colour.base])
    return paint_hair_texture(params.hair, params.face.skin, rng)


def _fit_accessories(params: CharacterParams, surface: FaceSurface, hair: list[MeshPart]) -> AccessoryFit:
    """Return what accessories are fitted to: since version 3 of the generator, the hair itself and the ears."""
    volume_m = params.hair.volume_m * (0.4 if BACKS[params.hair.back].pulled_back else 1.0)
    if params.head.form is None:
        return AccessoryFit(surface, params.face.eyes.centre_m, volume_m)
    relief = HairRelief(np.concatenate([np.zeros((0, 3)), *(part.xyz_head_m for part in hair)]))
    earlobe_m = find_ornament_place(params.ears, params.head)
    return AccessoryFit(surface, params.face.eyes.centre_m, volume_m, relief, earlobe_m)


def _list_accessory_colours(params: CharacterParams) -> list[Colour]:
    colours = list_swatch_colours(params.hair.colour.base, *params.accessory_colours)
    return colours if params.head.form is None else colours + list_more_colours()


def _scale_morphs(part: MeshPart, scale: float) -> MeshPart:
    morphs = {name: shift * scale for name, shift in part.morphs.items()}
    return MeshPart(part.material, part.xyz_head_m, part.faces, part.uv, part.weights, morphs)


def write_character(
    path: Path, seed: int, index: int, family: str, vrm: str, turned_deg: float = 0.0
) -> dict[str, Any]:
    """Write character `index` of `seed` and return its label record.

    `family` is one of `FAMILIES`, `vrm` is `1.0` or `0.x`, `turned_deg` the largest yaw of its head, which is drawn at
    random. The character depends on seed, index, family and the family's version only, its pose on seed, index and
    `turned_deg`; equal arguments give equal bytes on one machine. Raises ValueError where `vrm` is another value.
    """
    rng = make_random_generator(seed, index, family)
    return _write_params(path, draw_params(rng, family), rng, seed, index, family, vrm, turned_deg=turned_deg)


def write_marked_character(path: Path, seed: int, vrm: str = "1.0") -> dict[str, Any]:
    """Write an asymmetric character for tests, with a red cube at its left ear (+x) and a blue one behind its head."""
    rng = make_random_generator(seed, 0, "train")
    return _write_params(path, draw_params(rng, "train"), rng, seed, 0, "train", vrm, with_markers=True)


def _write_params(
    path: Path,
    params: CharacterParams,
    rng: np.random.Generator,
    seed: int,
    index: int,
    family: str,
    vrm: str,
    with_markers: bool = False,
    turned_deg: float = 0.0,
) -> dict[str, Any]:
    if vrm not in ("1.0", "0.x"):
        raise ValueError(f"vrm must be '1.0' or '0.x', got {vrm!r}")
    character, points = build_character(params, rng, f"panic3d synth {seed}-{index} ({family})", with_markers)
    posed: dict[str, Any] = {}
    if turned_deg:
        pose = draw_head_pose(seed, index, turned_deg)
        character, points = turn_character(character, points, pose)
        posed = {"turned_deg": turned_deg, "head_pose": asdict(pose)}
    write_vrm(path, character, vrm)
    parts = {name: material.part for name, material in character.materials.items()}
    labels = make_label_record(
        params, seed=seed, index=index, family=family, vrm=vrm, landmarks_head_m=points, parts=parts
    )
    return {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **labels, **posed}
