"""A character inside the portrait's outline and nowhere else: what is too much is cut, what is missing is added."""

import numpy as np
import pytest
import trimesh

from helpers.heads.textured_characters import FRONT, make_character, make_portrait
from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.shape.carving import EDGE_M, KEPT_PARTS, TOLERANCE_M, carve_outside
from panic3d.models.character.fitting.shape.reliefs import HALF_THICKNESS_M, fill_missing

SIZE = 256
METRES = BOX_SIDE_M / SIZE


def find_mask(mesh: TexturedMesh, view: str = "front") -> np.ndarray:
    return TexturedScene(mesh).find_materials(make_view_camera(view), SIZE) >= 0


def compute_area(mesh: TexturedMesh, kept: np.ndarray | slice = slice(None)) -> float:
    return float(trimesh.Trimesh(mesh.vertices_head_m, mesh.triangles[kept], process=False).area)


def find_parts(mesh: TexturedMesh) -> np.ndarray:
    return np.array([m.part for m in mesh.materials])[mesh.material]


def test_nothing_is_cut_inside_the_own_outline() -> None:
    mesh, _ = make_character()
    found = carve_outside(mesh, find_mask(mesh))
    inside = np.abs(mesh.vertices_head_m[mesh.triangles]).max((1, 2)) < BOX_SIDE_M / 2
    assert compute_area(found) > compute_area(mesh) - 0.02 * compute_area(mesh, inside)


def test_what_lies_outside_the_outline_is_cut() -> None:
    mesh, _ = make_character()
    mask = find_mask(mesh)
    cut_column = SIZE // 2 - 24
    mask[:, :cut_column] = False
    found = carve_outside(mesh, mask)
    left_m = (cut_column - SIZE / 2) * METRES
    movable = ~np.isin(find_parts(found), KEPT_PARTS)
    reach = found.vertices_head_m[found.triangles[movable]]
    in_frame = np.abs(reach[..., :2]).max((1, 2)) < BOX_SIDE_M / 2
    assert reach[in_frame][..., 0].min() > left_m - TOLERANCE_M - EDGE_M
    kept = [compute_area(m, np.isin(find_parts(m), KEPT_PARTS)) for m in (mesh, found)]
    assert kept[0] == pytest.approx(kept[1])
    seen = [TexturedScene(m).render_parts(FRONT, SIZE)[:, cut_column + 3 :] for m in (mesh, found)]
    assert (seen[0] == seen[1]).mean() > 0.995


def test_what_is_missing_becomes_a_relief_in_the_portraits_colours() -> None:
    mesh, landmarks = make_character()
    rgba = make_portrait(mesh, landmarks).line_free.copy()
    row, column = np.mgrid[:512, :512]
    left = int(np.flatnonzero(rgba[180, :, 3] > 128)[0])
    disk = (row - 180) ** 2 + (column - left) ** 2 < 30**2
    added = disk & (rgba[..., 3] == 0)
    rgba[added] = [30, 160, 90, 255]
    mask = rgba[..., 3] >= 128
    found = fill_missing(mesh, mask, rgba)
    small = added[::2, ::2]
    assert find_mask(found)[small].mean() > 0.95
    assert find_mask(found, "back")[:, ::-1][small].mean() > 0.95
    assert not (find_mask(found) & ~mask[::2, ::2] & ~find_mask(mesh)).sum() > 0.02 * small.sum()
    views = TexturedScene(found).render([make_view_camera(view) for view in ("front", "back")], SIZE)
    inner = small & np.roll(small, 3, 0) & np.roll(small, -3, 0)
    assert np.abs(views[0].rgb[inner] - np.array([30, 160, 90]) / 255).mean() < 0.02
    thickness = 2.0 - views[0].depth_m[inner] - views[1].depth_m[:, ::-1][inner]
    assert np.median(thickness) > 0 and thickness.max() <= 2 * HALF_THICKNESS_M + 1e-4
    relief = trimesh.Trimesh(found.vertices_head_m, found.triangles[len(mesh.triangles) :], process=True)
    assert relief.is_winding_consistent


def test_a_character_that_covers_the_portrait_gets_no_relief() -> None:
    mesh, landmarks = make_character()
    rgba = make_portrait(mesh, landmarks).line_free
    assert fill_missing(mesh, rgba[..., 3] >= 128, rgba) is mesh


def test_no_piece_is_left_floating() -> None:
    mesh, _ = make_character()
    mask = find_mask(mesh)
    mask[:, SIZE // 2 - 34 : SIZE // 2 - 28] = False
    found = carve_outside(mesh, mask)
    assert compute_area(found) < compute_area(mesh) - 1e-3
    before, after = (
        trimesh.Trimesh(m.vertices_head_m.round(6), m.triangles, process=True).body_count for m in (mesh, found)
    )
    assert after <= before
