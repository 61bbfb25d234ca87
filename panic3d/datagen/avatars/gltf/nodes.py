"""The node tree of a glTF file and its transforms."""

from typing import Any

import numpy as np
from jaxtyping import Float

from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.gltf.reader import GltfFile


def find_parents(gltf: GltfFile) -> list[int | None]:
    """Return the parent of each node. Raises AvatarError where a node has two parents or is its own ancestor."""
    nodes = gltf.items("nodes")
    parents: list[int | None] = [None] * len(nodes)
    for index, node in enumerate(nodes):
        for child in node.get("children", []):
            if not 0 <= child < len(nodes) or parents[child] is not None:
                raise AvatarError(f"the node tree is broken at node {child}")
            parents[child] = index
    todo = [index for index, parent in enumerate(parents) if parent is None]
    from_roots = 0
    while todo:
        from_roots += 1
        todo.extend(nodes[todo.pop()].get("children", []))
    if from_roots < len(nodes):
        raise AvatarError("the node tree contains a cycle")
    return parents


def compute_world_from_node(gltf: GltfFile) -> Float[np.ndarray, "nodes 4 4"]:
    """Compute each node's transform to the file's world axes, at rest."""
    parents, nodes = find_parents(gltf), gltf.items("nodes")
    world: dict[int, np.ndarray] = {}

    def resolve(index: int) -> np.ndarray:
        chain: list[int] = []
        at: int | None = index
        while at is not None and at not in world:
            chain.append(at)
            at = parents[at]
        for link in reversed(chain):
            parent = parents[link]
            local = _compute_local_matrix(nodes[link])
            world[link] = local if parent is None else world[parent] @ local
        return world[index]

    return np.array([resolve(index) for index in range(len(nodes))]).reshape(-1, 4, 4)


def _compute_local_matrix(node: dict[str, Any]) -> Float[np.ndarray, "4 4"]:
    """Compute the transform of a node relative to its parent from its matrix or its translation, rotation and scale."""
    if "matrix" in node:
        return np.array(node["matrix"], float).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * np.array(node.get("scale", (1.0, 1.0, 1.0)), float)
    matrix[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return matrix
