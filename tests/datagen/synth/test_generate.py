"""Generated characters: same bytes, independent of count, whole files, labels that fit."""

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh
from click.testing import CliRunner

from panic3d.cli import panic3d
from panic3d.datagen.synth.families import FAMILIES
from panic3d.datagen.synth.generate import write_character, write_marked_character


def test_same_seed_gives_the_same_bytes_whatever_the_count(tmp_path: Path) -> None:
    for name, count in (("few", 1), ("many", 2)):
        result = CliRunner().invoke(
            panic3d, ["synth", "--count", str(count), "--seed", "5", "--out", str(tmp_path / name)]
        )
        assert result.exit_code == 0, result.output
    few, many = (tmp_path / name / "synth-5-000000.vrm" for name in ("few", "many"))
    assert few.read_bytes() == many.read_bytes()
    assert many.read_bytes() != (tmp_path / "many" / "synth-5-000001.vrm").read_bytes()
    lines = [json.loads(line) for line in (tmp_path / "many" / "labels.jsonl").read_text().splitlines()]
    assert [line["file"] for line in lines] == ["synth-5-000000.vrm", "synth-5-000001.vrm"]


@pytest.mark.parametrize("vrm", ["1.0", "0.x"])
@pytest.mark.parametrize("family", list(FAMILIES))
def test_trimesh_reads_a_character_of_a_believable_size(tmp_path: Path, vrm: str, family: str) -> None:
    path = tmp_path / "a.glb"
    labels = write_character(path, 3, 7, family, vrm)
    scene = trimesh.load(path)
    faces = sum(len(mesh.faces) for mesh in scene.geometry.values())
    assert 5_000 < faces <= 35_000
    low, high = scene.bounds
    assert abs(low[1]) < 0.02, "feet on the floor"
    assert 0.9 < high[1] < 2.0
    assert all(np.isfinite(mesh.vertices).all() for mesh in scene.geometry.values())
    assert set(labels["parts"].values()) >= {"face", "eye", "hair", "cloth"}
    assert np.shape(labels["landmarks_head_m"]) == (28, 3)


def test_the_two_versions_are_one_character_turned_round(tmp_path: Path) -> None:
    clouds = {}
    for vrm in ("1.0", "0.x"):
        write_character(tmp_path / f"{vrm}.glb", 1, 0, "train", vrm)
        clouds[vrm] = np.concatenate([m.vertices for m in trimesh.load(tmp_path / f"{vrm}.glb").geometry.values()])
    np.testing.assert_allclose(clouds["1.0"] * [-1, 1, -1], clouds["0.x"], atol=1e-6)


def test_markers_stand_at_the_left_ear_and_behind_the_head(tmp_path: Path) -> None:
    write_marked_character(tmp_path / "marked.glb", 2)
    scene = trimesh.load(tmp_path / "marked.glb")
    # VRM 1.0: the character faces +z, its left is +x
    accessories = next(m for name, m in scene.geometry.items() if name.startswith("Accessories"))
    assert accessories.vertices[:, 0].max() > 0.13
    assert accessories.vertices[:, 2].min() < -0.15
