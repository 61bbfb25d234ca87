"""Solid shapes for clothes and accessories, coloured by a texture of swatches."""

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid
from panic3d.datagen.synth.meshes.paint import Colour

SWATCHES_PER_SIDE = 4
"""The swatch texture has 4 x 4 cells; each cell runs from light at its top to shade at its bottom."""
SWATCH_PIXELS = 64
FORWARD = (0.0, 0.0, 1.0)
"""The direction in which the character faces."""


def compute_swatch_uv(local: Float[np.ndarray, "V 2"], swatch: int) -> Float[np.ndarray, "V 2"]:
    """Map local [0, 1] coordinates to one cell of the swatch texture, away from its border."""
    inner = 0.06 + 0.88 * np.clip(local, 0, 1)
    return (inner + np.array([swatch % SWATCHES_PER_SIDE, swatch // SWATCHES_PER_SIDE])) / SWATCHES_PER_SIDE


def paint_swatches(colours: list[Colour]) -> UInt8[np.ndarray, "H W 4"]:
    """Paint each colour as a cell with a soft gradient."""
    size = SWATCHES_PER_SIDE * SWATCH_PIXELS
    picture = np.full((size, size, 4), 255, np.uint8)
    fall = np.linspace(0, 1, SWATCH_PIXELS)[:, None, None]
    for index, colour in enumerate(colours):
        value = np.array(colour)
        top, bottom = value + (1 - value) * 0.22, value * [0.70, 0.64, 0.72]
        cell = np.where(fall < 0.4, top + (value - top) * fall / 0.4, value + (bottom - value) * (fall - 0.4) / 0.6)
        row, column = divmod(index, SWATCHES_PER_SIDE)
        area = (
            slice(row * SWATCH_PIXELS, (row + 1) * SWATCH_PIXELS),
            slice(column * SWATCH_PIXELS, (column + 1) * SWATCH_PIXELS),
        )
        picture[(*area, slice(0, 3))] = np.round(cell.clip(0, 1) * 255)
    return picture


def build_loft(rings: Float[np.ndarray, "R A 3"], material: str, swatch: int, closed: bool = True) -> MeshPart:
    """Build a surface over rings, each counter-clockwise seen against the direction of travel."""
    if closed:
        rings = np.concatenate([rings, rings[:, :1]], axis=1)
    rows, columns = rings.shape[:2]
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    uv = compute_swatch_uv(np.stack([u.ravel(), v.ravel()], axis=1), swatch)
    return MeshPart(material, rings.reshape(-1, 3), triangulate_grid(rows, columns), uv)


def compute_frames(path: Float[np.ndarray, "M 3"], up: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return two unit vectors across a path at each point; the second is as close to `up` as possible."""
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    across = np.cross(np.array(up), tangent)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    return across, np.cross(tangent, across)


def build_tube(
    path: Float[np.ndarray, "M 3"],
    width_m: Float[np.ndarray, " M"] | float,
    height_m: Float[np.ndarray, " M"] | float,
    material: str,
    swatch: int,
    up: tuple[float, float, float] = (0.0, 1.0, 0.0),
    sides: int = 10,
) -> MeshPart:
    """Build a tube of elliptic cross-section (half width, half height along `up`)."""
    across, upward = compute_frames(path, up)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    width = np.broadcast_to(np.asarray(width_m, float), (len(path),))[:, None, None]
    height = np.broadcast_to(np.asarray(height_m, float), (len(path),))[:, None, None]
    ring = (
        across[:, None] * np.cos(angle)[None, :, None] * width + upward[:, None] * np.sin(angle)[None, :, None] * height
    )
    return build_loft((path[:, None] + ring)[:, ::-1], material, swatch)


def build_ellipsoid(
    centre: Float[np.ndarray, " 3"], radii: tuple[float, float, float], material: str, swatch: int
) -> MeshPart:
    """Build an ellipsoid of 12 by 16 vertices."""
    polar, azimuth = np.linspace(0.001, np.pi - 0.001, 12)[:, None], np.linspace(0, 2 * np.pi, 16, endpoint=False)[None]
    unit = np.stack([np.sin(polar) * np.sin(azimuth), np.cos(polar) + 0 * azimuth, np.sin(polar) * np.cos(azimuth)], -1)
    return build_loft(centre + unit * np.array(radii), material, swatch)


def build_cube(centre: Float[np.ndarray, " 3"], side_m: float, material: str, swatch: int) -> MeshPart:
    """Build a cube of one flat colour."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * side_m / 2 + centre
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([[a, b, c] for q in quads for a, b, c in ((q[0], q[1], q[2]), (q[0], q[2], q[3]))])
    return MeshPart(material, corners, faces, compute_swatch_uv(np.full((8, 2), 0.4), swatch))


def build_bow(
    centre: Float[np.ndarray, " 3"], size_m: float, material: str, swatch: int, tails: bool = True
) -> list[MeshPart]:
    """Build a ribbon bow that faces +z: two loops, a knot and two tails."""
    parts = [build_ellipsoid(centre, (size_m * 0.14, size_m * 0.16, size_m * 0.13), material, swatch)]
    t = np.linspace(0, 1, 9)
    for side in (-1.0, 1.0):
        path = centre + np.stack([side * t * size_m, 0.10 * size_m * np.sin(t * 3), -0.10 * size_m * t**2], axis=1)
        tall = size_m * (0.10 + 0.42 * np.sin(np.clip(t * 1.05, 0, 1) * 2.2) ** 1.2) * np.where(t == 1, 0.5, 1)
        deep = size_m * (0.05 + 0.14 * np.sin(t * np.pi))
        parts.append(build_tube(path, deep, tall, material, swatch))
        if tails:
            fall = centre + np.stack([side * (0.1 + 0.42 * t) * size_m, -1.05 * t * size_m, 0.03 * t * size_m], axis=1)
            wide = size_m * (0.07 + 0.16 * t)
            parts.append(build_tube(fall, wide, size_m * 0.03, material, swatch, up=(0.0, 0.0, 1.0)))
    return parts


def rotate_part(
    part: MeshPart, turn: Float[np.ndarray, "3 3"], pivot: Float[np.ndarray, " 3"], to: Float[np.ndarray, " 3"]
) -> MeshPart:
    """Rotate a part about `pivot` and move the pivot to `to`."""
    return part.with_positions((part.xyz_head_m - pivot) @ turn.T + to)


def mirror_part(part: MeshPart) -> MeshPart:
    """Return the part mirrored to the other side of the head."""
    flipped = part.with_positions(part.xyz_head_m * [-1.0, 1.0, 1.0])
    return MeshPart(
        flipped.material, flipped.xyz_head_m, part.faces[:, ::-1].copy(), part.uv, part.weights, part.morphs
    )


def build_rotation(
    normal: Float[np.ndarray, " 3"], up: tuple[float, float, float] = (0.0, 1.0, 0.0)
) -> Float[np.ndarray, "3 3"]:
    """Return the rotation whose third column (z) is `normal` and whose second is as close to `up` as possible."""
    z = normal / np.linalg.norm(normal)
    x = np.cross(np.array(up), z)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z], axis=1)
