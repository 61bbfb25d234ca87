"""The visible scene of a glTF file as surfaces: node transforms, skinning, materials, limits of size."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float

from panic3d.datagen.avatars.character.skeleton import Skeleton
from panic3d.datagen.avatars.character.surfaces import MaterialSurface
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.gltf.materials import GltfMaterialReader
from panic3d.datagen.avatars.gltf.primitives import (
    FAN,
    STRIP,
    TRIANGLES,
    read_rest_positions,
    read_triangles,
    read_vertex_colours,
    skin_positions,
)
from panic3d.datagen.avatars.gltf.reader import GltfFile

MAX_CORNERS, MAX_SURFACES = 12_000_000, 2_000
"""Limits of the vertices and triangle corners of all visible meshes, and of the meshes: a small file may reference one
mesh a million times."""


class VisibleScene:
    """The visible meshes of a file, read surface by surface."""

    def __init__(
        self,
        gltf: GltfFile,
        skeleton: Skeleton,
        world_from_node: Float[np.ndarray, "nodes 4 4"],
        materials: GltfMaterialReader,
    ) -> None:
        self.gltf, self.skeleton, self.materials = gltf, skeleton, materials
        self.world_from_node = world_from_node
        self.in_head = np.zeros(len(world_from_node), bool)
        if skeleton.head is not None:
            self.in_head = skeleton.select_descendants(skeleton.head)

    def iterate_surfaces(self) -> Iterator[MaterialSurface]:
        """Yield every primitive in world axes, posed.

        Meshes that are rigidly attached to a hand (props) are left out.
        """
        in_hand = self.skeleton.select_descendants(*self.skeleton.hands.values())
        nodes, meshes = self.gltf.items("nodes"), self.gltf.items("meshes")
        visible = [
            index
            for index in self._list_visible_nodes()
            if "mesh" in nodes[index] and ("skin" in nodes[index] or not in_hand[index])
        ]
        self._check_size([meshes[nodes[index]["mesh"]] for index in visible])
        for index in visible:
            node = nodes[index]
            mesh = meshes[node["mesh"]]
            weights = node.get("weights", mesh.get("weights", []))
            for primitive in mesh["primitives"]:
                surface = self._read_primitive(index, primitive, weights)
                if surface is not None:
                    yield surface

    def _check_size(self, meshes: list[dict[str, Any]]) -> None:
        """Raise AvatarError, before anything is read, where the file shows more than any character has."""
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

    def _list_visible_nodes(self) -> list[int]:
        """List the nodes of the default scene, or all nodes where the file has no scenes."""
        scenes = self.gltf.items("scenes")
        if not scenes:
            return list(range(len(self.skeleton.children)))
        roots = scenes[self.gltf.document.get("scene", 0)].get("nodes", [])
        return [int(index) for index in np.flatnonzero(self.skeleton.select_descendants(*roots))]

    def _read_primitive(self, index: int, primitive: dict[str, Any], weights: list[float]) -> MaterialSurface | None:
        """Read a primitive of a node; None where it has no triangles."""
        attributes = primitive["attributes"]
        if primitive.get("mode", TRIANGLES) not in (TRIANGLES, STRIP, FAN) or "POSITION" not in attributes:
            return None
        positions = read_rest_positions(self.gltf, primitive, weights)
        triangles = read_triangles(self.gltf, primitive, len(positions))
        if not len(triangles):
            return None
        node = self.gltf.items("nodes")[index]
        if "skin" in node and "JOINTS_0" in attributes:
            skin = self.gltf.items("skins")[node["skin"]]
            xyz, head = skin_positions(self.gltf, primitive, positions, skin, self.world_from_node, self.in_head)
        else:
            matrix = self.world_from_node[index]
            xyz = positions @ matrix[:3, :3].T + matrix[:3, 3]
            head = np.full(len(xyz), self.in_head[index])
            if np.linalg.det(matrix[:3, :3]) < 0:
                triangles = triangles[:, ::-1]
        if not np.isfinite(xyz[triangles]).all():
            raise AvatarError("a mesh has positions that are not finite numbers")
        uv = self.materials.read_texture_uv(primitive.get("material"), attributes, len(xyz))
        colours = read_vertex_colours(self.gltf, primitive, len(xyz))
        material = self.materials.read(primitive.get("material"))
        return MaterialSurface(xyz.astype(np.float32), triangles, uv, colours, head, material)
