"""How far in front the skin of a character lies, with what covers it left out."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.cameras.filling import fill_from_nearest
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.evidence import OUTLINE_SIZE
from panic3d.models.character.fitting.objective import SKIN_PARTS
from panic3d.models.character.fitting.shape.pixel_mesh import sample_points


@dataclass(frozen=True)
class SkinSurface:
    """z of the foremost skin at each pixel of the front view, in metres; beside the skin that of the nearest skin."""

    z_head_m: Float[np.ndarray, "S S"]

    @property
    def foremost_m(self) -> float:
        return float(self.z_head_m.max())

    def sample(self, xy_head_m: Float[np.ndarray, "V 2"]) -> Float[np.ndarray, " V"]:
        """Return z at points of the plane."""
        return sample_points(self.z_head_m, xy_head_m)


def measure_skin(mesh: TexturedMesh) -> SkinSurface | None:
    """Return the surface of a character's skin; None if there is none in the front view."""
    parts = np.array([material.part for material in mesh.materials])
    kept = np.flatnonzero(np.isin(parts[mesh.material], SKIN_PARTS))
    camera = make_view_camera("front")
    skin = TexturedMesh(mesh.vertices_head_m, mesh.triangles[kept], mesh.uv, mesh.material[kept], mesh.materials)
    depth_m = TexturedScene(skin).render([camera], OUTLINE_SIZE, supersampling=1)[0].depth_m
    missing = np.isnan(depth_m)
    if missing.all():
        return None
    return SkinSurface(camera.head_from_camera()[2, 3] - fill_from_nearest(depth_m[..., None], missing)[..., 0])
