"""The similarity's targets are met, faces are chosen as asked, mean faces and landmark files are what they say."""

from pathlib import Path

import numpy as np
import pytest

from panic3d.cameras.axes import LANDMARK_MIRROR
from panic3d.models.portrait.alignment.similarity import (
    GENERATED_TARGETS,
    align_to_canonical,
    measure_landmarks,
    transform_points,
)
from panic3d.models.portrait.faces.box import FaceBox
from panic3d.models.portrait.faces.face import Face, choose_face, suppress_overlapping_faces
from panic3d.models.portrait.faces.landmark_file import encode_landmarks, read_landmarks
from panic3d.models.portrait.faces.mean_face import MEAN_FACE, complete_landmarks
from panic3d.runtime.errors import UserError


def face(column: float, size: float, score: float = 1.0) -> Face:
    return Face(MEAN_FACE * size + [column, 200.0], score)


def test_aligned_landmarks_have_the_targets_statistics() -> None:
    points = np.random.Generator(np.random.PCG64(0)).normal(300, 80, (28, 2))
    (column, row), spread = measure_landmarks(transform_points(points, align_to_canonical(points, GENERATED_TARGETS)))
    assert (column, row, spread) == pytest.approx(
        (GENERATED_TARGETS.column_px, GENERATED_TARGETS.row_px, GENERATED_TARGETS.spread_px)
    )


def test_landmarks_on_one_spot_are_refused() -> None:
    with pytest.raises(ValueError, match="different distances"):
        align_to_canonical(np.ones((28, 2)), GENERATED_TARGETS)


def test_the_largest_face_or_the_one_asked_for() -> None:
    faces = [face(500, 20), face(100, 30), face(300, 10)]
    assert choose_face(faces, None) is faces[1]
    assert choose_face(faces, 2) is faces[2]
    with pytest.raises(UserError, match="no face 4: 3 found"):
        choose_face(faces, 4)
    with pytest.raises(UserError, match="--no-align"):
        choose_face([], None)


def test_twins_are_dropped_for_the_surer_one() -> None:
    faces = [face(100, 30, 0.5), face(104, 31, 0.9), face(400, 30, 0.4)]
    assert suppress_overlapping_faces(faces) == [faces[1], faces[2]]


def test_overlap_of_boxes() -> None:
    assert FaceBox(10.0, 10.0, 4.0).compute_iou(FaceBox(12.0, 10.0, 4.0)) == pytest.approx(1 / 3)
    assert FaceBox(10.0, 10.0, 4.0).compute_iou(FaceBox(20.0, 10.0, 4.0)) == 0


def test_a_turned_face_is_completed_from_its_eyes_and_mouth() -> None:
    turn = np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    true = 37 * MEAN_FACE @ turn.T + [210, 90]
    known = np.arange(28) >= 11
    found = complete_landmarks(np.where(known[:, None], true, 0), known)
    np.testing.assert_allclose(found, true, atol=1e-8)


def test_the_mean_face_is_its_own_mirror_image() -> None:
    np.testing.assert_allclose(MEAN_FACE[list(LANDMARK_MIRROR)] * [-1, 1], MEAN_FACE, atol=1e-12)
    assert np.abs(MEAN_FACE.mean(axis=0)).max() < 0.01
    assert np.linalg.norm(MEAN_FACE, axis=1).mean() == pytest.approx(1, abs=0.01)


def test_landmarks_go_to_a_file_and_back(tmp_path: Path) -> None:
    picture, faces = tmp_path / "a.png", [face(100, 30), face(300, 20, 0.5)]
    path = tmp_path / "a.landmarks.json"
    path.write_text(encode_landmarks(picture, faces))
    for place in (path, tmp_path):
        again = read_landmarks(place, picture)
        assert [f.score for f in again] == [1.0, 0.5]
        np.testing.assert_allclose(again[1].landmarks_px, faces[1].landmarks_px, atol=0.01)
    with pytest.raises(UserError, match=r"no landmarks of b\.png, only of a\.png"):
        read_landmarks(path, tmp_path / "b.png")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot read"),
        ("[]", "cannot read .*expected an object"),
        ("[" * 100_000, "nested more than"),
        ('{"schema": "1", "pictures": {}}', "expected a whole number as 'schema'"),
        ('{"pictures": {"b.png": 3}}', "expected a list"),
        (
            '{"pictures": {"a.png": [{"landmarks_px": '
            + str([[float("inf"), 0]] * 28).replace("inf", "1e999")
            + "}]}}",
            "finite",
        ),
        ('{"schema": 9, "pictures": {}}', "newer"),
        ('{"schema": 1, "pictures": {"a.png": [{"landmarks_px": [[1, 2]]}]}}', "another shape"),
        ('{"schema": 1, "pictures": {"a.png": [3]}}', "expected an object"),
    ],
)
def test_broken_landmark_files_are_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        read_landmarks(path, tmp_path / "a.png")
