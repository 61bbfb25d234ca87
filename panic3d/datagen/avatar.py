"""A character file before rendering: VRM 0.x, VRM 1.0 or glTF, brought into the head frame, posed, fitted and cut.

This is done once, here; nobody else turns anything (DESIGN: conventions).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float

from panic3d.conventions import BOX_SIDE_M, HEAD_ORIGIN_OFFSET_M
from panic3d.datagen.gltf import AvatarError, GltfFile
from panic3d.datagen.materials import MaterialReader
from panic3d.datagen.pose import lower_arms
from panic3d.datagen.skeleton import Skeleton, find_skeleton
from panic3d.datagen.surfaces import Surface, clip_by_plane, clip_to_box

SUFFIXES = (".vrm", ".glb", ".gltf")
FIT_MARGIN_M = 0.02
TOP_PART_M = 0.3
"""Without a skeleton the head is what lies within this distance of the top."""
HALF_TURN = np.diag([-1.0, 1.0, -1.0, 1.0])
TRIANGLES, STRIP, FAN = 4, 5, 6

Kind = Literal["vrm0", "vrm1", "gltf"]


@dataclass(frozen=True)
class AvatarOptions:
    """How a file is brought into the head frame."""

    facing: Literal["+z", "-z"] = "+z"
    """Where a plain glTF character looks (a VRM says so itself)."""
    fit: bool = True
    """Scale a file that is no VRM so that its head part fits the box with 2 cm to spare."""
    paper_materials: bool = False
    """As in the paper: alpha under 0.5 discarded, no blending, no culling."""


@dataclass(frozen=True)
class Avatar:
    """Surfaces in the head frame, posed and cut to the box, and where they came from."""

    surfaces: list[Surface]
    kind: Kind
    head_from_file: Float[np.ndarray, "4 4"]
    """From the file's world axes to the head frame, scale included, pose not."""
    scale: float
    cut: bool
    """Whether a part of the head (long hair, a hat) lay outside the box."""
    title: str = ""
    author: str = ""
    licence: str = ""


def load_avatar(path: Path, options: AvatarOptions = AvatarOptions()) -> Avatar:
    """Reads a character file. AvatarError (a one-sentence reason) where it is broken or has nothing to show."""
    try:
        return _load(GltfFile(path), options)
    except (KeyError, TypeError, IndexError, ValueError, OverflowError, MemoryError) as error:
        raise AvatarError(f"{path.name} is broken: {type(error).__name__}: {error}") from error


def _load(gltf: GltfFile, options: AvatarOptions) -> Avatar:
    extensions = gltf.document.get("extensions", {})
    kind: Kind = "vrm1" if "VRMC_vrm" in extensions else "vrm0" if "VRM" in extensions else "gltf"
    faces_back = kind == "vrm0" or (kind == "gltf" and options.facing == "-z")
    head_from_file = HALF_TURN.copy() if faces_back else np.eye(4)
    skeleton = find_skeleton(gltf)
    with np.errstate(invalid="ignore"):  # looked at in the next line
        world_from_node = head_from_file @ gltf.world_from_node()
    if not np.isfinite(world_from_node).all():
        raise AvatarError("a node's transform is not a finite number")
    surfaces = list(_surfaces(gltf, skeleton, lower_arms(world_from_node, skeleton), options))
    if not surfaces:
        raise AvatarError("the file has no triangles to show")
    if skeleton.head is None:
        low, high = _top_bounds(surfaces)
        origin, head = (low + high) / 2, np.stack([low, high])
    else:
        origin = world_from_node[skeleton.head, :3, 3] + HEAD_ORIGIN_OFFSET_M
        head = np.concatenate([surface.xyz_head_m[surface.in_head] for surface in surfaces])
    below_m = math.inf if skeleton.head is None else HEAD_ORIGIN_OFFSET_M[1]
    scale, cut = _fit(head - origin, kind == "gltf" and options.fit, below_m)
    head_from_file[:3, 3] -= origin
    head_from_file[:3] *= scale
    moved = (replace(part, xyz_head_m=_moved(part.xyz_head_m, origin, scale)) for part in surfaces)
    inside = [part for part in map(clip_to_box, moved) if len(part.triangles)]
    if not inside:
        raise AvatarError("nothing of the character lies within the 0.7 m box about its head")
    return Avatar(inside, kind, head_from_file, scale, cut, *_meta(gltf.document, kind))


