"""How much the two halves of a face differ."""

import math

import numpy as np

from panic3d.benchmark.metrics.surface import EMPTY_SURFACE_DISTANCE_MM, TriangleSurface

FACE_CENTRE_M, FACE_HALF_SIZE_M = (0.0, -0.03), (0.055, 0.06)
"""The ellipse of a face in the front view, in the head frame: from below the brows to the chin."""
RAYS = 64
"""Along each side of the ellipse's box."""
START_M = 0.5
"""Where rays start, before the face."""
MIRROR = np.array([-1.0, 1.0, 1.0])


def face_asymmetry_mm(surface: TriangleSurface) -> float:
    """Return the root mean square distance of the mirrored face from the mesh, in mm: 0 for a symmetric head.

    The face is what the front view shows of the mesh in an ellipse between brows and chin, hair before it included;
    it is mirrored in the plane x = 0 of the head frame. Without a surface there: the diagonal of the scoring box.
    """
    if len(surface.triangles) == 0:
        return EMPTY_SURFACE_DISTANCE_MM
    steps = (np.arange(RAYS) + 0.5) * 2 / RAYS - 1
    u, v = (axis.ravel() for axis in np.meshgrid(steps, steps))
    u, v = (axis[np.hypot(u, v) <= 1] for axis in (u, v))
    starts = np.column_stack(
        [
            FACE_CENTRE_M[0] + FACE_HALF_SIZE_M[0] * u,
            FACE_CENTRE_M[1] + FACE_HALF_SIZE_M[1] * v,
            np.full(len(u), START_M),
        ]
    )
    rays = np.concatenate([starts, np.broadcast_to([0.0, 0.0, -1.0], starts.shape)], axis=1, dtype=np.float32)
    distance = surface.ray_caster.cast(rays).distance
    hit = np.isfinite(distance)
    if not hit.any():
        return EMPTY_SURFACE_DISTANCE_MM
    mirrored = (starts[hit] - distance[hit, None] * np.array([0.0, 0.0, 1.0])) * MIRROR
    offset = mirrored - surface.closest_point_finder.find(mirrored).points_m
    return 1000 * math.sqrt(float((offset**2).sum(axis=1).mean()))
