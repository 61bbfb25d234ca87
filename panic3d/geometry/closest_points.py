"""Find the closest points of a triangle mesh, exactly, with Open3D."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int, UInt32

from panic3d.runtime.extras import require_library


@dataclass(frozen=True)
class ClosestPoints:
    """For each of N query points, the closest point of the mesh."""

    points_m: Float32[np.ndarray, "N 3"]
    normals: Float32[np.ndarray, "N 3"]
    """Unit normals of the triangles there."""
    triangle: UInt32[np.ndarray, "N"]
    uv: Float32[np.ndarray, "N 2"]
    """Barycentric weights of the triangle's second and third corner."""


class ClosestPointFinder:
    """The acceleration structure of one triangle mesh with at least one triangle."""

    def __init__(self, vertices_m: Float[np.ndarray, "V 3"], triangles: Int[np.ndarray, "T 3"]) -> None:
        """Raises UserError where Open3D is not installed."""
        require_library("open3d", "measuring distances to a surface")
        import open3d as o3d

        self._scene = o3d.t.geometry.RaycastingScene()
        self._scene.add_triangles(
            o3d.core.Tensor.from_numpy(np.ascontiguousarray(vertices_m, np.float32)),
            o3d.core.Tensor.from_numpy(np.ascontiguousarray(triangles, np.uint32)),
        )

    def find(self, points_m: Float[np.ndarray, "N 3"]) -> ClosestPoints:
        """Return the closest point of the mesh to each point, in single precision."""
        import open3d as o3d

        query = o3d.core.Tensor.from_numpy(np.ascontiguousarray(points_m, np.float32))
        found = {name: answer.numpy() for name, answer in self._scene.compute_closest_points(query).items()}
        return ClosestPoints(
            found["points"], found["primitive_normals"], found["primitive_ids"], found["primitive_uvs"]
        )