def _moved(xyz: Float[np.ndarray, "V 3"], origin: Float[np.ndarray, "3"], scale: float) -> Float[np.ndarray, "V 3"]:
    return ((xyz.astype(np.float64) - origin) * scale).astype(np.float32)


def _top_bounds(surfaces: list[Surface]) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
    """The bounding box of what lies within 0.3 m of the top: a head, where no skeleton tells."""
    floor_m = max(surface.xyz_head_m[:, 1].max() for surface in surfaces) - TOP_PART_M
    top = [clip_by_plane(part.xyz_head_m, part.triangles, 1, -1.0, -floor_m) for part in surfaces]
    xyz = np.concatenate([vertices[np.unique(triangles)] for vertices, triangles in top]).astype(np.float64)
    return xyz.min(axis=0), xyz.max(axis=0)


def _fit(head: Float[np.ndarray, "N 3"], can_scale: bool, hangs_below_m: float) -> tuple[float, bool]:
    """The scale that makes the head fit (1 where it does or may not), and whether some of the head part is cut.

    The scale looks at what of the head part lies above the head bone: hair that hangs down may leave the box, as a
    VRM's may; else a child's twin tails would shrink its face to a few pixels.
    """
    above = np.abs(head[head[:, 1] >= -hangs_below_m])
    scale = 1.0
    if can_scale and len(above):
        scale = min(1.0, (BOX_SIDE_M / 2 - FIT_MARGIN_M) / float(above.max()))
    return scale, bool(len(head) and np.abs(head).max() * scale > BOX_SIDE_M / 2)


def _surfaces(
    gltf: GltfFile, skeleton: Skeleton, world_from_node: Float[np.ndarray, "nodes 4 4"], options: AvatarOptions
) -> Iterator[Surface]:
    """Every primitive of the scene in world axes, posed; meshes parented rigidly to a hand (props) are left out."""
    nodes = gltf.items("nodes")
    materials = MaterialReader(gltf, options.paper_materials)
    in_head = skeleton.below(skeleton.head) if skeleton.head is not None else np.zeros(len(nodes), bool)
    in_hand = np.zeros(len(nodes), bool)
    for hand in skeleton.hands.values():
        in_hand |= skeleton.below(hand)
    for index in _scene_nodes(gltf, skeleton):
        node = nodes[index]
        if "mesh" not in node or (in_hand[index] and "skin" not in node):
            continue
        mesh = gltf.items("meshes")[node["mesh"]]
        weights = node.get("weights", mesh.get("weights", []))
        for primitive in mesh["primitives"]:
            if (
                primitive.get("mode", TRIANGLES) not in (TRIANGLES, STRIP, FAN)
                or "POSITION" not in primitive["attributes"]
            ):
                continue
            positions = _rest_positions(gltf, primitive, weights)
            triangles = _triangles(gltf, primitive, len(positions))
            if not len(triangles):
                continue
            if "skin" in node and "JOINTS_0" in primitive["attributes"]:
                xyz, head = _skinned(
                    gltf, primitive, positions, gltf.items("skins")[node["skin"]], world_from_node, in_head
                )
            else:
                matrix = world_from_node[index]
                xyz = positions @ matrix[:3, :3].T + matrix[:3, 3]
                head = np.full(len(xyz), in_head[index])
                if np.linalg.det(matrix[:3, :3]) < 0:
                    triangles = triangles[:, ::-1]
            if not np.isfinite(xyz[triangles]).all():
                raise AvatarError(f"mesh '{mesh.get('name', '')}' has positions that are not finite numbers")
            uv_sets = {
                int(name[9:]): gltf.accessor(accessor).astype(np.float32)
                for name, accessor in primitive["attributes"].items()
                if name.startswith("TEXCOORD_")
            }
            yield Surface(
                xyz.astype(np.float32),
                triangles,
                materials.texture_uv(primitive.get("material"), uv_sets, len(xyz)),
                _vertex_colours(gltf, primitive, len(xyz)),
                head,
                materials.material(primitive.get("material")),
            )


