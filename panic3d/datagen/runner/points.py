"""Points in and around a head with occupancy and colour, for PIFu and its kind (Saito et al. 2019, 4.2)."""

import io
import zlib
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.geometry.closest_points import ClosestPointFinder
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.winding import compute_winding_numbers
from panic3d.runtime.errors import name_stage

POINT_COUNT = 16384
"""Points of a sample: half uniform in the box, half near the surface."""
NEAR_DEVIATION_M = 0.01
"""Standard deviation, along each axis, of the distance of points near the surface."""
INSIDE_WINDING = 0.5
"""The winding number above which a point is inside."""


@dataclass(frozen=True)
class OccupancyPoints:
    """The content of `KEY.points.npz` (see docs/reference/formats.md)."""

    xyz_head_m: Float32[np.ndarray, "N 3"]
    inside: Bool[np.ndarray, "N"]
    rgb: UInt8[np.ndarray, "N 3"]
    """Colour of the nearest point of the surface, straight sRGB."""

    def to_npz(self) -> bytes:
        """Return the bytes of the npz file."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, xyz=self.xyz_head_m, inside=self.inside.astype(np.uint8), rgb=self.rgb)
        return buffer.getvalue()


@name_stage("sampling the points")
def sample_points(mesh: ColouredMesh, key: str, count: int = POINT_COUNT) -> OccupancyPoints:
    """Sample points, the same for the same mesh and key.

    Raises UserError where libigl is not installed, ValueError for a mesh without area.
    """
    generator = np.random.Generator(np.random.PCG64(zlib.crc32(f"{key}/points".encode())))
    near = _sample_surface(mesh, count - count // 2, generator) + generator.normal(
        0, NEAR_DEVIATION_M, (count - count // 2, 3)
    )
    uniform = generator.uniform(-BOX_SIDE_M / 2, BOX_SIDE_M / 2, (count // 2, 3))
    xyz = np.concatenate([uniform, near]).astype(np.float32)
    winding = compute_winding_numbers(mesh.vertices_head_m, mesh.triangles, xyz, "--points", "data")
    return OccupancyPoints(xyz, winding > INSIDE_WINDING, _look_up_colours(mesh, xyz))


def _sample_surface(mesh: ColouredMesh, count: int, generator: np.random.Generator) -> Float[np.ndarray, "count 3"]:
    """Sample points of the surface, uniform by area."""
    corners = mesh.vertices_head_m[mesh.triangles].astype(np.float64)
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    if areas.sum() <= 0:
        raise ValueError("expected a mesh with an area, got none")
    triangle = generator.choice(len(areas), count, p=areas / areas.sum())
    root, second = np.sqrt(generator.uniform(size=count)), generator.uniform(size=count)
    weights = np.stack([1 - root, root * (1 - second), root * second], axis=1)
    return np.einsum("nk,nkc->nc", weights, corners[triangle])


def _look_up_colours(mesh: ColouredMesh, xyz_head_m: Float32[np.ndarray, "N 3"]) -> UInt8[np.ndarray, "N 3"]:
    """Return the colours of the nearest points of the surface."""
    closest = ClosestPointFinder(mesh.vertices_head_m, mesh.triangles).find(xyz_head_m)
    corners = mesh.colours[mesh.triangles[closest.triangle]].astype(np.float64)
    weights = np.stack([1 - closest.uv.sum(axis=1), closest.uv[:, 0], closest.uv[:, 1]], axis=1)
    return np.round(np.einsum("nk,nkc->nc", weights, corners)).clip(0, 255).astype(np.uint8)
