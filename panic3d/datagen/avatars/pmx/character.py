"""A PMX model to a character: axes and unit, bones by name, pose, materials.

PMX is left-handed, faces -z and has 0.08 m a unit: z is negated, the triangles' winding reversed.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from panic3d.datagen.avatars.character.bone_names import find_bones
from panic3d.datagen.avatars.character.pose import arm_turns
from panic3d.datagen.avatars.character.posed import Character
from panic3d.datagen.avatars.character.skeleton import Skeleton, bone_called, skeleton_of
from panic3d.datagen.avatars.character.surfaces import Surface
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.files.resources import Beside
from panic3d.datagen.avatars.pmx.materials import PmxMaterialReader
from panic3d.datagen.avatars.pmx.pose import children_of, deform, pose_bones
from panic3d.datagen.avatars.pmx.reader import PmxModel

UNIT_M = 0.08
METRES_FROM_FILE = np.array([UNIT_M, UNIT_M, -UNIT_M])
COMMENT_CHARS = 2000
"""Of the model's comment, where MMD authors write their terms: kept as the licence."""


def pmx_character(
    model: PmxModel, beside: Beside, head_bone: str | None, paper_materials: bool, lower_arms: bool = True
) -> Character:
    """The character of a PMX model. AvatarError where something is broken, missing, or there are no triangles."""
    skeleton = _skeleton(model, head_bone)
    joint_m = _metres([bone.position for bone in model.bones])
    turns = arm_turns(joint_m, skeleton) if lower_arms else {}
    xyz_m, strongest = _posed(model, skeleton, joint_m, turns)
    in_head = np.zeros(len(model.bones) + 1, bool)  # the last one: vertices on no bone
    if skeleton.head is not None:
        in_head[:-1] = skeleton.below(skeleton.head)
    surfaces = list(_surfaces(model, PmxMaterialReader(model, beside, paper_materials), xyz_m, in_head[strongest]))
    if not surfaces:
        raise AvatarError("the PMX model has no triangles to show")
    comment = " ".join(model.comment.split())[:COMMENT_CHARS]
    return Character(
        "pmx",
        surfaces,
        np.diag([*METRES_FROM_FILE, 1.0]),
        None if skeleton.head is None else joint_m[skeleton.head],
        skeleton.bones,
        title=model.name or model.english_name,
        licence=comment,
    )


def _metres(values: object) -> Float[np.ndarray, "... 3"]:
    found = np.array(values, np.float64).reshape(-1, 3) * METRES_FROM_FILE
    if not np.isfinite(found).all():
        raise AvatarError("the PMX model has positions that are not finite numbers")
    return found


def _skeleton(model: PmxModel, head_bone: str | None) -> Skeleton:
    children = children_of(model.bones)
    names = [(bone.name, bone.english_name) for bone in model.bones]
    bones = find_bones(dict(enumerate(names)), children)
    if head_bone is not None:
        bones["head"] = bone_called(head_bone, names)
    return skeleton_of(bones, children)


def _posed(
    model: PmxModel, skeleton: Skeleton, joint_m: Float[np.ndarray, "bones 3"], turns: dict[int, float]
) -> tuple[Float[np.ndarray, "V 3"], np.ndarray]:
    """The vertices in metres, arms turned, and the bone that each hangs on most (the number of bones for none)."""
    vertices = model.vertices
    positions_m = _metres(vertices.positions)
    last = len(model.bones)  # stands still; whatever hangs on no bone hangs on it
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
    sdef_m = _metres(np.nan_to_num(vertices.sdef)).reshape(-1, 3, 3)
    return deform(positions_m, vertices.deform, bone_of, weights, sdef_m, posed, angle), strongest


def _surfaces(
    model: PmxModel, materials: PmxMaterialReader, xyz_m: Float[np.ndarray, "V 3"], in_head: np.ndarray
) -> Iterator[Surface]:
    """One surface a material, which takes so many corners from where the one before ended."""
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
            colours = materials.linear(model.vertices.colours[used])
        yield Surface(xyz_m[used].astype(np.float32), triangles, uv, colours, in_head[used], material)
