"""Drawings into shards: what is kept, what is left out and why, going on after a stop, and training from them."""

import json
import logging
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from jaxtyping import UInt8
from PIL import Image

from helpers.heads.drawn_shards import draw_character, write_drawn_dataset
from helpers.requirements import require_real_data
from panic3d.cli import panic3d
from panic3d.datasets.drawings import DRAWING, load_portraits
from panic3d.models.portrait.alignment.face_frame import read_dataset_frame, read_face_frame
from panic3d.models.portrait.alignment.similarity import GENERATED_TARGETS, PUBLISHED_TARGETS, measure_landmarks
from panic3d.models.portrait.drawn_dataset import DrawnOptions, align_drawings, find_pictures
from panic3d.models.portrait.faces.face import Face
from panic3d.models.portrait.faces.mean_face import MEAN_FACE
from panic3d.models.portrait.faces.pose import estimate_face_pose, explain_not_frontal, explain_not_neutral
from panic3d.runtime.errors import UserError


class Known:
    """Faces of pictures whose landmarks are known by their size."""

    def __init__(self, **by_size: Face) -> None:
        self.by_size = by_size

    def faces(self, rgb: UInt8[np.ndarray, "H W 3"]) -> list[Face]:
        found = self.by_size.get(f"w{rgb.shape[1]}")
        return [] if found is None else [found]


def frontal(side: float) -> Face:
    """In a picture that is shown to detectors at 720 pixels."""
    return Face(MEAN_FACE * 60 * side + 360, 1.0)


def draw(folder: Path, name: str, width: int = 512, seed: int = 0) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(draw_character(seed)[1]).resize((width, 512)).save(path)
    return path


def test_pose_of_a_frontal_a_tilted_and_a_turned_face() -> None:
    front = estimate_face_pose(MEAN_FACE * 50 + 200)
    assert explain_not_frontal(front) is None and explain_not_neutral(front) is None
    assert abs(front.roll_deg) < 1e-6 and abs(front.turned) < 1e-6 and front.narrowed == pytest.approx(1)
    angle = np.radians(20)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    tilted = estimate_face_pose(MEAN_FACE @ turn.T * 50)
    assert tilted.roll_deg == pytest.approx(20)
    assert tilted.mouth_open == pytest.approx(front.mouth_open) and tilted.turned == pytest.approx(0, abs=1e-6)
    assert "tilted by 20 degrees" in str(explain_not_frontal(tilted))
    aside = MEAN_FACE.copy()
    aside[23:] += [0.3, 0]
    assert "aside" in str(explain_not_frontal(estimate_face_pose(aside)))
    assert estimate_face_pose(aside).turned > 0
    gaping = MEAN_FACE.copy()
    gaping[27] += [0, 0.6]
    assert "mouth is open" in str(explain_not_neutral(estimate_face_pose(gaping)))
    asleep = MEAN_FACE.copy()
    asleep[11:23, 1] = asleep[11:23, 1].mean()
    assert "eyes are closed" in str(explain_not_neutral(estimate_face_pose(asleep)))


def test_what_is_kept_and_what_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    kept = draw(folder, "a/0000.png")
    draw(folder, "b/0000.png", width=400, seed=1)
    draw(folder, "c/0000.png", width=300, seed=2)
    (folder / "d.png").write_bytes(b"no picture")
    aside = MEAN_FACE.copy()
    aside[23:] += [0.5, 0]
    detector = Known(w720=frontal(1.0), w562=Face(aside * 60 + 300, 1.0))
    found = find_pictures([folder])
    assert len(found) == 4
    manifest = align_drawings(found, tmp_path / "data", DrawnOptions(), detector)
    (good,) = manifest.with_status("ok")
    assert Path(good.source) == kept.absolute() or Path(good.source) == kept
    assert [("aside" in r.reason) for r in manifest.with_status("skipped")] == [True]
    reasons = sorted(record.reason for record in manifest.with_status("failed"))
    assert len(reasons) == 2 and "is not a picture" in reasons[0] and "no face" in reasons[1]
    with tarfile.open(tmp_path / "data/shard-000000.tar") as tar:
        names = tar.getnames()
        meta = json.loads(tar.extractfile(f"{good.key}.meta.json").read())  # type: ignore[union-attr]
    assert names == [f"{good.key}.front.illustration.png", f"{good.key}.meta.json"]
    assert meta["views"] == {} and len(meta["landmarks_px"]) == 28 and meta["kind"] == "drawing"
    everything = align_drawings(found, tmp_path / "all", DrawnOptions(any_pose=True), detector)
    assert len(everything.with_status("ok")) == 2
    with pytest.raises(UserError, match="any_pose True"):
        align_drawings(found, tmp_path / "all", DrawnOptions(), detector)
    read = load_portraits(tmp_path / "data", DRAWING, tmp_path / "cache", print)
    assert read.keys == (good.key,) and read.get_landmarks(0) is not None


