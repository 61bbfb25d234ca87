"""Heads that are saved for other programs."""

from pathlib import Path

import numpy as np
import trimesh

from panic3d.cameras.colour import linear_from_srgb
from panic3d.datagen.avatars.gltf.mesh import read_gltf_mesh
from panic3d.geometry.glb import decode_glb
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.mesh_files import save_mesh


def make_ball() -> ColouredMesh:
    ball = trimesh.creation.icosphere(2, 0.1)
    colours = np.random.default_rng(0).integers(0, 256, (len(ball.vertices), 3), np.uint8)
    return ColouredMesh(ball.vertices.astype(np.float32), ball.faces.astype(np.int64), colours)


def test_trimesh_reads_the_colours_of_a_saved_glb(tmp_path: Path) -> None:
    ball = make_ball()
    path = save_mesh(ball, tmp_path / "me.glb")
    read = trimesh.load_scene(path, process=False, skip_materials=True).to_mesh()
    assert np.abs(read.visual.vertex_colors[:, :3] - 255 * linear_from_srgb(ball.colours / 255)).max() <= 1


def test_trimesh_keeps_the_colours_beside_the_material(tmp_path: Path) -> None:
    """It shows none of them then: the material stays, without which other programs would light the head as metal."""
    ball = make_ball()
    (read,) = trimesh.load(save_mesh(ball, tmp_path / "me.glb"), process=False).geometry.values()
    kept = read.visual.vertex_attributes["color"]
    assert np.abs(kept[:, :3] - linear_from_srgb(ball.colours / 255)).max() < 1e-6


def test_trimesh_reads_the_colours_of_a_saved_ply(tmp_path: Path) -> None:
    ball = make_ball()
    read = trimesh.load_mesh(save_mesh(ball, tmp_path / "me.ply"), process=False)
    assert np.array_equal(read.visual.vertex_colors[:, :3], ball.colours)


def test_our_own_readers_get_the_same_colours_back(tmp_path: Path) -> None:
    ball = make_ball()
    path = save_mesh(ball, tmp_path / "me.glb")
    assert np.array_equal(decode_glb(path.read_bytes()).colours, ball.colours)
    assert np.array_equal(read_gltf_mesh(path).colours, ball.colours)
