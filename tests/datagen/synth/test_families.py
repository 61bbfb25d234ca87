"""Families keep the characters of their version; fields read and change parameters by path."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.accessories.covers import HEAD_COVERS
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.draws.hair import FACE_SLOTS
from panic3d.datagen.synth.families import is_style_of
from panic3d.datagen.synth.fields.field import read_field, replace_field
from panic3d.datagen.synth.generate import write_character
from panic3d.datagen.synth.hair.styles import BACKS, FRINGES, SIDES
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


@pytest.mark.parametrize("family", ["train2", "heldout2"])
def test_drawn_hair_is_of_the_family_and_goes_together(family: str) -> None:
    for index in range(150):
        params = draw_params(make_random_generator(3, index, family), family)
        back = BACKS[params.hair.back]
        assert is_style_of(back.family, family)
        for registry, name, named in (
            (FRINGES, params.hair.fringe, back.fringes),
            (SIDES, params.hair.side, back.sides),
        ):
            assert name in named if named else is_style_of(registry[name].family, family)
        if back.bald or back.shaved_above_deg < 90:  # ornaments would float
            assert all(item in HEAD_COVERS or ACCESSORIES[item].slot in FACE_SLOTS for item in params.accessories)
