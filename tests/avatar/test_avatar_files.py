"""Avatars of a fitted character: what other readers find in the files, and what expressions do to the face."""

import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from skimage.metrics import peak_signal_noise_ratio

from helpers.heads.fitted_head import CONFIG, make_fitted_head
from panic3d.avatar.face.locating import FaceOpenings, locate_openings
from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.compositing import composite_on_white
from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.synth.vrm.model import VrmCharacter
from panic3d.datagen.synth.vrm.writer import write_skinned_glb, write_vrm
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.surface import make_textured_mesh
from panic3d.runtime.errors import UserError

PRESETS = {
    "happy", "angry", "sad", "relaxed", "surprised", "aa", "ih", "ou", "ee", "oh", "blink", "blinkLeft", "blinkRight",
}  # fmt: skip
SIZE = 512


@pytest.fixture(scope="module")
def avatar() -> VrmCharacter:
    return make_fitted_head().avatar


def read_json(path: Path) -> dict:
    data = path.read_bytes()
    return json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])


def render_front(avatar: VrmCharacter, expression: str = "") -> np.ndarray:
    """The front view with one expression, RGB on white and alpha."""
    moved = {
        name: [
            part.with_positions(part.xyz_head_m + part.morphs[expression]) if expression in part.morphs else part
            for part in parts
        ]
        for name, parts in avatar.meshes.items()
    }
    view = TexturedScene(make_textured_mesh(replace(avatar, meshes=moved))).render([make_view_camera("front")], SIZE)[0]
    return np.concatenate([view.rgb, view.alpha[..., None]], axis=2)


def locate() -> FaceOpenings:
    stages = make_fitted_head().stages
    assert stages.landmarks_px is not None
    return locate_openings(stages.portrait, stages.landmarks_px)


def find_eye_boxes() -> list[tuple[slice, slice]]:
    found = locate()
    boxes = []
    for eye in found.eyes:
        left, right = ((eye.x_m[[0, -1]] / BOX_SIDE_M + 0.5) * SIZE).astype(int)
        top, bottom = ((0.5 - np.array([eye.upper_m.max(), eye.lower_m.min()]) / BOX_SIDE_M) * SIZE).astype(int)
        boxes.append((slice(top, bottom), slice(left, right)))
    return boxes


def test_the_front_is_the_portrait(avatar: VrmCharacter) -> None:
    portrait = make_fitted_head().portrait.original
    wanted, found = composite_on_white(portrait), render_front(avatar)
    mask, covered = portrait[..., 3] > 127, found[..., 3] > 0.5
    assert (mask & covered).sum() / (mask | covered).sum() > 0.97
    both = mask & covered
    assert peak_signal_noise_ratio(wanted[both], found[..., :3][both], data_range=1) > 26
    for box in find_eye_boxes():
        given, shown = (np.hypot(*np.gradient(picture[box].mean(2))).sum() for picture in (wanted, found[..., :3]))
        assert shown > 0.9 * given


