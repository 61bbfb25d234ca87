"""Read a character from a PMX model: axes and unit, bones by name, pose, materials.

PMX is left-handed, faces -z and has a unit of 0.08 m: z is negated and the order of the triangles' corners reversed.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from panic3d.datagen.avatars.character.bone_names import find_bones
from panic3d.datagen.avatars.character.pose import compute_arm_rotations
from panic3d.datagen.avatars.character.posed import PosedCharacter
from panic3d.datagen.avatars.character.skeleton import Skeleton, build_skeleton, find_named_bone
from panic3d.datagen.avatars.character.surfaces import MaterialSurface
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.files.resources import CompanionFiles
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.avatars.pmx.materials import PmxMaterialReader
from panic3d.datagen.avatars.pmx.model import PmxModel
from panic3d.datagen.avatars.pmx.pose import deform_vertices, list_children, pose_bones
from panic3d.datagen.avatars.pmx.reader import read_pmx

UNIT_M = 0.08
METRES_FROM_FILE = np.array([UNIT_M, UNIT_M, -UNIT_M])
MAX_COMMENT_CHARS = 2000
"""Length of the model's comment, where MMD authors write their terms, that is kept as the licence."""


def read_pmx_character(
    data: bytes, name: str, companions: CompanionFiles, options: AvatarOptions, lower_arms: bool = True
) -> PosedCharacter:
    """Read a character from the bytes of a PMX file (a `CharacterReader`).

    Raises AvatarError where the file is broken, a texture is missing, or there are no triangles.
    """
    model = read_pmx(data)
    skeleton = _find_pmx_skeleton(model, options.head_bone)
    joint_m = _convert_to_metres([bone.position for bone in model.bones])
    turns = compute_arm_rotations(joint_m, skeleton) if lower_arms else {}
    xyz_m, strongest = _pose_vertices(model, skeleton, joint_m, turns)
    in_head = np.zeros(len(model.bones) + 1, bool)  # the last entry stands for vertices without a bone
    if skeleton.head is not None:
        in_head[:-1] = skeleton.select_descendants(skeleton.head)
    surfaces = list(
        _iterate_surfaces(
            model, PmxMaterialReader(model, companions, options.paper_materials), xyz_m, in_head[strongest]
        )
    )
    if not surfaces:
        raise AvatarError("the PMX model has no triangles to show")
    comment = " ".join(model.comment.split())[:MAX_COMMENT_CHARS]
    return PosedCharacter(
        "pmx",
        surfaces,
        np.diag([*METRES_FROM_FILE, 1.0]),
        None if skeleton.head is None else joint_m[skeleton.head],
        skeleton.bones,
        title=model.name or model.english_name,
        licence=comment,
    )


def _convert_to_metres(values: object) -> Float[np.ndarray, "... 3"]:
    """Convert positions of the file to metres, facing +z. Raises AvatarError where they are not finite."""
    with np.errstate(invalid="ignore"):  # of a signalling NaN
        found = np.array(values, np.float64).reshape(-1, 3) * METRES_FROM_FILE
    if not np.isfinite(found).all():
        raise AvatarError("the PMX model has positions that are not finite numbers")
    return found


def _find_pmx_skeleton(model: PmxModel, head_bone: str | None) -> Skeleton:
    """Find the skeleton by the bones' Japanese and English names."""
    children = list_children(model.bones)
    names = [(bone.name, bone.english_name) for bone in model.bones]
    bones = find_bones(dict(enumerate(names)), children)
    if head_bone is not None:
        bones["head"] = find_named_bone(head_bone, names)
    return build_skeleton(bones, children)


def _pose_vertices(
    model: PmxModel, skeleton: Skeleton, joint_m: Float[np.ndarray, "bones 3"], turns: dict[int, float]
) -> tuple[Float[np.ndarray, "V 3"], np.ndarray]:
    """Return the vertices in metres with the arms rotated, and the strongest bone of each.

    The number of bones stands for vertices without a bone.
    """
    vertices = model.vertices
    positions_m = _convert_to_metres(vertices.positions)
    last = len(model.bones)  # an extra bone at rest, for vertices without a bone
    there = (vertices.bone_of >= 0) & (vertices.bone_of < last)
    bone_of = np.where(there, vertices.bone_of, last)
    weights = np.where(there, np.nan_to_num(vertices.weights.astype(np.float64), posinf=0, neginf=0), 0)
    total = weights.sum(axis=1, keepdims=True)
    loose = np.abs(total) < 1e-6
    weights = np.where(loose, [[1.0, 0, 0, 0]], weights / np.where(loose, 1, total))
    bone_of = np.where(loose, last, bone_of)
    strongest = bone_of[np.arange(len(bone_of)), weights.argmax(axis=1)]
    posed, angle = pose_bones(model.bones, skeleton.children, joint_m, turns)
    posed, angle = np.concatenate([posed, np.eye(4)[None]]), np.append(angle, 0.0)
    sdef_m = _convert_to_metres(np.nan_to_num(vertices.sdef)).reshape(-1, 3, 3)
    return deform_vertices(positions_m, vertices.deform, bone_of, weights, sdef_m, posed, angle), strongest


def _iterate_surfaces(
    model: PmxModel, materials: PmxMaterialReader, xyz_m: Float[np.ndarray, "V 3"], in_head: np.ndarray
) -> Iterator[MaterialSurface]:
    """Yield one surface per material; each material covers the corners that follow those of the previous one."""
    first = 0
    for index, record in enumerate(model.materials):
        if record.corners < 0 or first + record.corners > 3 * len(model.triangles):
            raise AvatarError(f"material '{record.name}' claims more triangles than the PMX model has")
        corners = model.triangles.reshape(-1)[first : first + record.corners]
        first += record.corners
        used, compact = np.unique(corners[: len(corners) // 3 * 3], return_inverse=True)
        triangles = compact.reshape(-1, 3)[:, ::-1].astype(np.int32)
        uv = model.vertices.uv[used].astype(np.float32)
        uv = np.where(np.abs(uv) < 1e6, uv, np.float32(0))
        if record.lines or not len(triangles):
            continue
        material = materials.read(index, uv, triangles)
        if material is None:
            continue
        colours = np.ones((len(used), 4), np.float32)
        if record.vertex_coloured:
            colours = materials.linear_from_file(model.vertices.colours[used])
        yield MaterialSurface(xyz_m[used].astype(np.float32), triangles, uv, colours, in_head[used], material)
