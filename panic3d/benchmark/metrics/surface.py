"""Prepare surfaces for metrics: cut them to the scoring box, keep what is visible from outside, sample points."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float32, Int
from trimesh.intersections import slice_faces_plane

from panic3d.geometry.closest_points import ClosestPointFinder
from panic3d.geometry.ray_caster import RayCaster

SCORING_BOX_HALF_SIDE_M = 0.25
"""Surfaces are scored within |x|, |y|, |z| <= 0.25 m in the head frame."""
EMPTY_SURFACE_DISTANCE_MM = 2000 * math.sqrt(3) * SCORING_BOX_HALF_SIDE_M
"""The distance that counts for an empty surface: the diagonal of the scoring box, 866 mm."""
MIN_AREA_M2 = 1e-14
"""The area of a triangle with sides of 100 nm. Smaller triangles have no reliable normal in single precision."""
VISIBILITY_DIRECTIONS = 64
"""Number of ray directions that are tested per point."""
RAY_START_OFFSET_M = 1e-4
"""A ray starts at this distance from its point, so that it does not hit the surface of the point itself."""
TEST_POINT_WEIGHTS = ((1, 1, 1), (4, 1, 1), (1, 4, 1), (1, 1, 4))
"""Barycentric weights (times their sum) of the points that are tested per triangle: its centre, and three points
towards its corners."""


@dataclass(frozen=True)
class TriangleSurface:
    """A triangle mesh in the head frame, in metres; it may be empty."""

    vertices_m: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]

    @cached_property
    def ray_caster(self) -> RayCaster:
        return RayCaster(self.vertices_m, self.triangles)

    @cached_property
    def closest_point_finder(self) -> ClosestPointFinder:
        return ClosestPointFinder(self.vertices_m, self.triangles)

    @cached_property
    def corners_m(self) -> Float[np.ndarray, "T 3 3"]:
        return self.vertices_m[self.triangles]

    @cached_property
    def areas_m2(self) -> Float[np.ndarray, "T"]:
        a, b, c = np.moveaxis(self.corners_m, 1, 0)
        return 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)

    def select(self, kept: Bool[np.ndarray, "T"]) -> "TriangleSurface":
        """Return the surface with only the triangles for which `kept` is true."""
        return TriangleSurface(self.vertices_m, self.triangles[kept])


def cut_to_box(surface: TriangleSurface, half_side_m: float = SCORING_BOX_HALF_SIDE_M) -> TriangleSurface:
    """Cut a surface to |x|, |y|, |z| <= half_side_m. Triangles are cut at the faces of the box; cuts are not closed.

    Triangles without an area are removed, because they have no normal.
    """
    vertices, faces = np.asarray(surface.vertices_m, np.float64), np.asarray(surface.triangles, np.int64)
    for axis in range(3):
        for sign in (-1.0, 1.0):
            if len(faces):
                normal = sign * np.eye(3)[axis]
                vertices, faces, _ = slice_faces_plane(vertices, faces, normal, -half_side_m * normal)
    cut = TriangleSurface(vertices, faces)
    return cut.select(cut.areas_m2 > MIN_AREA_M2)


def spread_directions() -> Float32[np.ndarray, "64 3"]:
    """Return 64 fixed unit vectors, evenly spread over the sphere (Fibonacci lattice)."""
    index = np.arange(VISIBILITY_DIRECTIONS) + 0.5
    z, turn = 1 - 2 * index / VISIBILITY_DIRECTIONS, np.pi * (1 + math.sqrt(5)) * index
    ring = np.sqrt(1 - z**2)
    return np.stack([ring * np.cos(turn), ring * np.sin(turn), z], axis=1).astype(np.float32)


def find_visible_points(points_m: Float[np.ndarray, "N 3"], obstacles: RayCaster) -> Bool[np.ndarray, "N"]:
    """Return which points are visible: a ray in one of the 64 `spread_directions` leaves them without a hit."""
    seen = np.zeros(len(points_m), bool)
    for batch in np.split(spread_directions(), 8):
        open_points = np.flatnonzero(~seen)
        starts = points_m[open_points, None].astype(np.float32) + RAY_START_OFFSET_M * batch
        rays = np.concatenate([starts, np.broadcast_to(batch, starts.shape)], axis=2)
        seen[open_points] = ~obstacles.is_occluded(rays).all(axis=1)
    return seen


def extract_visible_part(surface: TriangleSurface, obstacles: RayCaster) -> TriangleSurface:
    """Return the triangles of which at least one of 4 test points is visible from outside, past the obstacles."""
    seen = np.zeros(len(surface.triangles), bool)
    for weights in np.array(TEST_POINT_WEIGHTS, np.float64):
        unseen = np.flatnonzero(~seen)
        points_m = np.einsum("k,nkc->nc", weights / weights.sum(), surface.corners_m[unseen])
        seen[unseen] = find_visible_points(points_m, obstacles)
    return surface.select(seen)


def sample_surface(
    surface: TriangleSurface, count: int, generator: np.random.Generator
) -> tuple[Float[np.ndarray, "count 3"], Float[np.ndarray, "count 3"]]:
    """Sample area-uniform points with unit normals of their triangles (Osada et al., ACM TOG 21(4), 2002, sec. 4.2).

    Raises ValueError for a surface without an area.
    """
    total = np.cumsum(surface.areas_m2)
    if len(total) == 0 or total[-1] <= 0:
        raise ValueError("expected a surface with an area, got none")
    triangle = np.searchsorted(total, generator.uniform(0, total[-1], count), side="right").clip(max=len(total) - 1)
    root, second = np.sqrt(generator.uniform(size=count)), generator.uniform(size=count)
    weights = np.stack([1 - root, root * (1 - second), root * second], axis=1)
    corners_m = surface.corners_m[triangle]
    normals = np.cross(corners_m[:, 1] - corners_m[:, 0], corners_m[:, 2] - corners_m[:, 0])
    return np.einsum("nk,nkc->nc", weights, corners_m), normals / np.linalg.norm(normals, axis=1, keepdims=True)
