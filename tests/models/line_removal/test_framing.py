"""Line removers of another face frame than the portrait's, and of every kind with weights of their own."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from helpers.heads.drawn_shards import LANDMARKS_HEAD_M, draw_character, write_drawn_dataset
from panic3d.cli import panic3d
from panic3d.datasets.drawings import project_landmarks
from panic3d.models.albedo.config import AlbedoTrainConfig
from panic3d.models.engine.checkpoint import read_facts, read_weights, save_weights
from panic3d.models.engine.settings import from_record
from panic3d.models.line_removal.framing import FramedRemover, load_framed_remover
from panic3d.models.line_removal.painter import NetworkLineRemover
from panic3d.models.line_removal.removers import load_remover
from panic3d.models.line_removal.training.config import LineRemovalTrainConfig
from panic3d.models.portrait.alignment.similarity import (
    FACE_RECORD,
    GENERATED_TARGETS,
    PUBLISHED_TARGETS,
    AlignmentTargets,
    align_to_canonical,
    map_between_frames,
    measure_landmarks,
    transform_points,
)
from panic3d.registry import PACKAGE
from panic3d.runtime.errors import WrongUsage

LANDMARKS_PX = project_landmarks(LANDMARKS_HEAD_M)
TINY = {
    "line-removal": ("batch=4", "model.width=4", "model.discriminator_width=4"),
    "line-removal-paired": ("batch=4", "model.width=4", "model.discriminator_width=4", "paired=1", "model.fill=true"),
    "albedo": ("batch=2", "model.widths=[4, 4, 4]"),
    "cyclegan": ("crop_px=32", "model.width=2", "model.blocks=1", "model.discriminator_width=2"),
    "ugatit": ("crop_px=64", "model.width=2", "model.blocks=1", "model.discriminator_width=2"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    write_drawn_dataset(folder, 9)
    return folder


@pytest.mark.parametrize("name", TINY)
def test_reconstruct_takes_every_line_remover_with_weights_of_its_own(name: str, data: Path, tmp_path: Path) -> None:
    model = "line-removal" if name.startswith("line-removal") else name
    settings = [x for s in (*TINY[name], "accelerator=cpu", "steps=1", "validation=0") for x in ("--set", s)]
    train = ["train", model, "--data", str(data), "--out", str(tmp_path / "run"), *settings]
    assert CliRunner().invoke(panic3d, train, catch_exceptions=False).exit_code == 0
    true = measure_landmarks(LANDMARKS_PX.astype(np.float64))
    recorded = read_facts(tmp_path / "run" / "weights.safetensors")[FACE_RECORD]
    assert recorded["spread_px"] == pytest.approx(true[1], abs=1e-3), "the frame of the drawings' landmarks"
    Image.fromarray(draw_character(0)[1]).save(tmp_path / "me.png")
    arguments = ["reconstruct", str(tmp_path / "me.png"), "--no-align", "--portrait-only", "--out", str(tmp_path)]
    result = CliRunner().invoke(panic3d, [*arguments, "--line-removal", f"{name}={tmp_path / 'run'}"])
    assert result.exit_code == 0, result.exception
    found = np.asarray(Image.open(tmp_path / "me.line_free.png"))
    expected = load_framed_remover(f"{name}={tmp_path / 'run'}", GENERATED_TARGETS)(draw_character(0)[1], None)
    assert np.array_equal(found, expected) and not np.array_equal(found, draw_character(0)[1])


def test_contradictions_and_weights_without_use_are_one_sentence(tmp_path: Path) -> None:
    Image.fromarray(draw_character(0)[1]).save(tmp_path / "me.png")
    start = ["reconstruct", str(tmp_path / "me.png"), "--no-align", "--portrait-only", "--out", str(tmp_path / "out")]
    for more, reason in (
        (["--line-removal", "inpainting", "--no-line-removal"], "leave out --line-removal"),
        (["--line-removal", "inpainting", "--texture", "albedo"], "--texture albedo is the line remover"),
    ):
        result = CliRunner().invoke(panic3d, [*start, *more])
        assert isinstance(result.exception, WrongUsage) and reason in str(result.exception)
    with pytest.raises(WrongUsage, match="'inpainting' has no weights"):
        load_remover("inpainting=x.safetensors")


def with_frame(path: Path, shipped: str, kind: type, frame: AlignmentTargets) -> Path:
    content = read_weights(PACKAGE / shipped)
    config: Any = from_record(kind, content.config)
    save_weights(path, content.tensors, config, {FACE_RECORD: asdict(frame)})
    return path


FRAMES = [(GENERATED_TARGETS, PUBLISHED_TARGETS), (PUBLISHED_TARGETS, GENERATED_TARGETS)]


@pytest.mark.parametrize(("portrait", "own"), FRAMES)
def test_removers_of_whole_pictures_work_in_the_frame_of_their_weights(
    portrait: AlignmentTargets, own: AlignmentTargets, tmp_path: Path
) -> None:
    path = with_frame(tmp_path / "a.safetensors", "models/albedo/albedo.safetensors", AlbedoTrainConfig, own)
    lines = with_frame(
        tmp_path / "l.safetensors", "models/line_removal/paired.safetensors", LineRemovalTrainConfig, own
    )
    remover = load_framed_remover(f"albedo={path}", portrait)
    assert isinstance(remover, FramedRemover)
    assert not isinstance(load_framed_remover(f"albedo={path}", own), FramedRemover)
    assert isinstance(load_framed_remover(f"line-removal-paired={lines}", portrait), NetworkLineRemover)
    drawing = draw_character(0)[1]
    shape = LANDMARKS_PX.astype(np.float64)
    points = transform_points(shape, align_to_canonical(shape, portrait))
    seen: list[np.ndarray] = []

    def watch(rgba: np.ndarray, landmarks_px: np.ndarray | None) -> np.ndarray:
        assert landmarks_px is not None
        seen.append(landmarks_px)
        return remover.remover(rgba, landmarks_px)

    made = FramedRemover(watch, remover.remover_from_portrait)(drawing, points)
    (column, row), spread = measure_landmarks(seen[0])
    assert (row, column, spread) == pytest.approx((own.row_px, own.column_px, own.spread_px))
    assert np.array_equal(made[..., 3], drawing[..., 3])
    shown = drawing[..., 3] > 0
    assert (made[shown] != drawing[shown]).any(axis=1).mean() > 0.9, "no part of the portrait is left out"
    direct = load_remover(f"albedo={path}")(drawing, points)
    assert np.abs(made[shown].astype(float) - direct[shown]).mean() < 25, "the same colours, but for what size tells"


@pytest.mark.parametrize(("portrait", "own"), FRAMES)
def test_what_is_brought_back_lies_where_it_was(portrait: AlignmentTargets, own: AlignmentTargets) -> None:
    """A remover that paints one disc: the disc comes out at its place in the portrait, and the rest is kept."""
    there = map_between_frames(portrait, own)
    rows, columns = np.mgrid[:512, :512] + 0.5
    centre = np.array([[230.0, 290.0]])
    (moved,) = transform_points(centre, there)

    def paint_disc(rgba: np.ndarray, landmarks_px: np.ndarray | None) -> np.ndarray:
        made = rgba.copy()
        made[np.hypot(columns - moved[0], rows - moved[1]) < 20 * there[0, 0], :3] = (255, 0, 0)
        return made

    drawing = draw_character(0)[1]
    drawing[..., 3] = 255
    made = FramedRemover(paint_disc, there)(drawing, None)
    distance = np.hypot(columns - centre[0, 0], rows - centre[0, 1])
    assert (made[distance < 18][:, :3] == (255, 0, 0)).all()
    inside = transform_points(np.stack([columns.ravel(), rows.ravel()], axis=1), there).reshape(512, 512, 2)
    kept = (distance > 22) & ((inside > 0) & (inside < 512)).all(axis=2)
    assert np.array_equal(made[kept], drawing[kept])