def _scene_nodes(gltf: GltfFile, skeleton: Skeleton) -> list[int]:
    scenes = gltf.items("scenes")
    if not scenes:
        return list(range(len(skeleton.children)))
    shown = np.zeros(len(skeleton.children), bool)
    for root in scenes[gltf.document.get("scene", 0)].get("nodes", []):
        shown |= skeleton.below(root)
    return [int(index) for index in np.flatnonzero(shown)]


def _rest_positions(gltf: GltfFile, primitive: dict[str, Any], weights: list[float]) -> Float[np.ndarray, "V 3"]:
    """Positions with the morph targets at the weights that the file rests in (its neutral face)."""
    positions = gltf.accessor(primitive["attributes"]["POSITION"]).astype(np.float64)
    for weight, target in zip(weights, primitive.get("targets", []), strict=False):
        if weight and "POSITION" in target:
            positions = positions + weight * gltf.accessor(target["POSITION"])
    return positions


def _triangles(gltf: GltfFile, primitive: dict[str, Any], count: int) -> np.ndarray:
    corners = gltf.accessor(primitive["indices"]) if "indices" in primitive else np.arange(count)
    corners = corners.reshape(-1).astype(np.int64)
    if len(corners) and corners.max() >= count:
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


def _skinned(
    gltf: GltfFile,
    primitive: dict[str, Any],
    positions: Float[np.ndarray, "V 3"],
    skin: dict[str, Any],
    world_from_node: Float[np.ndarray, "nodes 4 4"],
    in_head: Bool[np.ndarray, "nodes"],
) -> tuple[Float[np.ndarray, "V 3"], Bool[np.ndarray, "V"]]:
    """Linear blend skinning, and which vertices hang strongest on the head bone or below it."""
    joints = np.array(skin["joints"], int)
    inverse = np.tile(np.eye(4), (len(joints), 1, 1))
    if "inverseBindMatrices" in skin:
        inverse = gltf.accessor(skin["inverseBindMatrices"]).astype(np.float64).transpose(0, 2, 1)[: len(joints)]
    matrices = (world_from_node[joints] @ inverse)[:, :3]
    xyz, total, strongest = np.zeros_like(positions), np.zeros(len(positions)), np.zeros(len(positions))
    joint_of = np.zeros(len(positions), int)
    ones = np.concatenate([positions, np.ones((len(positions), 1))], axis=1)
    attributes = primitive["attributes"]
    for group in range(8):
        if f"JOINTS_{group}" not in attributes or f"WEIGHTS_{group}" not in attributes:
            break
        indices, weights = gltf.accessor(attributes[f"JOINTS_{group}"]), gltf.accessor(attributes[f"WEIGHTS_{group}"])
        if len(indices) and indices.max() >= len(joints):
            raise AvatarError(f"a vertex hangs on joint {indices.max()} of a skin with {len(joints)}")
        for slot in range(4):
            joint, weight = indices[:, slot].astype(int), weights[:, slot].astype(np.float64)
            xyz += weight[:, None] * np.einsum("vij,vj->vi", matrices[joint], ones)
            total += weight
            better = weight > strongest
            strongest, joint_of = np.where(better, weight, strongest), np.where(better, joint, joint_of)
    loose = total < 1e-6  # a vertex without weights stays where its first joint takes it
    xyz[loose] = np.einsum("ij,vj->vi", matrices[0], ones[loose])
    return xyz / np.where(loose, 1.0, total)[:, None], in_head[joints[joint_of]]


def _vertex_colours(gltf: GltfFile, primitive: dict[str, Any], count: int) -> Float[np.ndarray, "V 4"]:
    colours = np.ones((count, 4), np.float32)
    if "COLOR_0" in primitive["attributes"]:
        found = gltf.accessor(primitive["attributes"]["COLOR_0"]).astype(np.float32)
        colours[:, : found.shape[1]] = found
    return colours


def _meta(document: dict[str, Any], kind: Kind) -> tuple[str, str, str]:
    """Title, author and licence as the file states them."""
    extensions = document.get("extensions", {})
    if kind == "vrm1":
        meta = extensions["VRMC_vrm"].get("meta", {})
        return meta.get("name", ""), ", ".join(meta.get("authors", [])), meta.get("licenseUrl", "")
    if kind == "vrm0":
        meta = extensions["VRM"].get("meta", {})
        return meta.get("title") or "", meta.get("author") or "", meta.get("licenseName") or ""
    return "", "", document.get("asset", {}).get("copyright", "")
