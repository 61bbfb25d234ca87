"""What an avatar is made of once it is out of its file: triangles with unlit materials."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.colour import linear_from_srgb, srgb_from_linear
from panic3d.geometry.mesh import ColouredMesh

Wrap = Literal["repeat", "clamp", "mirror"]
AlphaMode = Literal["OPAQUE", "MASK", "BLEND"]
OPACITY_OF_SURFACE = 0.5
"""A BLEND texel counts as surface, for silhouette, depth and mesh, from this opacity on."""


@dataclass(frozen=True)
class Texture:
    """sRGB colour with straight alpha; row 0 on top, at v = 0."""

    rgba: UInt8[np.ndarray, "H W 4"]
    wrap_u: Wrap = "repeat"
    wrap_v: Wrap = "repeat"
    nearest: bool = False


@dataclass(frozen=True)
class Material:
    """Unlit: base-colour texture times factor, in linear light."""

    name: str = ""
    alpha_mode: AlphaMode = "OPAQUE"
    alpha_cutoff: float = 0.5
    double_sided: bool = False
    factor_linear: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    texture: Texture | None = None
    holdout: bool = False
    """Not seen itself, but hides what is behind it."""


@dataclass(frozen=True)
class Surface:
    """Triangles of one material; counter-clockwise ones face the viewer."""

    xyz_head_m: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]
    uv: Float[np.ndarray, "V 2"]
    colour_linear: Float[np.ndarray, "V 4"]
    in_head: Bool[np.ndarray, "V"]
    material: Material


def clip_to_box(surface: Surface, half_side: float = BOX_SIDE_M / 2) -> Surface:
    """The part of a surface inside the cube about the origin; triangles are cut at its faces."""
    attributes, triangles = _attributes(surface), surface.triangles
    for axis in range(3):
        for sign in (1.0, -1.0):
            attributes, triangles = clip_by_plane(attributes, triangles, axis, sign, half_side)
    return _with_attributes(surface, attributes, triangles)


def outside_of_box(surface: Surface, half_side: float = BOX_SIDE_M / 2) -> Surface:
    """The rest: what `clip_to_box` cuts away."""
    attributes, triangles = _attributes(surface), surface.triangles
    parts, first = [(np.zeros((0, attributes.shape[1])), triangles[:0])], 0
    for axis in range(3):
        for sign in (1.0, -1.0):
            parts.append(clip_by_plane(attributes, triangles, axis, -sign, -half_side))
            attributes, triangles = clip_by_plane(attributes, triangles, axis, sign, half_side)
    shifted = []
    for vertices, faces in parts:
        shifted.append(faces + first)
        first += len(vertices)
    return _with_attributes(surface, np.concatenate([part[0] for part in parts]), np.concatenate(shifted))


def _attributes(surface: Surface) -> Float[np.ndarray, "V 10"]:
    """All that a vertex has, in one row: position, texture coordinates, colour, whether it is of the head."""
    columns = [surface.xyz_head_m, surface.uv, surface.colour_linear, surface.in_head[:, None]]
    return np.concatenate(columns, axis=1).astype(np.float64)


def _with_attributes(
    surface: Surface, attributes: Float[np.ndarray, "V 10"], triangles: Int[np.ndarray, "T 3"]
) -> Surface:
    used, compact = np.unique(triangles, return_inverse=True)
    attributes = attributes[used]
    return replace(
        surface,
        xyz_head_m=attributes[:, :3].astype(np.float32),
        triangles=compact.reshape(-1, 3).astype(np.int32),
        uv=attributes[:, 3:5].astype(np.float32),
        colour_linear=attributes[:, 5:9].astype(np.float32),
        in_head=attributes[:, 9] >= 0.5,
    )


def clip_by_plane(
    attributes: Float[np.ndarray, "V D"], triangles: Int[np.ndarray, "T 3"], axis: int, sign: float, limit: float
) -> tuple[Float[np.ndarray, "W D"], Int[np.ndarray, "S 3"]]:
    """Keeps what satisfies sign * x[axis] <= limit (Sutherland and Hodgman, all triangles at once)."""
    distance = limit - sign * attributes[:, axis]
    inside = (distance >= 0)[triangles]
    count = inside.sum(axis=1)
    if (count == 3).all():
        return attributes, triangles
    new_attributes, new_triangles = [attributes], [triangles[count == 3]]
    first_new = len(attributes)
    for kept in (1, 2):
        cut, cut_inside = triangles[count == kept], inside[count == kept]
        if not len(cut):
            continue
        # Roll each triangle so that its odd corner (the only one inside, or the only one outside) comes first.
        odd = np.argmax(cut_inside if kept == 1 else ~cut_inside, axis=1)
        a, b, c = (cut[np.arange(len(cut)), (odd + step) % 3] for step in range(3))
        on_ab, on_ac = (_cross(attributes, distance, a, other) for other in (b, c))
        new_attributes += [on_ab, on_ac]
        ab, ac = first_new + np.arange(len(cut)), first_new + len(cut) + np.arange(len(cut))
        first_new += 2 * len(cut)
        new_triangles += [np.stack(t, axis=1) for t in ([(a, ab, ac)] if kept == 1 else [(ab, b, c), (ab, c, ac)])]
    return np.concatenate(new_attributes), np.concatenate(new_triangles)


def _cross(
    attributes: Float[np.ndarray, "V D"],
    distance: Float[np.ndarray, "V"],
    start: Int[np.ndarray, "N"],
    end: Int[np.ndarray, "N"],
) -> Float[np.ndarray, "N D"]:
    weight = (distance[start] / (distance[start] - distance[end]))[:, None]
    return attributes[start] * (1 - weight) + attributes[end] * weight


def sample_texture(texture: Texture, uv: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "N 4"]:
    """The texel under each coordinate: linear colour and alpha (nearest; for vertex colours and opacity tests)."""
    uv = np.stack([_wrapped(uv[:, 0], texture.wrap_u), _wrapped(uv[:, 1], texture.wrap_v)], axis=1)
    height, width = texture.rgba.shape[:2]
    size = np.array([width, height])
    column, row = np.clip((uv * size).astype(int), 0, size - 1).T
    texel = texture.rgba[row, column] / 255.0
    return np.concatenate([linear_from_srgb(texel[:, :3]), texel[:, 3:]], axis=1)


def _wrapped(coordinate: Float[np.ndarray, "N"], wrap: Wrap) -> Float[np.ndarray, "N"]:
    if wrap == "repeat":
        return coordinate - np.floor(coordinate)
    if wrap == "mirror":
        return 1 - np.abs(np.mod(coordinate, 2) - 1)
    return np.clip(coordinate, 0, 1)


def shade(
    material: Material, uv: Float[np.ndarray, "N 2"], colour_linear: Float[np.ndarray, "N 4"]
) -> Float[np.ndarray, "N 4"]:
    """Linear colour and opacity (after the alpha mode) of points of a surface."""
    rgba = colour_linear * np.array(material.factor_linear)
    if material.texture is not None:
        rgba = rgba * sample_texture(material.texture, uv)
    if material.alpha_mode == "OPAQUE":
        rgba[:, 3] = 1.0
    elif material.alpha_mode == "MASK":
        rgba[:, 3] = rgba[:, 3] >= material.alpha_cutoff
    return rgba


def coloured_mesh(surfaces: list[Surface]) -> ColouredMesh:
    """All surfaces as one mesh with vertex colours; triangles whose centre has an opacity under 0.5 are left out."""
    vertices, triangles, colours, first = [np.zeros((0, 3), np.float32)], [np.zeros((0, 3), np.int32)], [], 0
    for surface in surfaces:
        corners = surface.triangles
        centre = shade(surface.material, surface.uv[corners].mean(axis=1), surface.colour_linear[corners].mean(axis=1))
        vertices.append(surface.xyz_head_m)
        triangles.append(corners[centre[:, 3] >= OPACITY_OF_SURFACE] + first)
        linear = shade(surface.material, surface.uv, surface.colour_linear)[:, :3]
        colours.append(np.round(srgb_from_linear(linear) * 255).astype(np.uint8))
        first += len(surface.xyz_head_m)
    used, compact = np.unique(np.concatenate(triangles), return_inverse=True)
    all_colours = np.concatenate([np.zeros((0, 3), np.uint8), *colours])
    return ColouredMesh(np.concatenate(vertices)[used], compact.reshape(-1, 3).astype(np.int32), all_colours[used])
