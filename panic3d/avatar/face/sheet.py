"""The skin of a face with openings for eyes and mouth."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from panic3d.avatar.face.contours import Opening
from panic3d.avatar.face.splitting import FaceMesh, refine, split_at_zero
from panic3d.avatar.face.surface import FaceRegion, FaceSurface

EDGE_M = 0.010
"""Longest edge in the region of the face ..."""
FINE_EDGE_M, FINE_MARGIN_M = 0.0034, 0.003
"""... and within a margin of an opening."""
UPPER, LOWER = 1, -1


@dataclass(frozen=True)
class FaceSheet:
    """Skin with openings."""

    mesh: FaceMesh
    surface: FaceSurface
    region: FaceRegion
    eyes: tuple[Opening, Opening]
    """The one on the left of the image, which is the character's right, and the other."""
    mouth: Opening
    edge: dict[str, Int[np.ndarray, " V"]]
    """By opening (left, right: of the image, mouth) `UPPER` or `LOWER` where a vertex is on that edge of it, else 0."""


def cut_face(
    skin: FaceMesh, landmarks_head_m: Float[np.ndarray, "28 3"], eyes: tuple[Opening, Opening], mouth: Opening
) -> FaceSheet:
    """Cut openings into the skin of a head with these landmarks."""
    region = FaceRegion(landmarks_head_m)
    openings = {"left": eyes[0], "right": eyes[1], "mouth": mouth}
    mesh = refine(skin, EDGE_M, region.contains)
    for opening in openings.values():
        mesh = _refine_about(mesh, opening, region)
    surface = FaceSurface(mesh, region)
    edge: dict[str, np.ndarray] = {}
    for name, opening in openings.items():
        mesh, edge = _cut_opening(mesh, edge, name, opening, region)
    return FaceSheet(mesh, surface, region, eyes, mouth, edge)


def _refine_about(mesh: FaceMesh, opening: Opening, region: FaceRegion) -> FaceMesh:
    def is_near(p: Float[np.ndarray, "E 3"]) -> Bool[np.ndarray, " E"]:
        return region.contains(p) & (opening.measure_inside(p) > -FINE_MARGIN_M)

    return refine(mesh, FINE_EDGE_M, is_near)


def _cut_opening(
    mesh: FaceMesh, edge: dict[str, np.ndarray], name: str, opening: Opening, region: FaceRegion
) -> tuple[FaceMesh, dict[str, np.ndarray]]:
    is_slit = opening.height_m < 1e-6

    def measure(p: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, " N"]:
        return p[:, 1] - opening.upper(p[:, 0]) if is_slit else opening.measure_inside(p)

    def is_near(p: Float[np.ndarray, "N 3"]) -> np.ndarray:
        beside = np.minimum(p[:, 0] - opening.x_m[0], opening.x_m[-1] - p[:, 0])
        return region.contains(p) & (beside > -0.5 * FINE_EDGE_M)

    before = len(mesh.vertices_head_m)
    mesh, on_edge = split_at_zero(mesh, measure, is_near)
    edge = {key: np.pad(values, (0, len(on_edge) - before)) for key, values in edge.items()}
    x, y = mesh.vertices_head_m[:, 0], mesh.vertices_head_m[:, 1]
    middles = mesh.vertices_head_m[mesh.triangles].mean(1)
    if not is_slit:
        side = np.where(np.abs(opening.upper(x) - y) <= np.abs(y - opening.lower(x)), UPPER, LOWER)
        edge[name] = np.where(on_edge, side, 0)
        inside = region.contains(middles) & (opening.measure_inside(middles) > 0)
        return FaceMesh(mesh.vertices_head_m, mesh.triangles[~inside]), edge
    doubled = np.flatnonzero(on_edge & (x > opening.x_m[0] + 1e-4) & (x < opening.x_m[-1] - 1e-4))
    below = measure(middles) < 0
    copy = np.arange(len(x))
    copy[doubled] = len(x) + np.arange(len(doubled))
    triangles = np.where(below[:, None], copy[mesh.triangles], mesh.triangles)
    edge = {key: np.concatenate([values, values[doubled]]) for key, values in edge.items()}
    edge[name] = np.zeros(len(x) + len(doubled), int)
    edge[name][doubled], edge[name][len(x) :] = UPPER, LOWER
    return FaceMesh(np.concatenate([mesh.vertices_head_m, mesh.vertices_head_m[doubled]]), triangles), edge
