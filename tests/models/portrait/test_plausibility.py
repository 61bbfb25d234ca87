"""Faces that are none, or doubtful: noise, uncertain landmarks, several faces."""

import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from panic3d.models.portrait.canonical import find_faces
from panic3d.models.portrait.faces.face import Face
from panic3d.models.portrait.faces.mean_face import complete_landmarks
from panic3d.models.portrait.faces.plausibility import describe_doubts, is_noise
from panic3d.pipeline import PipelineConfig, PortraitPipeline


def make_face(column_px: float, side_px: float, score: float) -> Face:
    points, known = np.zeros((28, 2)), np.zeros(28, bool)
    for index, (x, y) in {11: (-0.3, 0), 22: (0.3, 0), 2: (0, 0.6)}.items():
        points[index], known[index] = (column_px + side_px * x, 128 + side_px * y), True
    return Face(complete_landmarks(points, known), score)


def place_face(column_px: float, row_px: float, box_px: float) -> Face:
    """A face by the centre and the side of its box."""
    face = make_face(0, 1, 0.9)
    relative = (face.landmarks_px - face.landmarks_px.mean(axis=0)) / face.box.side_px
    return Face(relative * box_px + np.array([column_px, row_px]), 0.9)


def draw_head() -> np.ndarray:
    picture = Image.new("RGB", (256, 256), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((58, 48, 198, 208), fill=(250, 220, 200), outline="black", width=2)
    for x in (90, 146):
        draw.ellipse((x, 110, x + 20, 140), fill=(40, 60, 160))
    return np.asarray(picture)


class FindsOne:
    def faces(self, rgb: np.ndarray) -> list[Face]:
        return [make_face(rgb.shape[1] / 2, 40 * rgb.shape[1] / 256, 0.8)]


def test_noise_has_no_face_and_a_drawing_has() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    opaque = np.full((256, 256, 1), 255, np.uint8)
    assert find_faces(np.dstack([noise, opaque]), FindsOne()) == []
    assert len(find_faces(np.dstack([draw_head(), opaque]), FindsOne())) == 1


@pytest.mark.parametrize("cell_px", [2, 5, 8, 12])
@pytest.mark.parametrize("resampling", [Image.Resampling.NEAREST, Image.Resampling.BICUBIC])
@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_enlarged_noise_has_no_face(cell_px: int, resampling: Image.Resampling, kind: str) -> None:
    """A detector sees faces in about five cells of noise."""
    rng = np.random.default_rng(cell_px)
    shape = (720 // cell_px, 720 // cell_px, 3)
    values = rng.integers(0, 256, shape) if kind == "uniform" else rng.normal(128, 40, shape).clip(0, 255)
    noise = Image.fromarray(values.astype(np.uint8)).resize((720, 720), resampling)
    for column_px in (200, 360, 500):
        assert is_noise(np.asarray(noise), place_face(column_px, 360, 5 * cell_px))


def test_a_small_face_in_a_large_picture_is_no_noise() -> None:
    head = Image.fromarray(draw_head()).resize((128, 128))
    page = Image.new("RGB", (1024, 1024), (120, 160, 90))
    for column in range(8):
        page.paste(head, (128 * column, 512))
    assert not is_noise(np.asarray(page), place_face(4 * 128 - 64, 512 + 64, 50))


def test_a_little_grain_or_a_flat_region_is_no_noise() -> None:
    grain = np.random.default_rng(0).normal(0, 12, (256, 256, 3))
    face = make_face(128, 60, 0.9)
    assert not is_noise((draw_head() + grain).clip(0, 255).astype(np.uint8), face)
    assert not is_noise(np.full((256, 256, 3), 80, np.uint8), face)


def test_several_faces_and_an_uncertain_one_are_said() -> None:
    faces = [make_face(60, 20, 0.9), make_face(128, 40, 0.23)]
    several, uncertain = describe_doubts(faces, faces[1], is_chosen_by_number=False)
    assert several.startswith("2 faces were found: the largest, number 2 from the left") and "--face" in several
    assert "score 0.23" in uncertain and "--landmarks" in uncertain
    assert describe_doubts(faces, faces[0], is_chosen_by_number=True) == []


def test_the_pipeline_warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    class FindsTwo:
        def faces(self, rgb: np.ndarray) -> list[Face]:
            scale = rgb.shape[1] / 256
            return [make_face(c, s, score).scale(scale) for c, s, score in ((90, 20, 0.9), (128, 40, 0.3))]

    monkeypatch.setattr("panic3d.pipeline.load_face_detector", FindsTwo)
    monkeypatch.setattr(logging.getLogger("panic3d"), "propagate", True)
    path = tmp_path / "two.png"
    Image.fromarray(draw_head()).save(path)
    PortraitPipeline(PipelineConfig(align="always", line_removal=None, matting="ours")).prepare(path)
    assert f"{path}: 2 faces were found" in caplog.text and "score 0.30" in caplog.text
