"""Texture coordinates for all parts of an avatar in one square, and the surface that each texel shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int, UInt8

from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.geometry.mesh import compute_vertex_normals
from panic3d.geometry.rasterise import find_fragments
from panic3d.geometry.textured_mesh import interpolate_corners
from panic3d.runtime.errors import UserError
from panic3d.runtime.extras import is_installed
from panic3d.runtime.threads import map_slices

LIBRARY = "xatlas"
PADDING_TEXELS = 6
"""Between charts; a filtered texture mixes neighbouring texels."""
MAX_COST = 6.0
"""Of a chart's stretch and shape; the larger, the fewer the charts."""

TEXELS_AT_ONCE = 1 << 14
"""As many texels' numbers stay in a core's cache."""


@dataclass(frozen=True)
class Texels:
    """The texels that show some part."""

    row: Int[np.ndarray, " N"]
    column: Int[np.ndarray, " N"]
    part: Int[np.ndarray, " N"]
    """Index of the part."""
    xyz_head_m: Float32[np.ndarray, "N 3"]
    normal_head: Float32[np.ndarray, "N 3"]
    """Smooth unit normal of the outside."""


def unwrap(parts: Sequence[MeshPart], density: Mapping[str, float], size: int) -> list[MeshPart]:
    """Return the parts with texture coordinates in one square of `size` texels; vertices along seams are doubled.

    `density`: texels per metre of each material, relative to the others'. Raises UserError where xatlas is missing.
    """
    if not is_installed(LIBRARY):
        advice = f"`pip install {LIBRARY}` compiles it"
        raise UserError(f"avatars need {LIBRARY}, which has no wheel for this machine: {advice}")
    import xatlas

    vertices = np.concatenate([part.xyz_head_m * density[part.material] for part in parts]).astype(np.float32)
    starts = np.cumsum([0, *(len(part.xyz_head_m) for part in parts)])
    faces = np.concatenate([part.faces + start for part, start in zip(parts, starts[:-1], strict=True)])
    charts, packing = xatlas.ChartOptions(), xatlas.PackOptions()
    charts.max_iterations, charts.max_cost = 1, MAX_COST
    packing.resolution, packing.padding, packing.bilinear = size, PADDING_TEXELS, True
    atlas = xatlas.Atlas()
    atlas.add_mesh(vertices, faces.astype(np.uint32))
    atlas.generate(charts, packing)
    origin, corners, uv = (array.astype(kind) for array, kind in zip(atlas[0], (int, int, float), strict=True))
    # The packer takes the resolution as a wish, and gives a rectangle that may be somewhat larger.
    uv = uv * np.array([atlas.width, atlas.height]) / max(atlas.width, atlas.height)
    return [
        _take(part, origin, corners, uv, int(start), int(end))
        for part, start, end in zip(parts, starts[:-1], starts[1:], strict=True)
    ]


def _take(
    part: MeshPart,
    origin: Int[np.ndarray, " W"],
    corners: Int[np.ndarray, "F 3"],
    uv: Float[np.ndarray, "W 2"],
    start: int,
    end: int,
) -> MeshPart:
    """Return one part of the joined mesh; `origin` is the vertex that each new one is a copy of."""
    faces = corners[(origin[corners[:, 0]] >= start) & (origin[corners[:, 0]] < end)].astype(np.int64)
    used, index = np.unique(faces, return_inverse=True)
    source = origin[used] - start
    return MeshPart(
        part.material,
        part.xyz_head_m[source],
        index.reshape(-1, 3),
        uv[used].astype(float),
        {bone: weight[source] for bone, weight in part.weights.items()},
        {name: shift[source] for name, shift in part.morphs.items()},
    )


def find_texels(parts: Sequence[MeshPart], size: int) -> Texels:
    """Return the surface at the centre of every texel that a triangle covers."""
    starts = np.cumsum([0, *(len(part.uv) for part in parts)])
    faces = np.concatenate([part.faces + start for part, start in zip(parts, starts[:-1], strict=True)])
    of_face = np.repeat(np.arange(len(parts)), [len(part.faces) for part in parts])
    fragments = find_fragments(np.concatenate([part.uv for part in parts]) * size, faces, (size, size))
    texel, first = np.unique(fragments.pixel, return_index=True)
    triangle, uv = fragments.triangle[first], fragments.uv[first]
    xyz = np.concatenate([part.xyz_head_m for part in parts]).astype(np.float32)
    normals = np.concatenate([compute_smooth_normals(part) for part in parts]).astype(np.float32)

    def interpolate(some: slice) -> tuple[np.ndarray, np.ndarray]:
        corners = faces[triangle[some]]
        normal = interpolate_corners(normals[corners], uv[some])
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        return interpolate_corners(xyz[corners], uv[some]), normal

    parts_found = map_slices(interpolate, len(texel), TEXELS_AT_ONCE)
    place, normal = (np.concatenate(some) for some in zip(*parts_found, strict=True))
    return Texels(*np.divmod(texel, size), of_face[triangle], place, normal)


def fill_gaps(texture: UInt8[np.ndarray, "T T 4"], texels: Texels) -> UInt8[np.ndarray, "T T 4"]:
    """Return a texture in which texels between the charts have the colour of the nearest one in a chart."""
    import cv2

    empty = np.ones(texture.shape[:2], np.uint8)
    empty[texels.row, texels.column] = 0
    _, label = cv2.distanceTransformWithLabels(empty, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    source = np.zeros(int(label.max()) + 1, np.int64)
    source[label[empty == 0]] = np.flatnonzero(empty == 0)
    return texture.reshape(-1, 4)[source[label]]


def compute_smooth_normals(part: MeshPart) -> Float[np.ndarray, "V 3"]:
    """Return unit normals that are alike on both sides of a seam of the texture."""
    _, first, index = np.unique(part.xyz_head_m.round(6), axis=0, return_index=True, return_inverse=True)
    index = index.reshape(-1)
    return compute_vertex_normals(part.xyz_head_m[first].astype(float), index[part.faces])[index]
