"""Hair and skin told apart, front hair moved to its place, and painted strands lifted off the skin."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import trimesh
from scipy.spatial.distance import jaccard

from helpers.heads.textured_characters import FRONT, make_character, make_portrait
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.objective import SKIN, SKIN_PARTS, group_parts
from panic3d.models.character.fitting.shape.hair import deform_hair
from panic3d.models.character.fitting.shape.regions import HAIR, PaintedRegions, find_painted_regions
from panic3d.models.character.fitting.shape.skin import SkinSurface, measure_skin
from panic3d.models.character.fitting.shape.strands import EDGE_LIFT_M, MIDDLE_LIFT_M, lift_strands

SIZE = 256
RGBA = np.full((512, 512, 4), 255, np.uint8)


@cache
def find_all() -> tuple[TexturedMesh, np.ndarray, PaintedRegions, SkinSurface]:
    mesh, landmarks = make_character()
    regions = find_painted_regions(make_portrait(mesh, landmarks), render_parts(mesh))
    skin = measure_skin(mesh)
    assert regions is not None and skin is not None
    return mesh, landmarks, regions, skin


def render_parts(mesh: TexturedMesh) -> np.ndarray:
    return TexturedScene(mesh).render_parts(FRONT, SIZE)


def has_part(mesh: TexturedMesh, *parts: int) -> np.ndarray:
    return np.isin(np.array([m.part for m in mesh.materials])[mesh.material], parts)


def test_hair_and_skin_of_a_portrait_are_told_apart() -> None:
    mesh, _, regions, _ = find_all()
    part = group_parts(render_parts(mesh))
    told = regions.rather_hair | regions.skin
    compared = np.isin(part, (HAIR, SKIN)) & told
    assert compared.sum() > 0.8 * np.isin(part, (HAIR, SKIN)).sum()
    assert jaccard(part[compared] == HAIR, regions.rather_hair[compared]) < 0.1


def test_hair_of_the_skins_colour_is_not_told_apart() -> None:
    mesh, landmarks, _, _ = find_all()
    portrait = make_portrait(mesh, landmarks)
    grey = portrait.line_free.copy()
    grey[..., :3] = 200
    assert find_painted_regions(replace(portrait, line_free=grey), render_parts(mesh)) is None


def test_the_skin_lies_where_trimesh_meets_it() -> None:
    mesh, _, _, skin = find_all()
    opaque = np.array([m.alpha_mode == "OPAQUE" for m in mesh.materials])[mesh.material]
    kept = has_part(mesh, *SKIN_PARTS) & opaque
    theirs = trimesh.Trimesh(mesh.vertices_head_m, mesh.triangles[kept], process=False)
    points = np.random.default_rng(0).uniform([-0.05, -0.09], [0.05, 0.08], (40, 2))
    starts = np.column_stack([points, np.full(len(points), 1.0)])
    places, rays, _ = theirs.ray.intersects_location(starts, np.tile([0.0, 0.0, -1.0], (len(points), 1)))
    met = np.unique(rays)
    assert len(met) > 30
    foremost = np.array([places[rays == i, 2].max() for i in met])
    assert np.median(np.abs(skin.sample(points[met]) - foremost)) < 2e-4


def test_a_fringe_that_hangs_too_low_goes_back() -> None:
    mesh, _, regions, skin = find_all()
    hair = np.unique(mesh.triangles[has_part(mesh, HAIR)])
    low = mesh.vertices_head_m.copy()
    front = hair[low[hair, 2] > 0.0]
    low[front, 1] -= 0.012
    wrong = mesh.with_vertices(low)
    found = deform_hair(wrong, regions, skin)
    right, before, after = (group_parts(render_parts(m)) == HAIR for m in (mesh, wrong, found))
    face = np.isin(group_parts(render_parts(mesh)), (HAIR, SKIN)) & (regions.rather_hair | regions.skin)
    assert (after != right)[face].sum() < 0.6 * (before != right)[face].sum()
    others = np.setdiff1d(np.arange(len(low)), hair)
    np.testing.assert_array_equal(found.vertices_head_m[others], low[others])


def test_a_painted_strand_becomes_hair_in_front_of_the_skin() -> None:
    mesh, landmarks, regions, skin = find_all()
    is_skin = group_parts(render_parts(mesh)) == SKIN
    painted = np.zeros_like(is_skin)
    painted[135:160, 125:131] = True  # down the nose
    assert (is_skin & painted).mean() > 0.9 * painted.mean()
    lifted = lift_strands(
        mesh, replace(regions, hair=painted), skin, is_skin, chin_y_m=float(landmarks[2, 1]), rgba=RGBA
    )
    new = lifted.triangles[len(mesh.triangles) :]
    strand = trimesh.Trimesh(lifted.vertices_head_m, new, process=False)
    assert (strand.face_normals[:, 2] > 0).all()
    assert strand.area == pytest.approx(painted.sum() * (0.7 / SIZE) ** 2, rel=0.5)
    used = lifted.vertices_head_m[np.unique(new)]
    height = used[:, 2] - skin.sample(used[:, :2])
    assert height.min() > 0.9 * EDGE_LIFT_M and height.max() <= MIDDLE_LIFT_M
    after = render_parts(lifted) == HAIR
    assert after[painted].mean() > 0.85
    assert (after & ~painted & is_skin).sum() < 0.1 * painted.sum()


def test_shadows_below_the_chin_are_not_lifted() -> None:
    mesh, landmarks, regions, skin = find_all()
    is_skin = group_parts(render_parts(mesh)) == SKIN
    chin_row = round((0.5 - float(landmarks[2, 1]) / 0.7) * SIZE)
    below = is_skin.copy()
    below[: chin_row + 2] = False
    assert below.sum() > 50
    lifted = lift_strands(mesh, replace(regions, hair=below), skin, is_skin, chin_y_m=float(landmarks[2, 1]), rgba=RGBA)
    assert len(lifted.triangles) == len(mesh.triangles)
