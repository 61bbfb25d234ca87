"""Clipping of surfaces by the box, compared with Open3D."""

import numpy as np
import open3d as o3d
import pytest
import trimesh

from panic3d.datagen.avatars.character.clipping import clip_to_box
from panic3d.datagen.avatars.character.materials import Material
from panic3d.datagen.avatars.character.surfaces import MaterialSurface, build_coloured_mesh


def test_clipping_agrees_with_open3d() -> None:
    sphere = trimesh.creation.icosphere(3, 0.45)
    zeros = np.zeros(len(sphere.vertices))
    surface = MaterialSurface(
        sphere.vertices.astype(np.float32),
        sphere.faces.astype(np.int32),
        np.stack([zeros, zeros], axis=1).astype(np.float32),
        np.ones((len(zeros), 4), np.float32),
        zeros.astype(bool),
        Material(),
    )
    ours = clip_to_box(surface)
    theirs = o3d.t.geometry.TriangleMesh(sphere.vertices.astype(np.float32), sphere.faces.astype(np.int32))
    for axis in np.eye(3):
        for sign in (1, -1):
            theirs = theirs.clip_plane(sign * axis * 0.35, -sign * axis)
    vertices, faces = theirs.vertex.positions.numpy(), theirs.triangle.indices.numpy()
    mesh = build_coloured_mesh([ours])
    assert trimesh.Trimesh(mesh.vertices_head_m, mesh.triangles).area == pytest.approx(
        trimesh.Trimesh(vertices, faces).area, rel=1e-4
    )
    assert np.abs(ours.xyz_head_m).max() <= 0.35 + 1e-6
