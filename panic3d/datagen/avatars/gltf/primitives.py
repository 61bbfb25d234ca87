"""The geometry of one glTF primitive: rest positions, triangles, skinning, vertex colours."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.gltf.reader import GltfFile

TRIANGLES, STRIP, FAN = 4, 5, 6
MAX_JOINT_SETS = 8


def read_rest_positions(gltf: GltfFile, primitive: dict[str, Any], weights: list[float]) -> Float[np.ndarray, "V 3"]:
    """Read positions with the morph targets at the file's default weights (its neutral face)."""
    positions = gltf.read_accessor(primitive["attributes"]["POSITION"]).astype(np.float64)
    for weight, target in zip(weights, primitive.get("targets", []), strict=False):
        if weight and "POSITION" in target:
            positions = positions + weight * gltf.read_accessor(target["POSITION"])
    return positions


def read_triangles(gltf: GltfFile, primitive: dict[str, Any], count: int) -> np.ndarray:
    """Read the triangles of a primitive of `count` vertices; strips and fans are converted.

    Raises AvatarError where a triangle refers to a vertex that does not exist.
    """
    corners = gltf.read_accessor(primitive["indices"]) if "indices" in primitive else np.arange(count)
    corners = corners.reshape(-1).astype(np.int64)
    if len(corners) and not 0 <= corners.min() <= corners.max() < count:
        raise AvatarError(f"a triangle uses vertex {corners.max()} of {count}")
    mode = primitive.get("mode", TRIANGLES)
    if mode == STRIP:
        rows = np.stack([corners[:-2], corners[1:-1], corners[2:]], axis=1)
        rows[1::2] = rows[1::2, [1, 0, 2]]
    elif mode == FAN:
        rows = np.stack([np.full(max(len(corners) - 2, 0), corners[0]), corners[1:-1], corners[2:]], axis=1)
    else:
        rows = corners[: len(corners) // 3 * 3].reshape(-1, 3)
    return rows.astype(np.int32)


def skin_positions(
    gltf: GltfFile,
    primitive: dict[str, Any],
    positions: Float[np.ndarray, "V 3"],
    skin: dict[str, Any],
    world_from_node: Float[np.ndarray, "nodes 4 4"],
    in_head: Bool[np.ndarray, "nodes"],
) -> tuple[Float[np.ndarray, "V 3"], Bool[np.ndarray, "V"]]:
    """Apply linear blend skinning.

    Returns the positions in world axes and a mask of the vertices whose strongest joint is the head bone or below it.
    Raises AvatarError where a vertex refers to a joint that does not exist.
    """
    joints = np.array(skin["joints"], int)
    inverse = np.tile(np.eye(4), (len(joints), 1, 1))
    if "inverseBindMatrices" in skin:
        inverse = gltf.read_accessor(skin["inverseBindMatrices"]).astype(np.float64).transpose(0, 2, 1)[: len(joints)]
    matrices = (world_from_node[joints] @ inverse)[:, :3]
    xyz, total, strongest = np.zeros_like(positions), np.zeros(len(positions)), np.zeros(len(positions))
    joint_of = np.zeros(len(positions), int)
    ones = np.concatenate([positions, np.ones((len(positions), 1))], axis=1)
    attributes = primitive["attributes"]
    for group in range(MAX_JOINT_SETS):
        if f"JOINTS_{group}" not in attributes or f"WEIGHTS_{group}" not in attributes:
            break
        indices, weights = (
            gltf.read_accessor(attributes[f"JOINTS_{group}"]),
            gltf.read_accessor(attributes[f"WEIGHTS_{group}"]),
        )
        if len(indices) and not 0 <= indices.min() <= indices.max() < len(joints):
            raise AvatarError(f"a vertex hangs on joint {indices.max()} of a skin with {len(joints)}")
        for slot in range(4):
            joint, weight = indices[:, slot].astype(int), weights[:, slot].astype(np.float64)
            xyz += weight[:, None] * np.einsum("vij,vj->vi", matrices[joint], ones)
            total += weight
            better = weight > strongest
            strongest, joint_of = np.where(better, weight, strongest), np.where(better, joint, joint_of)
    loose = total < 1e-6  # a vertex without weights follows the first joint
    xyz[loose] = np.einsum("ij,vj->vi", matrices[0], ones[loose])
    return xyz / np.where(loose, 1.0, total)[:, None], in_head[joints[joint_of]]


def read_vertex_colours(gltf: GltfFile, primitive: dict[str, Any], count: int) -> Float[np.ndarray, "V 4"]:
    """Read vertex colours as linear RGBA; ones where there are none."""
    colours = np.ones((count, 4), np.float32)
    if "COLOR_0" in primitive["attributes"]:
        found = gltf.read_accessor(primitive["attributes"]["COLOR_0"]).astype(np.float32)
        colours[:, : found.shape[1]] = np.clip(np.nan_to_num(found), 0, 1)
    return colours
