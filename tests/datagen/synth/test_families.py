"""Families keep the characters of their version; fields read and change parameters by path."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.fields.field import read_field, replace_field
from panic3d.datagen.synth.generate import write_character
from panic3d.datagen.synth.records import describe_params

CHARACTERS_OF_VERSION_2 = {("train", 0): (12117, 0.06459, 1.33777), ("heldout", 5): (15733, 0.05827, 1.43463)}
"""Family and index of seed 7: number of vertices, mean |x| and mean y in metres."""


@pytest.mark.parametrize(("family", "index"), CHARACTERS_OF_VERSION_2)
def test_characters_of_version_2_stay_as_they_are(tmp_path: Path, family: str, index: int) -> None:
    write_character(tmp_path / "a.glb", 7, index, family, "1.0")
    meshes = trimesh.load(tmp_path / "a.glb", process=False).geometry.values()
    xyz = np.concatenate([mesh.vertices for mesh in meshes])
    count, width, height = CHARACTERS_OF_VERSION_2[family, index]
    assert len(xyz) == count
    assert np.abs(xyz[:, 0]).mean() == pytest.approx(width, abs=1e-5)
    assert xyz[:, 1].mean() == pytest.approx(height, abs=1e-5)


def test_a_field_is_read_and_replaced_by_its_path() -> None:
    params = draw_params(make_random_generator(1, 2, "train"), "train")
    changed = replace_field(params, "face.eyes.centre_m.1", 0.5)
    assert read_field(changed, "face.eyes.centre_m.1") == 0.5
    assert replace_field(changed, "face.eyes.centre_m.1", read_field(params, "face.eyes.centre_m.1")) == params
    with pytest.raises(AttributeError):
        read_field(params, "face.nothing")
    with pytest.raises(TypeError):
        replace_field(params, "hair.nothing", 1)
    assert describe_params(params, 2)["face"]["eyes"]["centre_m"] == list(params.face.eyes.centre_m)
