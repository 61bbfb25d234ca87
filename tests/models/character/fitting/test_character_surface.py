"""A generated character in memory against the same one written to a file and read as any avatar."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.generate import build_character, write_character
from panic3d.models.character.fitting.surface import make_textured_mesh


@pytest.mark.parametrize("family", ["train", "train2"])
def test_the_mesh_is_that_of_the_file(family: str, tmp_path: Path) -> None:
    random = make_random_generator(5, 3, family)
    character, _ = build_character(draw_params(random, family), random, "")
    mesh = make_textured_mesh(character)
    write_character(tmp_path / "c.vrm", 5, 3, family, "1.0")
    surfaces = {surface.material.name: surface for surface in load_avatar(tmp_path / "c.vrm").surfaces}
    assert surfaces.keys() <= {which.name for which in mesh.materials}
    for index, which in enumerate(mesh.materials):
        ours = mesh.vertices_head_m[mesh.triangles[mesh.material == index]]
        if which.name not in surfaces:
            assert not (np.abs(ours) < 0.35).all((1, 2)).any()  # what lies outside the box is not read
            continue
        surface = surfaces[which.name]
        theirs = surface.xyz_head_m[surface.triangles]
        whole = (np.abs(theirs) < 0.34).all((1, 2))  # triangles are cut at the box
        if whole.any():
            distance, _ = cKDTree(ours.reshape(-1, 9)).query(theirs[whole].reshape(-1, 9))
            assert distance.max() < 1e-5
