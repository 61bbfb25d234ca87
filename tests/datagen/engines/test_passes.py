"""Normals and parts against Open3D ray casting on a path of its own."""

import json
from pathlib import Path

import numpy as np
import pytest

from helpers.avatars.reference_caster import ReferenceAvatar, make_orthographic_rays
from helpers.avatars.small_glb import make_square, write_glb
from helpers.requirements import needs_blender, require_real_data
from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.engines.engine import render_views
from panic3d.datagen.runner.sample import RenderOptions, render_sample
from panic3d.datagen.synth.generate import write_marked_character
from panic3d.shards.schema import PARTS, decode_normal, read_png

pytestmark = needs_blender
SIZE = 256
PASSES = RenderOptions(rig="ortho4", size=SIZE, samples=1, normals=True, parts=True)


def check(path: Path, part_of_material: dict[str, str]) -> None:
    """Passes of front and left; which pixels may differ: those at edges, where one ray decides."""
    members = render_sample(path, "key", PASSES, threads=2)
    reference = ReferenceAvatar(path, np.array(json.loads(members["meta.json"])["head_from_file"]))
    for view, azimuth_deg in (("front", 0.0), ("left", 90.0)):
        origins, directions = make_orthographic_rays(azimuth_deg, SIZE)
        _, triangle = reference.first_hits(origins, directions)
        there = triangle >= 0
        normal = decode_normal(read_png(members[f"{view}.normal.png"])).reshape(-1, 3)
        part = read_png(members[f"{view}.part.png"]).ravel()
        assert ((part > 0) == there).mean() > 0.998 and ((part > 0) == normal.any(axis=1)).all()
        both = there & (part > 0)
        expected = reference.normals(triangle[both])
        expected *= -np.sign((expected * directions.reshape(-1, 3)[both]).sum(axis=1, keepdims=True))
        cosine = (expected * normal[both]).sum(axis=1)
        assert np.linalg.norm(normal[both], axis=1) == pytest.approx(1, abs=1e-3)
        assert np.degrees(np.arccos(np.clip(np.median(cosine), -1, 1))) < 0.1 and (cosine > 0.999).mean() > 0.985
        ids = {i: PARTS[part_of_material[m.name]] for i, m in enumerate(reference.gltf.materials)}
        truth = np.array([ids[i] for i in reference.material[triangle[both]]])
        assert (part[both] == truth).mean() > 0.998, f"{path.name} {view}"


def test_passes_of_a_generated_character_agree_with_ray_casting(tmp_path: Path) -> None:
    path = tmp_path / "marked.vrm"
    write_marked_character(path, seed=7, vrm="1.0")
    parts = {"Hair": "hair", "FaceSkin": "face", "Mouth": "face", "Brow": "face", "EyeIris": "eye", "EyeLine": "eye",
             "Cloth": "cloth", "Trim": "cloth", "BodySkin": "other", "Accessory": "accessory"}  # fmt: skip
    names = {surface.material.name for surface in load_avatar(path, AvatarOptions()).surfaces}
    check(path, {name: parts.get(name, "other") for name in names | set(parts)})


def test_passes_of_a_real_avatar_agree_with_ray_casting() -> None:
    path = require_real_data("avatars/unitychan/unitychan.glb")
    parts = dict.fromkeys(("eyebase", "eye_L1", "eye_R1", "eyeline"), "eye")
    check(path, parts | {"face": "face", "mat_cheek": "face", "hair": "hair", "body": "other", "skin1": "other"})


def test_a_thin_veil_is_not_seen_and_an_opaque_one_is(tmp_path: Path) -> None:
    def veil(alpha: int) -> list[dict[str, object]]:
        texture = np.full((2, 2, 4), (255, 0, 0, alpha), np.uint8)
        leaning = [[x, y, 0.1 + x] for x, y, _ in make_square(0.15)]
        return [{"corners": make_square(0.2, -0.1)}, {"corners": leaning, "rgba": texture, "alpha_mode": "BLEND"}]

    cameras = [make_view_camera("front"), make_view_camera("back")]
    for alpha, part in ((102, 3), (153, 5)):
        surfaces = load_avatar(write_glb(tmp_path / "a.glb", veil(alpha))).surfaces
        front, back = render_views("cycles", surfaces, cameras, 64, 1, 2, normals=True, parts=[3, 5])
        assert front.part is not None and back.part is not None
        assert front.normal_head is not None and back.normal_head is not None
        assert front.part[32, 32] == part and back.part[32, 32] == 3
        leaning = [-(0.5**0.5), 0, 0.5**0.5] if part == 5 else [0, 0, 1]
        assert front.normal_head[32, 32] == pytest.approx(leaning, abs=1e-5)
        assert back.normal_head[32, 32] == pytest.approx([0, 0, -1], abs=1e-5), "turned towards the camera behind"
        assert front.part[2, 2] == 0 and not front.normal_head[2, 2].any()
