"""The geometry of an avatar: triangles with unlit materials, and one mesh with vertex colours from all of them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from panic3d.cameras.colour import srgb_from_linear
from panic3d.datagen.avatars.character.materials import MIN_SURFACE_OPACITY, Material, shade_points
from panic3d.geometry.mesh import ColouredMesh
from panic3d.runtime.errors import name_stage


@dataclass(frozen=True)
class MaterialSurface:
    """Triangles of one material; their corners are in counter-clockwise order seen from the front.

    `in_head` marks the vertices that follow the head bone.
    """

    xyz_head_m: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]
    uv: Float[np.ndarray, "V 2"]
    colour_linear: Float[np.ndarray, "V 4"]
    in_head: Bool[np.ndarray, "V"]
    material: Material


@name_stage("making the mesh")
def build_coloured_mesh(surfaces: list[MaterialSurface]) -> ColouredMesh:
    """Merge all surfaces into one mesh with vertex colours.

    Triangles whose centre has an opacity below `MIN_SURFACE_OPACITY` are left out.
    """
    vertices, triangles, colours, first = [np.zeros((0, 3), np.float32)], [np.zeros((0, 3), np.int32)], [], 0
    for surface in surfaces:
        corners = surface.triangles
        centre = shade_points(
            surface.material, surface.uv[corners].mean(axis=1), surface.colour_linear[corners].mean(axis=1)
        )
        vertices.append(surface.xyz_head_m)
        triangles.append(corners[centre[:, 3] >= MIN_SURFACE_OPACITY] + first)
        linear = shade_points(surface.material, surface.uv, surface.colour_linear)[:, :3]
        colours.append(np.round(srgb_from_linear(linear) * 255).astype(np.uint8))
        first += len(surface.xyz_head_m)
    used, compact = np.unique(np.concatenate(triangles), return_inverse=True)
    all_colours = np.concatenate([np.zeros((0, 3), np.uint8), *colours])
    return ColouredMesh(np.concatenate(vertices)[used], compact.reshape(-1, 3).astype(np.int32), all_colours[used])
