"""A triangle mesh with textures: several materials, of which each has its picture and says how its alpha counts."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float, Int, UInt8

from panic3d.cameras.axes import MASK_ALPHA

AlphaMode = Literal["OPAQUE", "MASK", "BLEND"]
"""glTF's modes: alpha is ignored; opaque from `MASK_ALPHA` on and invisible below; mixed with what lies behind."""


@dataclass(frozen=True)
class TextureMaterial:
    """A texture and how it covers the triangles of one material."""

    name: str
    texture: UInt8[np.ndarray, "H W 4"]
    """Straight-alpha sRGB; row 0 is v = 0, as in glTF."""
    alpha_mode: AlphaMode = "OPAQUE"
    double_sided: bool = False
    """Whether the triangles are seen from behind, too."""
    part: int = 0
    """What the triangles show; the ids of part maps (docs/reference/formats.md)."""


@dataclass(frozen=True)
class TexturedMesh:
    """Vertices in the head frame, counter-clockwise triangles seen from outside, and a material for each triangle."""

    vertices_head_m: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]
    uv: Float[np.ndarray, "V 2"]
    material: Int[np.ndarray, " T"]
    """Index into `materials`; later materials are drawn over earlier ones where they are at one depth."""
    materials: tuple[TextureMaterial, ...]
    tint: Float[np.ndarray, "V 3"] | None = None
    """What is added to the texture's sRGB colour, in [-1, 1], at each vertex."""

    def with_vertices(self, vertices_head_m: Float[np.ndarray, "V 3"]) -> "TexturedMesh":
        """Return the mesh with its vertices at other places."""
        return replace(self, vertices_head_m=vertices_head_m)

    def with_materials(self, materials: tuple[TextureMaterial, ...]) -> "TexturedMesh":
        """Return the mesh with other materials in the same order."""
        return replace(self, materials=materials)


def sample_texture(texture: UInt8[np.ndarray, "H W C"], uv: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "N C"]:
    """Return the bilinear values in [0, 1] at texture coordinates; edges are continued."""
    height, width = texture.shape[:2]
    place = np.clip(uv * [width, height] - 0.5, 0, [width - 1, height - 1])
    corner = np.minimum(place.astype(np.int32), [max(width - 2, 0), max(height - 2, 0)])
    share = (place - corner).astype(np.float32)
    column, row = corner.T
    right, below = np.minimum(column + 1, width - 1), np.minimum(row + 1, height - 1)
    across, down = share[:, :1], share[:, 1:]
    upper = texture[row, column] * (1 - across) + texture[row, right] * across
    lower = texture[below, column] * (1 - across) + texture[below, right] * across
    return (upper * (1 - down) + lower * down) / np.float32(255)


def look_up_colours(
    mesh: TexturedMesh, triangle: Int[np.ndarray, " N"], barycentric: Float[np.ndarray, "N 2"]
) -> Float[np.ndarray, "N 4"]:
    """Return sRGB and opacity in [0, 1] at points of triangles, by their second and third corner's weights."""
    uv = interpolate_corners(mesh.uv[mesh.triangles[triangle]], barycentric)
    material = mesh.material[triangle]
    colour = np.zeros((len(triangle), 4), np.float32)
    for index, which in enumerate(mesh.materials):
        here = np.flatnonzero(material == index)
        if not len(here):
            continue
        found = sample_texture(which.texture, uv[here])
        if which.alpha_mode == "OPAQUE":
            found[:, 3] = 1
        elif which.alpha_mode == "MASK":
            found[:, 3] = found[:, 3] >= MASK_ALPHA
        colour[here] = found
    if mesh.tint is not None:
        tint = interpolate_corners(mesh.tint[mesh.triangles[triangle]], barycentric)
        colour[:, :3] = np.clip(colour[:, :3] + tint, 0, 1)
    return colour


def look_up_opacity(
    mesh: TexturedMesh, triangle: Int[np.ndarray, " N"], barycentric: Float[np.ndarray, "N 2"]
) -> Float[np.ndarray, " N"]:
    """Return the opacity that `look_up_colours` finds, without the colours."""
    material = mesh.material[triangle]
    opacity = np.ones(len(triangle), np.float32)
    for index, which in enumerate(mesh.materials):
        here = np.flatnonzero(material == index) if which.alpha_mode != "OPAQUE" else np.zeros(0, int)
        if not len(here):
            continue
        uv = interpolate_corners(mesh.uv[mesh.triangles[triangle[here]]], barycentric[here])
        found = sample_texture(which.texture[..., 3:], uv)[:, 0]
        opacity[here] = found >= MASK_ALPHA if which.alpha_mode == "MASK" else found
    return opacity


def interpolate_corners(
    corners: Float[np.ndarray, "N 3 C"], barycentric: Float[np.ndarray, "N 2"]
) -> Float[np.ndarray, "N C"]:
    """Return values inside triangles from those at their corners, by the second and third corner's weights."""
    first = 1 - barycentric.sum(1, keepdims=True)
    return corners[:, 0] * first + corners[:, 1] * barycentric[:, :1] + corners[:, 2] * barycentric[:, 1:]


@dataclass(frozen=True)
class Subdivision:
    """A finer mesh on the triangles of another; no two of its triangles of different ones share vertices."""

    vertices_head_m: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]
    origin: Int[np.ndarray, " V"]
    """The triangle of the coarse mesh that each vertex lies on."""
    barycentric: Float[np.ndarray, "V 2"]
    """Weights of the second and third corner of that triangle."""


def subdivide(mesh: TexturedMesh, chosen: Int[np.ndarray, " C"], edge_m: float) -> Subdivision:
    """Divide some triangles of a mesh, none of which may be without area, until no edge is longer than `edge_m`."""
    import trimesh

    coarse = mesh.vertices_head_m.astype(float)
    vertices, triangles, source = trimesh.remesh.subdivide_to_size(
        coarse, mesh.triangles[chosen], edge_m, max_iter=12, return_index=True
    )
    origin = np.zeros(len(vertices), np.int64)
    origin[triangles.ravel()] = np.repeat(chosen[source], 3)
    shares = trimesh.triangles.points_to_barycentric(coarse[mesh.triangles[origin]], vertices)
    return Subdivision(vertices, triangles, origin, shares[:, 1:])
