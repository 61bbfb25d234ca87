"""VRM 0.x, VRM 1.0 and plain glTF to a character: scene, skinning, pose."""

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float

from panic3d.datagen.avatars.character import pose
from panic3d.datagen.avatars.character.posed import Character, Kind
from panic3d.datagen.avatars.character.skeleton import Skeleton, find_skeleton
from panic3d.datagen.avatars.character.surfaces import Surface
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.gltf.materials import MaterialReader
from panic3d.datagen.avatars.gltf.reader import GltfFile

HALF_TURN = np.diag([-1.0, 1.0, -1.0, 1.0])
TRIANGLES, STRIP, FAN = 4, 5, 6
MAX_CORNERS, MAX_SURFACES = 12_000_000, 2_000
"""Vertices and triangle corners of all meshes shown, and meshes: a small file may show one mesh a million times."""


def gltf_character(
    gltf: GltfFile,
    facing: Literal["+z", "-z"],
    head_bone: str | None,
    paper_materials: bool,
    lower_arms: bool = True,
) -> Character:
    """The character of a file. `facing` is where it looks unless it is a VRM, which says so itself.

    AvatarError where something is broken or there are no triangles.
    """
    extensions = gltf.document.get("extensions", {})
    kind: Kind = "vrm1" if "VRMC_vrm" in extensions else "vrm0" if "VRM" in extensions else "gltf"
    faces_back = kind == "vrm0" or (kind == "gltf" and facing == "-z")
    turned_from_file = HALF_TURN.copy() if faces_back else np.eye(4)
    skeleton = find_skeleton(gltf, head_bone)
    with np.errstate(invalid="ignore", over="ignore"):  # looked at in the next line
        world_from_node = turned_from_file @ gltf.world_from_node()
    if not np.isfinite(world_from_node).all():
        raise AvatarError("a node's transform is not a finite number")
    posed = pose.lower_arms(world_from_node, skeleton) if lower_arms else world_from_node
    scene = _Scene(gltf, skeleton, posed, MaterialReader(gltf, paper_materials))
    surfaces = list(scene.surfaces())
    if not surfaces:
        raise AvatarError("the file has no triangles to show")
    head_m = None if skeleton.head is None else world_from_node[skeleton.head, :3, 3]
    return Character(kind, surfaces, turned_from_file, head_m, skeleton.bones, *_meta(gltf.document, kind))


class _Scene:
    """What of a file is shown, surface by surface."""

    def __init__(
        self,
        gltf: GltfFile,
        skeleton: Skeleton,
        world_from_node: Float[np.ndarray, "nodes 4 4"],
        materials: MaterialReader,
    ) -> None:
        self.gltf, self.skeleton, self.materials = gltf, skeleton, materials
        self.world_from_node = world_from_node
        self.in_head = np.zeros(len(world_from_node), bool)
        if skeleton.head is not None:
            self.in_head = skeleton.below(skeleton.head)

    def surfaces(self) -> Iterator[Surface]:
        """Every primitive in world axes, posed; meshes parented rigidly to a hand (props) are left out."""
        in_hand = self.skeleton.below(*self.skeleton.hands.values())
        nodes, meshes = self.gltf.items("nodes"), self.gltf.items("meshes")
        shown = [
            index
            for index in self._shown_nodes()
            if "mesh" in nodes[index] and ("skin" in nodes[index] or not in_hand[index])
        ]
        self._check_size([meshes[nodes[index]["mesh"]] for index in shown])
        for index in shown:
            node = nodes[index]
            mesh = meshes[node["mesh"]]
            weights = node.get("weights", mesh.get("weights", []))
            for primitive in mesh["primitives"]:
                surface = self._surface(index, primitive, weights)
                if surface is not None:
                    yield surface

    def _check_size(self, meshes: list[dict[str, Any]]) -> None:
        """AvatarError where there is more to show than any character has: asked before anything is read."""
        accessors = self.gltf.items("accessors")
        surfaces = corners = 0
        for mesh in meshes:
            surfaces += len(mesh["primitives"])
            for primitive in mesh["primitives"]:
                used = (primitive["attributes"].get("POSITION"), primitive.get("indices"))
                corners += sum(accessors[accessor]["count"] for accessor in used if accessor is not None)
            if surfaces > MAX_SURFACES or corners > MAX_CORNERS:
                raise AvatarError(
                    f"the file shows more than {MAX_SURFACES:,} meshes or {MAX_CORNERS:,} vertices and triangle corners"
                )

    def _shown_nodes(self) -> list[int]:
        scenes = self.gltf.items("scenes")
        if not scenes:
            return list(range(len(self.skeleton.children)))
        roots = scenes[self.gltf.document.get("scene", 0)].get("nodes", [])
        return [int(index) for index in np.flatnonzero(self.skeleton.below(*roots))]

    def _surface(self, index: int, primitive: dict[str, Any], weights: list[float]) -> Surface | None:
        """A primitive of a node; None where it has no triangles."""
        attributes = primitive["attributes"]
        if primitive.get("mode", TRIANGLES) not in (TRIANGLES, STRIP, FAN) or "POSITION" not in attributes:
            return None
        positions = _rest_positions(self.gltf, primitive, weights)
        triangles = _triangles(self.gltf, primitive, len(positions))
        if not len(triangles):
            return None
        node = self.gltf.items("nodes")[index]
        if "skin" in node and "JOINTS_0" in attributes:
            skin = self.gltf.items("skins")[node["skin"]]
            xyz, head = _skinned(self.gltf, primitive, positions, skin, self.world_from_node, self.in_head)
        else:
            matrix = self.world_from_node[index]
            xyz = positions @ matrix[:3, :3].T + matrix[:3, 3]
            head = np.full(len(xyz), self.in_head[index])
            if np.linalg.det(matrix[:3, :3]) < 0:
                triangles = triangles[:, ::-1]
        if not np.isfinite(xyz[triangles]).all():
            raise AvatarError("a mesh has positions that are not finite numbers")
        uv = self.materials.texture_uv(primitive.get("material"), attributes, len(xyz))
        colours = _vertex_colours(self.gltf, primitive, len(xyz))
        material = self.materials.material(primitive.get("material"))
        return Surface(xyz.astype(np.float32), triangles, uv, colours, head, material)


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
        if len(indices) and not 0 <= indices.min() <= indices.max() < len(joints):
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
        colours[:, : found.shape[1]] = np.clip(np.nan_to_num(found), 0, 1)
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
