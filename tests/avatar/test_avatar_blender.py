"""Avatars in Blender: VRM through the VRM add-on, GLB through Blender's own importer."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

from helpers.heads.fitted_head import make_fitted_head
from helpers.requirements import needs_blender, require_package
from panic3d.avatar.assembly import MATERIALS, SHADE
from panic3d.cameras.compositing import composite_on_white
from panic3d.datagen.synth.vrm.skeleton import HUMANOID_BONES

SHOULDERS = 300
"""The first row of the portrait's picture with arms: avatars have them raised."""
PRESETS = {
    "happy": "joy", "angry": "angry", "sad": "sorrow", "relaxed": "fun", "surprised": "surprised", "aa": "a", "ih": "i",
    "ou": "u", "ee": "e", "oh": "o", "blink": "blink", "blinkLeft": "blink_l", "blinkRight": "blink_r",
}  # fmt: skip
"""Expressions by their names in VRM 1.0 and 0.x."""


def import_file(file: Path, height_m: float) -> tuple[dict[str, Any], np.ndarray]:
    """What Blender finds in a file, and its render of the portrait's box; Blender's module needs its own process."""
    picture = file.with_suffix(".png")
    script = Path(__file__).with_name("import_in_blender.py")
    command = [sys.executable, str(script), str(file), str(picture), str(height_m)]
    environment = os.environ | {"HOME": str(file.parent)}  # the add-on is enabled in no preferences but these
    result = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)
    line = next((line for line in result.stdout.splitlines() if line.startswith("FACTS ")), None)
    assert line, result.stderr[-2000:]
    return json.loads(line.removeprefix("FACTS ")), np.asarray(Image.open(picture).convert("RGBA"))


def check_common(facts: dict[str, Any], picture: np.ndarray) -> None:
    """The head looks like the portrait, and bones, shape keys and textured materials are those that were written."""
    head = make_fitted_head()
    assert facts["outcome"] == ["FINISHED"]
    assert set(facts["bones of the armature"]) == set(head.avatar.skeleton.parents)
    triangles = {name: sum(len(p.faces) for p in parts) for name, parts in head.avatar.meshes.items()}
    found = {name: count for name, (count, _) in facts["meshes"].items()}
    # Blender's meshes have no two triangles with the same corners.
    assert set(found) == set(triangles)
    assert all(0.95 * triangles[name] < found[name] <= triangles[name] for name in found), (found, triangles)
    morphs = {name for part in head.avatar.meshes["Face"] for name in part.morphs}
    assert {name: set(keys) for name, keys in facts["shape keys"].items()} == {"Face": {"Basis", *morphs}}
    assert facts["materials"] == {name: [2048, 2048] for name in MATERIALS if name in facts["materials"]}
    assert set(facts["materials"]) == set(head.avatar.materials)
    portrait = head.stages.portrait[:SHOULDERS]
    shown = picture[:SHOULDERS]
    mask, covered = portrait[..., 3] > 127, shown[..., 3] > 127
    assert (mask & covered).sum() / (mask | covered).sum() > 0.96
    both = mask & covered
    wanted, rendered = composite_on_white(portrait)[both], composite_on_white(shown)[both]
    assert peak_signal_noise_ratio(wanted, rendered, data_range=1) > 24


@needs_blender
@pytest.mark.slow
@pytest.mark.parametrize("version", ["1.0", "0.x"])
def test_the_vrm_add_on_imports_an_avatar(tmp_path: Path, version: str) -> None:
    require_package("io_scene_vrm")
    head = make_fitted_head()
    head.save(tmp_path / "a.vrm", "1.0" if version == "1.0" else "0.x")
    facts, picture = import_file(tmp_path / "a.vrm", -head.avatar.skeleton.ground_y_m)
    check_common(facts, picture)
    assert facts["spec"] == ("1.0" if version == "1.0" else "0.0")
    assert facts["title"] == "character" and facts["authors"] == ["not stated"]
    assert facts["permission"].lower() == "onlyauthor"
    assert facts["thumbnail"] == [384, 384]
    assert facts["bones"] == {bone: bone for bone in HUMANOID_BONES}
    for preset, old in PRESETS.items():
        name, morph = (preset if version == "1.0" else old), preset.replace("Left", "_left").replace("Right", "_right")
        assert facts["expressions"][name] == [["Face", morph, 1.0]], name
    chains = [[*spring.bones] for spring in head.avatar.springs]
    assert chains and facts["chains"] == (chains if version == "1.0" else [chain[:1] for chain in chains])
    stiffness = [
        spring.stiffness for spring in head.avatar.springs for _ in spring.bones[: 9 if version == "1.0" else 1]
    ]
    assert np.allclose(facts["stiffness"], stiffness)
    assert [bone for bone, _ in facts["colliders"]] == [c.bone for c in head.avatar.colliders]
    assert np.allclose([radius for _, radius in facts["colliders"]], [c.radius_m for c in head.avatar.colliders])
    assert set(facts["shade"]) == set(head.avatar.materials)
    # The add-on reads colours of 0.x with the exponent 2.2 in place of sRGB's curve.
    assert np.allclose([*facts["shade"].values()], SHADE, atol=3e-3), "in linear light, whatever the version"


@needs_blender
@pytest.mark.slow
def test_blender_imports_the_glb(tmp_path: Path) -> None:
    facts, picture = import_file(make_fitted_head().save(tmp_path / "a.glb"), 0.0)
    check_common(facts, picture)
