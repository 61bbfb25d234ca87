"""Datasets of avatars without labels: landmarks are detected on the front renders, once, near the true ones."""

import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from helpers.heads.drawn_shards import write_drawn_dataset
from panic3d.cli import panic3d
from panic3d.datasets.drawings import DRAWING, RENDER, load_landmark_labels, load_portraits, project_landmarks
from panic3d.models.line_removal.hull import draw_face_hull
from panic3d.models.line_removal.training.config import LineRemovalTrainConfig
from panic3d.models.line_removal.training.data import load_drawings_and_renders
from panic3d.models.portrait import front_faces
from panic3d.shards.metadata.labels import LABELS_FILE

COUNT = 4


def run(*words: object) -> None:
    result = CliRunner().invoke(panic3d, [str(word) for word in words])
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, np.ndarray]]:
    """A dataset of generated avatars whose labels were taken away, and the true landmarks by the avatars' sha256."""
    folder = tmp_path_factory.mktemp("unlabelled")
    run("synth", "--count", COUNT, "--seed", 3, "--out", folder / "avatars")
    true = {sha256: project_landmarks(points) for sha256, points in load_landmark_labels(folder / "avatars").items()}
    (folder / "avatars" / LABELS_FILE).unlink()
    run(
        "render",
        folder / "avatars",
        "--out",
        folder / "data",
        "--rig",
        "ortho4",
        "--illustrate",
        "--engine",
        "pyrender",
    )
    return folder / "data", true


def test_detected_landmarks_agree_with_the_true_ones_and_are_found_once(
    drawn: tuple[Path, dict[str, np.ndarray]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, true = drawn
    bare = load_portraits(data, RENDER, tmp_path / "bare", pytest.fail)
    assert not np.isfinite(bare.landmarks_px).any(), "the dataset has no labels"
    calls: list[int] = []
    detect = front_faces.detect_landmarks_px

    def watch(rgba: np.ndarray) -> np.ndarray | None:
        calls.append(1)
        return detect(rgba)

    monkeypatch.setattr(front_faces, "detect_landmarks_px", watch)
    config = LineRemovalTrainConfig(cache=str(tmp_path / "cache"), validation=0)
    pairs, _ = load_drawings_and_renders(data, tmp_path / "run", config)
    assert len(calls) == COUNT, "on the renders; the drawings have the same faces"
    again, _ = load_drawings_and_renders(data, tmp_path / "run", config)
    assert len(calls) == COUNT, "the second time they are in the cache"
    for portraits in (pairs.renders, pairs.drawings, again.renders, again.drawings):
        by_stem = {key[-8:]: portraits.landmarks_px[i] for i, key in enumerate(portraits.keys)}
        errors = [np.linalg.norm(by_stem[sha256[:8]] - points, axis=1) for sha256, points in true.items()]
        assert len(errors) == COUNT
        assert np.median(errors) < 3 and np.mean(errors) < 5, "pixels of 512"
        for sha256, points in true.items():
            ours, theirs = draw_face_hull(by_stem[sha256[:8]], 512), draw_face_hull(points, 512)
            assert (ours & theirs).sum() / (ours | theirs).sum() > 0.6


def test_the_paper_s_training_runs_on_avatars_without_labels(
    drawn: tuple[Path, dict[str, np.ndarray]], tmp_path: Path
) -> None:
    settings = ("steps=2", "batch=8", "validation=0", "accelerator=cpu")
    pairs = [word for setting in settings for word in ("--set", setting)]
    run("train", "line-removal", "--data", drawn[0], "--preset", "paper", "--out", tmp_path / "run", *pairs)
    assert (tmp_path / "run" / "weights.safetensors").is_file()
    kept = json.loads((tmp_path / "run" / "cache" / f"train-{RENDER}-landmarks" / "index.json").read_text())
    assert kept["arrays"]["landmarks_px"]["shape"] == [COUNT, 28, 2]


def test_where_no_face_is_found_there_is_no_hull_and_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_drawn_dataset(tmp_path / "data", 3)
    (tmp_path / "bare").mkdir()
    for path in (tmp_path / "data").iterdir():  # discs, which are no faces, without their landmarks
        shutil.copy(path, tmp_path / "bare" / path.name)
    shard = tmp_path / "bare" / "shard-000000.tar"
    content = shard.read_bytes()
    assert content.count(b'"landmarks_head_m"') == 3
    shard.write_bytes(content.replace(b'"landmarks_head_m"', b'"landmarks_elsewh"'))
    monkeypatch.setattr(logging.getLogger("panic3d"), "propagate", True)
    config = LineRemovalTrainConfig(cache=str(tmp_path / "cache"), validation=0)
    with caplog.at_level(logging.INFO):
        pairs, _ = load_drawings_and_renders(tmp_path / "bare", tmp_path / "run", config)
    assert pairs.renders.get_landmarks(0) is None and pairs.drawings.get_landmarks(0) is None
    assert f"3 of 3 pictures in {tmp_path / 'cache' / f'train-{RENDER}'} have no landmarks" in caplog.text
    assert "on 3 no face was found" in caplog.text and DRAWING not in caplog.text.split("have no landmarks")[1]
    caplog.clear()
    load_drawings_and_renders(tmp_path / "data", tmp_path / "run", LineRemovalTrainConfig(cache=str(tmp_path / "c")))
    assert "have no landmarks" not in caplog.text
