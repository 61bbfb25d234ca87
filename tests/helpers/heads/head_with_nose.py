"""A closed head with a nose towards +z, off centre, whose inside an outside library knows."""

import numpy as np
import open3d
import trimesh
from jaxtyping import Float

from panic3d.geometry.mesh import ColouredMesh

CENTRE_M = np.array([0.03, -0.02, 0.01])


def make_head_with_nose() -> ColouredMesh:
    """Make a head: hair above, skin below, a red nose; 0.24 m wide, 0.3 m high, 0.2 m deep without the nose."""
    ball = trimesh.creation.icosphere(4)
    towards_nose = ball.vertices @ np.array([0.0, -0.17, 0.985])
    stretch = 1 + 0.45 * np.exp(-((np.arccos(towards_nose.clip(-1, 1)) / 0.25) ** 2))
    vertices = ball.vertices * stretch[:, None] * [0.12, 0.15, 0.10] + CENTRE_M
    colours = np.where(ball.vertices[:, 1:2] > 0.2, [60, 40, 120], [240, 200, 180])
    colours[towards_nose > 0.95] = [220, 60, 40]
    return ColouredMesh(vertices.astype(np.float32), ball.faces.astype(np.int64), colours.astype(np.uint8))


def compute_signed_distance_m(mesh: ColouredMesh, xyz_head_m: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N"]:
    """Return the signed distance to the surface by Open3D, negative inside."""
    scene = open3d.t.geometry.RaycastingScene()
    scene.add_triangles(
        open3d.core.Tensor.from_numpy(mesh.vertices_head_m), open3d.core.Tensor.from_numpy(mesh.triangles.astype("u4"))
    )
    return scene.compute_signed_distance(open3d.core.Tensor.from_numpy(xyz_head_m.astype(np.float32))).numpy()
