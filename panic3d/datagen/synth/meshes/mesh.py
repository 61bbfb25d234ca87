"""Triangle meshes with texture coordinates, skin weights and morphs, which every builder returns."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True)
class MeshPart:
    """A mesh with one material in the head frame (T-pose), in metres.

    The corners of faces are in counter-clockwise order seen from outside.
    """

    material: str
    xyz_head_m: Float[np.ndarray, "V 3"]
    faces: Int[np.ndarray, "F 3"]
    uv: Float[np.ndarray, "V 2"]
    """Row 0 of the texture is v = 0, as in glTF."""
    weights: dict[str, Float[np.ndarray, " V"]] = field(default_factory=dict)
    """Bone name -> weight of each vertex; empty where all vertices follow the head bone."""
    morphs: dict[str, Float[np.ndarray, "V 3"]] = field(default_factory=dict)
    """Expression name -> displacement of each vertex."""

    def with_positions(self, xyz_head_m: Float[np.ndarray, "V 3"]) -> "MeshPart":
        """Return the part with other positions."""
        return MeshPart(self.material, xyz_head_m, self.faces, self.uv, self.weights, self.morphs)

    def warp(self, warp: Callable[[Float[np.ndarray, "V 3"]], Float[np.ndarray, "V 3"]]) -> "MeshPart":
        """Return the part with its positions, and what each morph makes of them, moved by a map of space."""
        placed = warp(self.xyz_head_m)
        morphs = {name: warp(self.xyz_head_m + shift) - placed for name, shift in self.morphs.items()}
        return MeshPart(self.material, placed, self.faces, self.uv, self.weights, morphs)


def merge_parts(parts: list[MeshPart]) -> MeshPart:
    """Merge parts of the same material."""
    starts = np.cumsum([0, *(len(part.xyz_head_m) for part in parts)])
    bones = {bone for part in parts for bone in part.weights} | (
        {"head"} if any(not p.weights for p in parts) else set()
    )
    names = {name for part in parts for name in part.morphs}

    def get_weights(part: MeshPart, bone: str) -> Float[np.ndarray, " V"]:
        rigid = 1.0 if bone == "head" and not part.weights else 0.0
        return part.weights.get(bone, np.full(len(part.xyz_head_m), rigid))

    return MeshPart(
        material=parts[0].material,
        xyz_head_m=np.concatenate([part.xyz_head_m for part in parts]),
        faces=np.concatenate([part.faces + start for part, start in zip(parts, starts[:-1], strict=True)]),
        uv=np.concatenate([part.uv for part in parts]),
        weights={bone: np.concatenate([get_weights(part, bone) for part in parts]) for bone in sorted(bones)},
        morphs={
            name: np.concatenate([part.morphs.get(name, np.zeros_like(part.xyz_head_m)) for part in parts])
            for name in sorted(names)
        },
    )


def triangulate_grid(rows: int, columns: int) -> Int[np.ndarray, "F 3"]:
    """Return two triangles per cell of a row-major grid.

    They are counter-clockwise where columns run right and rows run down.
    """
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    below = corner + columns
    return np.concatenate(
        [np.stack([corner, below, corner + 1], 1), np.stack([corner + 1, below, below + 1], 1)]
    ).astype(np.int64)


def compute_vertex_normals(
    xyz_head_m: Float[np.ndarray, "V 3"], faces: Int[np.ndarray, "F 3"]
) -> Float[np.ndarray, "V 3"]:
    """Compute area-weighted unit normals; vertices without a face get (0, 1, 0)."""
    corners = xyz_head_m[faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.stack(
        [np.bincount(faces.ravel(), np.repeat(cross[:, axis], 3), len(xyz_head_m)) for axis in range(3)], axis=1
    )
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.where(length > 1e-12, total / np.maximum(length, 1e-12), [0.0, 1.0, 0.0])
