"""Simplified parts keep their outline, texture coordinates cover every triangle once, and hair gets its chains."""

import numpy as np
import pytest
import trimesh
from scipy.ndimage import distance_transform_edt

from panic3d.avatar.parts.chains import fit_colliders
from panic3d.avatar.parts.simplify import distribute, simplify
from panic3d.avatar.parts.sources import SourcePart
from panic3d.avatar.parts.springs import SECTORS, add_hair_springs
from panic3d.avatar.texture.atlas import Texels, fill_gaps, find_texels, unwrap
from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid
from panic3d.datagen.synth.vrm.skeleton import build_humanoid_skeleton


def make_sheet(count: int) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.meshgrid(np.linspace(-0.1, 0.1, count), np.linspace(0.1, -0.1, count))
    return np.stack([x.ravel(), y.ravel(), 0.02 * np.cos(12 * x).ravel()], axis=1), triangulate_grid(count, count)


def test_a_thin_sheet_keeps_its_outline_with_a_twentieth_of_its_triangles() -> None:
    xyz, faces = make_sheet(80)
    found = simplify(SourcePart("Hair", "Hair", xyz, faces), 600)
    assert len(found.triangles) <= 660
    surface = trimesh.Trimesh(found.vertices_head_m, found.triangles, process=False)
    projected = surface.area_faces * surface.face_normals[:, 2]
    assert projected[projected > 0].sum() == pytest.approx(0.04, rel=0.02)


def test_a_budget_goes_to_those_who_need_it() -> None:
    found = distribute(10_000, {"Hair": 50_000, "Cloth": 20_000, "Body": 300, "Accessory": 0})
    assert found["Body"] == 300 and sum(found.values()) == pytest.approx(10_000)
    assert found["Hair"] == pytest.approx(2 * found["Cloth"])


def test_texture_coordinates_cover_each_triangle_once_and_no_texel_twice() -> None:
    ball = trimesh.creation.icosphere(3, 0.1)
    sheet, faces = make_sheet(12)
    parts = [
        MeshPart("Hair", np.asarray(ball.vertices), np.asarray(ball.faces), np.zeros((len(ball.vertices), 2))),
        MeshPart("Body", sheet, faces, np.zeros((len(sheet), 2)), {"head": np.ones(len(sheet))}),
    ]
    found = unwrap(parts, {"Hair": 2.0, "Body": 1.0}, 512)
    assert [len(part.faces) for part in found] == [len(part.faces) for part in parts]
    texels = find_texels(found, 512)
    assert len(np.unique(texels.row * 512 + texels.column)) == len(texels.row)
    counts = np.bincount(texels.part)
    metres = [ball.area, trimesh.Trimesh(sheet, faces).area]
    density = np.sqrt(counts / metres)
    assert density[0] / density[1] == pytest.approx(2, rel=0.1)
    on_ball = texels.part == 0
    assert np.abs(np.linalg.norm(texels.xyz_head_m[on_ball], axis=1) - 0.1).max() < 0.002
    outwards = (texels.normal_head[on_ball] * texels.xyz_head_m[on_ball]).sum(1) / 0.1
    assert outwards.min() > 0.95


def test_hair_that_hangs_down_swings_and_short_hair_does_not() -> None:
    skeleton = build_humanoid_skeleton(1.0, 1.0)
    rows = np.linspace(0.1, -0.3, 30)
    lock = np.concatenate([np.stack([x + 0 * rows, rows, -0.08 + 0 * rows], axis=1) for x in (-0.02, 0.02)])
    order = np.arange(60).reshape(2, 30).T.ravel()
    hair = MeshPart("Hair", lock[order], triangulate_grid(30, 2), np.zeros((60, 2)), {"head": np.ones(60)})
    found = add_hair_springs(hair, skeleton, -0.09)
    assert 1 <= len(found.springs) <= SECTORS
    assert np.abs(sum(found.part.weights.values()) - 1).max() < 1e-9
    bones = found.springs[0].bones
    heights = [found.skeleton.positions_head_m[bone][1] for bone in bones]
    assert heights == sorted(heights, reverse=True) and found.skeleton.parents[bones[0]] == "head"
    tip = found.part.xyz_head_m[:, 1] < -0.28
    assert found.part.weights[bones[-2]][tip].min() > 0.9
    for collider in fit_colliders(found.skeleton, found.springs):
        centre = found.skeleton.positions_head_m[collider.bone] + collider.offset_m
        joints = [found.skeleton.positions_head_m[bone] for spring in found.springs for bone in spring.bones[1:]]
        assert np.linalg.norm(np.array(joints) - centre, axis=1).min() > collider.radius_m
    short = hair.with_positions(hair.xyz_head_m * [1, 0.2, 1])
    assert add_hair_springs(short, skeleton, -0.09).springs == ()


def test_gaps_between_charts_have_the_nearest_colour() -> None:
    random = np.random.default_rng(0)
    texture = np.zeros((64, 64, 4), np.uint8)
    row, column = np.unravel_index(random.choice(64 * 64, 60, replace=False), (64, 64))
    texture[row, column] = random.integers(1, 255, (60, 4))
    nothing = np.zeros((60, 3), np.float32)
    found = fill_gaps(texture, Texels(row, column, np.zeros(60, int), nothing, nothing))
    empty = np.ones((64, 64), bool)
    empty[row, column] = False
    near_row, near_column = distance_transform_edt(empty, return_distances=False, return_indices=True)
    assert (found[row, column] == texture[row, column]).all()
    same = (found == texture[near_row, near_column]).all(2)
    assert same.mean() > 0.93, "chamfer distances tell a few texels otherwise"
    assert found[..., 3].min() > 0
