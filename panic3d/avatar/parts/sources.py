"""The surfaces of a fitted character by part of the avatar."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from panic3d.geometry.pieces import weld
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.models.character.fitting.shape.pixel_mesh import PORTRAIT
from panic3d.shards.schema import PARTS

PAINTED = frozenset(["EyeIris", "EyeLine", "Brow", "Mouth"])
"""Materials of the generator that lie on the face; the portrait's own features take their place."""
PART_OF_MATERIAL = {
    "FaceSkin": "Face", "BodySkin": "Body", "Cloth": "Cloth", "Trim": "Cloth", "Garment": "Cloth", "Hair": "Hair",
    "Accessory": "Accessory",
}  # fmt: skip
PART_OF_ID = {PARTS["hair"]: "Hair", PARTS["cloth"]: "Cloth"}
"""Parts of reliefs of the portrait, by the id of what they show; others are accessories."""


@dataclass(frozen=True)
class SourcePart:
    """The triangles of one material, welded, without texture coordinates."""

    name: str
    """The part of the avatar that they belong to."""
    material: str
    """The material of the fitted character."""
    vertices_head_m: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]


def get_part_name(material: str, part_id: int) -> str:
    """Return the part of the avatar that a material of a fitted character belongs to; none for painted features."""
    if material.startswith(PORTRAIT):
        return PART_OF_ID.get(part_id, "Accessory")
    return PART_OF_MATERIAL.get(material, "")


def remove_painted_features(mesh: TexturedMesh) -> TexturedMesh:
    """Return the character without the eyes, brows and mouth of the generator."""
    kept = np.array([material.name not in PAINTED for material in mesh.materials])[mesh.material]
    return replace(mesh, triangles=mesh.triangles[kept], material=mesh.material[kept])


def select_material(mesh: TexturedMesh, material: str) -> Int[np.ndarray, " T"]:
    """Return the triangles of a material."""
    chosen = np.array([m.name == material for m in mesh.materials], bool)
    return np.flatnonzero(chosen[mesh.material])


def separate_materials(mesh: TexturedMesh) -> list[SourcePart]:
    """Return each material's triangles; `mesh` must be without painted features."""
    found = []
    for index, material in enumerate(mesh.materials):
        triangles = mesh.triangles[mesh.material == index]
        if len(triangles):
            name = get_part_name(material.name, material.part)
            found.append(SourcePart(name, material.name, *weld(mesh.vertices_head_m, triangles)))
    return found
