"""Rotate the arms of an MMD character and deform its vertices accordingly: BDEF, SDEF and QDEF.

All rotations are about z, so that the movement of a bone is an angle and a shift in the x-y plane.
"""

import numpy as np
from jaxtyping import Float, Int

from panic3d.datagen.avatars.character.pose import rotate_about_z
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.pmx.model import QDEF, SDEF, PmxBone


def list_children(bones: list[PmxBone]) -> list[list[int]]:
    """Return the children of each bone. Raises AvatarError where a bone is its own ancestor."""
    children: list[list[int]] = [[] for _ in bones]
    roots = []
    for index, bone in enumerate(bones):
        if 0 <= bone.parent < len(bones):
            children[bone.parent].append(index)
        else:
            roots.append(index)
    from_roots = 0
    while roots:
        from_roots += 1
        roots.extend(children[roots.pop()])
    if from_roots < len(bones):
        raise AvatarError("the bones of the PMX model contain a cycle")
    return children


def pose_bones(
    bones: list[PmxBone],
    children: list[list[int]],
    joint_m: Float[np.ndarray, "bones 3"],
    arm_rotations: dict[int, float],
) -> tuple[Float[np.ndarray, "bones 4 4"], Float[np.ndarray, "bones"]]:
    """Return each bone's transform from rest to pose, and its angle about z in radians.

    Bones that follow a share of another bone's rotation (helpers about shoulder and upper arm) do so here too.
    """
    own = [_compute_own_rotation(index, bones, arm_rotations) for index in range(len(bones))]
    posed_from_rest, angle = np.tile(np.eye(4), (len(bones), 1, 1)), np.array(own, float)
    todo = [index for index, bone in enumerate(bones) if not 0 <= bone.parent < len(bones)]
    while todo:
        index = todo.pop()
        parent = bones[index].parent
        if 0 <= parent < len(bones):
            posed_from_rest[index] = posed_from_rest[parent]
            angle[index] += angle[parent]
        if own[index]:
            posed_from_rest[index] = posed_from_rest[index] @ rotate_about_z(own[index], joint_m[index])
        todo.extend(children[index])
    return posed_from_rest, angle


def _compute_own_rotation(index: int, bones: list[PmxBone], arm_rotations: dict[int, float]) -> float:
    """Sum the rotation of a bone and the shares of the rotations that it follows."""
    total, share, seen = 0.0, 1.0, set()
    while 0 <= index < len(bones) and index not in seen and np.isfinite(share):
        seen.add(index)
        total += share * arm_rotations.get(index, 0.0)
        share *= bones[index].rotation_share
        index = bones[index].rotation_source
    return total


def deform_vertices(
    positions_m: Float[np.ndarray, "V 3"],
    kind: Int[np.ndarray, "V"],
    bone_of: Int[np.ndarray, "V 4"],
    weights: Float[np.ndarray, "V 4"],
    sdef_m: Float[np.ndarray, "V 3 3"],
    posed_from_rest: Float[np.ndarray, "bones 4 4"],
    angle: Float[np.ndarray, "bones"],
) -> Float[np.ndarray, "V 3"]:
    """Move the vertices with their bones. Weights must sum to 1 and refer to existing bones."""
    ones = np.concatenate([positions_m, np.ones((len(positions_m), 1))], axis=1)
    moved = np.zeros_like(positions_m)
    for slot in range(4):
        used = np.flatnonzero(weights[:, slot])
        matrices = posed_from_rest[bone_of[used, slot], :3]
        moved[used] += weights[used, slot, None] * np.einsum("vij,vj->vi", matrices, ones[used])
    spherical, dual = np.flatnonzero(kind == SDEF), np.flatnonzero(kind == QDEF)
    moved[spherical] = _deform_spherically(
        positions_m[spherical], bone_of[spherical], weights[spherical], sdef_m[spherical], posed_from_rest, angle
    )
    moved[dual] = _deform_by_dual_quaternions(positions_m[dual], bone_of[dual], weights[dual], posed_from_rest, angle)
    return moved


def _deform_spherically(
    positions_m: Float[np.ndarray, "V 3"],
    bone_of: Int[np.ndarray, "V 4"],
    weights: Float[np.ndarray, "V 4"],
    sdef_m: Float[np.ndarray, "V 3 3"],
    posed_from_rest: Float[np.ndarray, "bones 4 4"],
    angle: Float[np.ndarray, "bones"],
) -> Float[np.ndarray, "V 3"]:
    """Apply SDEF: a vertex rotates by the angle between its two bones about a centre that both carry."""
    centre, of_first, of_second = sdef_m[:, 0], sdef_m[:, 1], sdef_m[:, 2]
    w0, w1 = weights[:, :1], weights[:, 1:2]
    mean = w0 * of_first + w1 * of_second
    carried = np.zeros_like(positions_m)
    for slot, (weight, arm) in enumerate(((w0, of_first), (w1, of_second))):
        point = np.concatenate([centre + (arm - mean) / 2, np.ones((len(centre), 1))], axis=1)
        carried += weight * np.einsum("vij,vj->vi", posed_from_rest[bone_of[:, slot], :3], point)
    first, second = angle[bone_of[:, 0]], angle[bone_of[:, 1]]
    between = np.mod(second - first + np.pi, 2 * np.pi) - np.pi
    return _rotate_vertices(positions_m - centre, first + w1[:, 0] * between) + carried


def _deform_by_dual_quaternions(
    positions_m: Float[np.ndarray, "V 3"],
    bone_of: Int[np.ndarray, "V 4"],
    weights: Float[np.ndarray, "V 4"],
    posed_from_rest: Float[np.ndarray, "bones 4 4"],
    angle: Float[np.ndarray, "bones"],
) -> Float[np.ndarray, "V 3"]:
    """Apply QDEF: dual quaternion skinning (Kavan et al. 2007), which for rotations about z has four numbers."""
    cos, sin = np.cos(angle / 2), np.sin(angle / 2)
    x, y = posed_from_rest[:, 0, 3], posed_from_rest[:, 1, 3]
    quaternion = np.stack([cos, sin, (x * cos + y * sin) / 2, (y * cos - x * sin) / 2], axis=1)
    parts = quaternion[bone_of]  # (V, 4 bones, 4 numbers)
    same_side = np.where((parts[:, :, :2] * parts[:, :1, :2]).sum(axis=2, keepdims=True) < 0, -1.0, 1.0)
    mean = (weights[:, :, None] * same_side * parts).sum(axis=1)
    mean /= np.maximum(np.linalg.norm(mean[:, :2], axis=1, keepdims=True), 1e-12)
    cos, sin, dual_x, dual_y = mean.T
    moved = _rotate_vertices(positions_m, 2 * np.arctan2(sin, cos))
    moved[:, 0] += 2 * (dual_x * cos - dual_y * sin)
    moved[:, 1] += 2 * (dual_y * cos + dual_x * sin)
    return moved


def _rotate_vertices(xyz: Float[np.ndarray, "V 3"], angle: Float[np.ndarray, "V"]) -> Float[np.ndarray, "V 3"]:
    """Rotate each point about z by its own angle in radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * xyz[:, 0] - sin * xyz[:, 1], sin * xyz[:, 0] + cos * xyz[:, 1], xyz[:, 2]], axis=1)
