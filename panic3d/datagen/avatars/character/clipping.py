"""Clipping of surfaces by the box about the head: triangles are cut at its faces."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.datagen.avatars.character.surfaces import MaterialSurface


def clip_to_box(surface: MaterialSurface, half_side: float = BOX_SIDE_M / 2) -> MaterialSurface:
    """Return the part of a surface inside the cube about the origin; triangles are cut at its faces."""
    attributes, triangles = _stack_attributes(surface), surface.triangles
    for axis in range(3):
        for sign in (1.0, -1.0):
            attributes, triangles = clip_by_plane(attributes, triangles, axis, sign, half_side)
    return _replace_attributes(surface, attributes, triangles)


def clip_outside_box(surface: MaterialSurface, half_side: float = BOX_SIDE_M / 2) -> MaterialSurface:
    """Return the part of a surface outside the cube: everything that `clip_to_box` removes."""
    attributes, triangles = _stack_attributes(surface), surface.triangles
    parts, first = [(np.zeros((0, attributes.shape[1])), triangles[:0])], 0
    for axis in range(3):
        for sign in (1.0, -1.0):
            parts.append(clip_by_plane(attributes, triangles, axis, -sign, -half_side))
            attributes, triangles = clip_by_plane(attributes, triangles, axis, sign, half_side)
    shifted = []
    for vertices, faces in parts:
        shifted.append(faces + first)
        first += len(vertices)
    return _replace_attributes(surface, np.concatenate([part[0] for part in parts]), np.concatenate(shifted))


def _stack_attributes(surface: MaterialSurface) -> Float[np.ndarray, "V 10"]:
    """Stack all attributes of each vertex in one row: position, texture coordinates, colour, membership of the head."""
    columns = [surface.xyz_head_m, surface.uv, surface.colour_linear, surface.in_head[:, None]]
    return np.concatenate(columns, axis=1).astype(np.float64)


def _replace_attributes(
    surface: MaterialSurface, attributes: Float[np.ndarray, "V 10"], triangles: Int[np.ndarray, "T 3"]
) -> MaterialSurface:
    """Return the surface with other vertices and triangles; vertices without a triangle are dropped."""
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
    """Clip triangles to the half-space sign * x[axis] <= limit (Sutherland and Hodgman 1974, all triangles at once)."""
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
        on_ab, on_ac = (_interpolate_crossing(attributes, distance, a, other) for other in (b, c))
        new_attributes += [on_ab, on_ac]
        ab, ac = first_new + np.arange(len(cut)), first_new + len(cut) + np.arange(len(cut))
        first_new += 2 * len(cut)
        new_triangles += [np.stack(t, axis=1) for t in ([(a, ab, ac)] if kept == 1 else [(ab, b, c), (ab, c, ac)])]
    return np.concatenate(new_attributes), np.concatenate(new_triangles)


def _interpolate_crossing(
    attributes: Float[np.ndarray, "V D"],
    distance: Float[np.ndarray, "V"],
    start: Int[np.ndarray, "N"],
    end: Int[np.ndarray, "N"],
) -> Float[np.ndarray, "N D"]:
    """Interpolate the attributes where the edges from `start` to `end` cross the plane."""
    weight = (distance[start] / (distance[start] - distance[end]))[:, None]
    return attributes[start] * (1 - weight) + attributes[end] * weight