def test_the_frame_is_recorded_and_a_training_on_the_portraits_records_it(tmp_path: Path) -> None:
    detector, paths = Known(w720=frontal(1.0)), [draw(tmp_path / "images", f"{i}.png", seed=i) for i in range(2)]
    align_drawings(paths, tmp_path / "own", DrawnOptions(), detector)
    align_drawings(paths, tmp_path / "theirs", DrawnOptions(frame="published"), detector)
    for name, targets in (("own", GENERATED_TARGETS), ("theirs", PUBLISHED_TARGETS)):
        read = load_portraits(tmp_path / name, DRAWING, tmp_path / f"{name}-cache", print)
        (column, row), spread = measure_landmarks(read.landmarks_px[0].astype(np.float64))
        expected = targets.row_px, targets.column_px, targets.spread_px
        assert (row, column, spread) == pytest.approx(expected, abs=0.02)
        assert read_dataset_frame(tmp_path / name) == targets
    with pytest.raises(UserError, match="was made with frame published"):
        align_drawings(paths, tmp_path / "theirs", DrawnOptions(), detector)
    write_drawn_dataset(tmp_path / "renders", 2)
    assert read_dataset_frame(tmp_path / "renders") is None
    run = tmp_path / "run"
    settings = ["steps=1", "batch=4", "model.width=4", "model.discriminator_width=4", "accelerator=cpu"]
    settings.append(f"renders={tmp_path / 'renders'}")
    arguments = ["train", "line-removal", "--data", str(tmp_path / "theirs"), "--out", str(run)]
    result = CliRunner().invoke(panic3d, [*arguments, *(x for s in settings for x in ("--set", s))])
    assert result.exit_code == 0, result.exception
    assert read_face_frame(run) == PUBLISHED_TARGETS


def test_a_folder_without_a_frame_goes_on_in_that_of_generated_characters(tmp_path: Path) -> None:
    detector, data = Known(w720=frontal(1.0)), tmp_path / "data"
    align_drawings([draw(tmp_path / "images", "a.png")], data, DrawnOptions(), detector)
    info = json.loads((data / "dataset.json").read_text())
    assert info["options"].pop("frame") == "generated"
    (data / "dataset.json").write_text(json.dumps(info))
    assert read_dataset_frame(data) is None
    align_drawings([draw(tmp_path / "images", "b.png", seed=1)], data, DrawnOptions(), detector)
    with pytest.raises(UserError, match="was made with frame generated"):
        align_drawings([], data, DrawnOptions(frame="published"), detector)
    info["options"]["frame"] = "odd"
    (data / "dataset.json").write_text(json.dumps(info))
    with pytest.raises(UserError, match="names the face frame 'odd'"):
        read_dataset_frame(data)


def test_doubts_about_the_face_are_said_and_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Doubtful:
        def faces(self, rgb: UInt8[np.ndarray, "H W 3"]) -> list[Face]:
            return [Face(frontal(1.0).landmarks_px, 0.3), Face(MEAN_FACE * 20 + 100, 0.9)]

    monkeypatch.setattr(logging.getLogger("panic3d"), "propagate", True)
    path = draw(tmp_path / "images", "a.png")
    (good,) = align_drawings([path], tmp_path / "data", DrawnOptions(), Doubtful()).with_status("ok")
    with tarfile.open(tmp_path / "data/shard-000000.tar") as tar:
        meta = json.loads(tar.extractfile(f"{good.key}.meta.json").read())  # type: ignore[union-attr]
    several, uncertain = meta["notes"]
    assert several.startswith("2 faces were found: the largest") and several.endswith(
        "cut another one out of the picture"
    )
    assert "score 0.30" in uncertain and "--landmarks" not in uncertain
    assert all(f"a.png: {note}" in caplog.text for note in meta["notes"])


def test_a_rerun_makes_only_what_is_missing(tmp_path: Path) -> None:
    folder, data, detector = tmp_path / "images", tmp_path / "data", Known(w720=frontal(1.0))
    draw(folder, "a.png")
    align_drawings(find_pictures([folder]), data, DrawnOptions(), detector, per_shard=1)
    before = (data / "shard-000000.tar").read_bytes()
    draw(folder, "b.png", seed=1)
    manifest = align_drawings(find_pictures([folder]), data, DrawnOptions(), detector, per_shard=1)
    assert len(manifest.with_status("ok")) == 2
    assert (data / "shard-000000.tar").read_bytes() == before and (data / "shard-000001.tar").exists()


def test_titles_and_licences_come_from_the_downloader(tmp_path: Path) -> None:
    draw(tmp_path / "vtuber", "images/hololive/someone/0000.png")
    row = {"file": "images/hololive/someone/0000.png", "article": "Some One", "licence": "Fairuse"}
    pd.DataFrame([row, {"file": None, "article": "x", "licence": None}]).to_parquet(
        tmp_path / "vtuber/metadata.parquet"
    )
    align_drawings(find_pictures([tmp_path / "vtuber"]), tmp_path / "data", DrawnOptions(), Known(w720=frontal(1.0)))
    index = pd.read_parquet(tmp_path / "data/index.parquet")
    assert list(index.title) == ["Some One"] and list(index.licence) == ["Fairuse"]


def test_a_folder_of_renders_is_not_added_to(tmp_path: Path) -> None:
    write_drawn_dataset(tmp_path / "data", 1)
    with pytest.raises(UserError, match="was made with engine"):
        align_drawings([draw(tmp_path, "a.png")], tmp_path / "data", DrawnOptions(), Known())


def test_real_drawings_by_the_command(tmp_path: Path) -> None:
    names = ("eileen_happy", "sylvie_blue_normal", "lucy_mad")
    paths = [str(require_real_data(f"portraits/{name}.png")) for name in names]
    answer = CliRunner().invoke(panic3d, ["portraits", *paths, "--out", str(tmp_path / "data")])
    assert answer.exit_code == 0, answer.output
    assert "2 ok, 1 skipped, 0 failed" in answer.output
    answer = CliRunner().invoke(panic3d, ["dataset", "inspect", str(tmp_path / "data")])
    assert answer.exit_code == 0 and "drawing 2" in answer.output