def test_a_blink_hides_the_irises(avatar: VrmCharacter) -> None:
    rest, closed, left = (render_front(avatar, name)[..., :3] for name in ("", "blink", "blink_left"))
    skin = locate().skin
    right_box, left_box = find_eye_boxes()
    for box in (right_box, left_box):
        rows, columns = box
        upper = (slice(rows.start, (rows.start + 2 * rows.stop) // 3), columns)
        was_eye = np.abs(rest[upper] - skin).max(2) > 0.2
        is_skin = np.abs(closed[upper] - skin).max(2) < 0.1
        assert was_eye.sum() > 30
        assert (is_skin & was_eye).sum() > 0.9 * was_eye.sum()
        assert (closed[rows.start : rows.stop + 3, columns].mean(2) < 0.6).sum() > 5, "a line of lashes"
    assert np.abs(left[left_box] - rest[left_box]).max() > 0.2
    assert np.abs(left[right_box] - rest[right_box]).max() < 0.02, "the left eye alone"


def test_a_mouth_opens_and_expressions_differ(avatar: VrmCharacter) -> None:
    rest = render_front(avatar)[..., :3]
    landmarks = make_fitted_head().stages.landmarks_px
    assert landmarks is not None
    face_height = landmarks[2, 1] - landmarks[5:11, 1].mean()
    changed = {name: np.abs(render_front(avatar, name)[..., :3] - rest).max(2) > 0.1 for name in ("aa", "ou", "happy")}
    rows = np.flatnonzero(changed["aa"].any(1))
    assert landmarks[23, 1] < rows.min() and rows.max() < landmarks[2, 1] + 0.3 * face_height
    assert changed["aa"].sum() > 60
    columns = {name: np.ptp(np.flatnonzero(changed[name][int(landmarks[23, 1]) :].any(0))) for name in ("aa", "ou")}
    assert columns["ou"] != columns["aa"]
    assert changed["happy"][find_eye_boxes()[0]].any()


@pytest.mark.parametrize("vrm", ["1.0", "0.x"])
def test_a_vrm_has_bones_expressions_springs_and_meta(avatar: VrmCharacter, tmp_path: Path, vrm: str) -> None:
    path = tmp_path / "a.vrm"
    write_vrm(path, avatar, vrm)
    assert path.stat().st_size < 6_000_000
    document = read_json(path)
    if vrm == "1.0":
        block = document["extensions"]["VRMC_vrm"]
        bones = set(block["humanoid"]["humanBones"])
        expressions = set(block["expressions"]["preset"])
        assert expressions == PRESETS
        springs = document["extensions"]["VRMC_springBone"]["springs"]
        assert block["meta"]["avatarPermission"] == "onlyAuthor" and block["meta"]["name"] == "character"
        assert not block["meta"]["allowRedistribution"] and "thumbnailImage" in block["meta"]
    else:
        block = document["extensions"]["VRM"]
        bones = {bone["bone"] for bone in block["humanoid"]["humanBones"]}
        springs = block["secondaryAnimation"]["boneGroups"]
        assert block["meta"]["allowedUserName"] == "OnlyAuthor"
        assert block["meta"]["licenseName"] == "Redistribution_Prohibited"
        assert len(block["blendShapeMaster"]["blendShapeGroups"]) == len(PRESETS)
    assert {"hips", "spine", "head", "leftEye", "rightHand", "leftFoot"} <= bones
    assert not any(bone.startswith("hair") for bone in bones)
    assert springs, "long hair swings"


def test_every_vertex_is_weighted_and_has_its_texture(avatar: VrmCharacter) -> None:
    parts = [part for group in avatar.meshes.values() for part in group]
    triangles = sum(len(part.faces) for part in parts)
    assert 15_000 < triangles < 1.1 * CONFIG.triangles
    for part in parts:
        total = sum(part.weights.values())
        assert np.abs(total - 1).max() < 1e-6, part.material
        assert part.uv.min() >= 0 and part.uv.max() <= 1
    hair = next(part for part in parts if part.material == "Hair")
    assert any(bone.startswith("hair_") for bone in hair.weights)


def test_trimesh_reads_the_glb_with_its_texture_in_the_head_frame(avatar: VrmCharacter, tmp_path: Path) -> None:
    path = tmp_path / "a.glb"
    write_skinned_glb(path, avatar)
    assert "extensions" not in read_json(path)
    scene = trimesh.load(path)
    assert {"Face", "Hair", "Cloth"} <= {name.partition("_")[0] for name in scene.geometry}
    assert 0.1 < scene.bounds[1][1] < 0.35 and scene.bounds[0][1] < -1
    face = next(mesh for name, mesh in scene.geometry.items() if name.startswith("Face"))
    assert face.visual.material.baseColorTexture.size == (CONFIG.texture_px, CONFIG.texture_px)


def test_trimesh_shows_the_colours_of_every_mesh_of_a_glb(avatar: VrmCharacter, tmp_path: Path) -> None:
    path = tmp_path / "a.glb"
    write_skinned_glb(path, avatar)
    scene = trimesh.load(path)
    for name, mesh in scene.geometry.items():
        assert isinstance(mesh.visual, trimesh.visual.TextureVisuals), name
        assert mesh.visual.material.baseColorTexture is not None, name
        assert mesh.visual.uv.shape == (len(mesh.vertices), 2), name
    shown = {
        kind: np.concatenate(
            [mesh.visual.to_color().vertex_colors for name, mesh in scene.geometry.items() if name.startswith(kind)]
        )
        for kind in ("Face", "Hair")
    }
    skin = 255 * locate().skin
    assert (np.abs(shown["Face"][:, :3] - skin).max(1) < 0.15 * 255).mean() > 0.3
    assert (np.abs(shown["Hair"][:, :3] - skin).max(1) > 0.15 * 255).mean() > 0.8


def test_a_sculpted_head_is_one_surface_with_a_face_that_moves() -> None:
    head = make_fitted_head()
    sculpted = type(head)(head.prepared, head.reconstruction, replace(CONFIG, sculpt=True)).avatar
    assert set(sculpted.meshes) == {"Face"}
    front = render_front(sculpted)
    portrait = head.portrait.original
    mask, covered = portrait[..., 3] > 127, front[..., 3] > 0.5
    assert (mask & covered).sum() / (mask | covered).sum() > 0.93
    box = find_eye_boxes()[0]
    assert np.abs(render_front(sculpted, "blink")[box][..., :3] - front[box][..., :3]).mean() > 0.05


def test_without_a_face_there_is_no_avatar(tmp_path: Path) -> None:
    head = make_fitted_head()
    stages = replace(head.stages, chosen=None, faces=[])
    faceless = type(head)(replace(head.prepared, stages=stages), head.reconstruction, replace(CONFIG, sculpt=True))
    assert not faceless.has_face
    with pytest.raises(UserError, match="without a face"):
        faceless.save(tmp_path / "a.vrm")
