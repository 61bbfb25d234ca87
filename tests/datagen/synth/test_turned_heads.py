"""Heads that are turned: the map and its inverse, generated characters with turned heads and their labels."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from panic3d.datagen.synth.batch import CharacterBatch, write_batch
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.generate import build_character
from panic3d.datagen.synth.head_pose import JOINT_HEAD_M, STILL_FROM_Y_M, TURNED_FROM_Y_M, HeadPose
from panic3d.datagen.synth.turning import draw_head_pose, turn_character


@pytest.mark.parametrize("angles", [(30.0, 0.0, 0.0), (-20.0, 10.0, 5.0), (35.0, -14.0, -10.0), (0.0, 0.0, 12.0)])
def test_the_head_turns_as_scipy_says(angles: tuple[float, float, float]) -> None:
    points = np.random.default_rng(0).normal([0.0, 0.1, 0.0], 0.1, (500, 3))
    points = points[points[:, 1] > TURNED_FROM_Y_M]
    turn = Rotation.from_euler("YXZ", angles, degrees=True)
    expected = JOINT_HEAD_M + turn.apply(points - JOINT_HEAD_M)
    assert np.allclose(HeadPose(*angles).apply(points), expected, atol=1e-12)
    assert np.allclose(HeadPose(*angles).rotate(points, points), turn.apply(points), atol=1e-12)


def test_signs() -> None:
    nose = np.array([[0.0, 0.0, 0.1]])
    assert HeadPose(yaw_deg=20.0).apply(nose)[0, 0] > 0.03
    assert HeadPose(pitch_deg=20.0).apply(nose)[0, 1] < -0.03
    assert HeadPose(roll_deg=20.0).apply(nose)[0, 0] < -0.03


def test_the_inverse() -> None:
    points = np.random.default_rng(1).uniform([-0.25, -0.4, -0.2], [0.25, 0.3, 0.15], (4000, 3))
    pose = HeadPose(35.0, -16.0, 10.0)
    assert np.abs(pose.invert(pose.apply(points)) - points).max() < 1e-5
    below = points[points[:, 1] < STILL_FROM_Y_M]
    assert np.allclose(pose.apply(below), below)


def test_a_turned_character_keeps_its_landmarks_on_its_skin() -> None:
    params = draw_params(make_random_generator(2, 1, "train2"), "train2")
    built = build_character(params, np.random.Generator(np.random.PCG64(0)), "")
    pose = HeadPose(30.0, 10.0, 5.0)
    turned, landmarks = turn_character(*built, pose)
    for character, points in (built, (turned, landmarks)):
        skin = [part for part in character.meshes["Head"] if part.material == "FaceSkin"]
        assert cKDTree(skin[0].xyz_head_m).query(points)[0].max() < 0.02
    eyes = [c.skeleton.positions_head_m["leftEye"] for c in (built[0], turned)]
    assert np.linalg.norm(eyes[0] - eyes[1]) > 0.02
    morphs = [part.morphs["blink"] for part in turned.meshes["Face"] if "blink" in part.morphs]
    before = [part.morphs["blink"] for part in built[0].meshes["Face"] if "blink" in part.morphs]
    for one, other in zip(morphs, before, strict=True):
        assert np.allclose(one, other @ pose.get_matrix().T, atol=1e-9)


def test_labels_have_the_pose_and_frontal_characters_stay_as_they_are(tmp_path: Path) -> None:
    def write(name: str, turned_deg: float) -> dict[str, object]:
        write_batch(CharacterBatch(tmp_path / name, 1, 4, "train", "1.0", turned_deg), 1)
        record: dict[str, object] = json.loads((tmp_path / name / "labels.jsonl").read_text())
        return record

    turned, frontal = write("turned", 40.0), write("frontal", 0.0)
    pose = draw_head_pose(4, 0, 40.0)
    assert turned["head_pose"] == {"yaw_deg": pose.yaw_deg, "pitch_deg": pose.pitch_deg, "roll_deg": pose.roll_deg}
    assert "head_pose" not in frontal and turned["params"] == frontal["params"]
    expected = pose.apply(np.array(frontal["landmarks_head_m"]))
    assert np.allclose(np.array(turned["landmarks_head_m"]), expected, atol=1e-5)
    assert write_batch(CharacterBatch(tmp_path / "turned", 1, 4, "train", "1.0", 40.0), 1) == 0
    assert write_batch(CharacterBatch(tmp_path / "turned", 1, 4, "train", "1.0", 20.0), 1) == 1


def test_poses_fill_their_range() -> None:
    poses = [draw_head_pose(0, index, 40.0) for index in range(300)]
    yaw = np.array([pose.yaw_deg for pose in poses])
    assert abs(yaw).max() <= 40 and yaw.min() < -35 and yaw.max() > 35 and abs(yaw.mean()) < 4
    assert max(abs(pose.pitch_deg) for pose in poses) <= 16
