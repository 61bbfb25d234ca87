"""The paired suite of drawings: numbers that are known, a table, records that are kept."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from helpers.heads.drawn_shards import LANDMARKS_HEAD_M, draw_character, write_drawn_dataset
from panic3d.benchmark.line_removal.pairs import DrawnPair, DrawnPairs
from panic3d.benchmark.line_removal.scoring import score_pair
from panic3d.benchmark.metrics.published import Roi
from panic3d.cameras.compositing import composite_on_white
from panic3d.cli import panic3d
from panic3d.datasets.drawings import project_landmarks
from panic3d.models.line_removal.pairs import mask_near_lines
from panic3d.models.line_removal.remove import find_lines
from panic3d.runtime.errors import UserError

LANDMARKS_PX = project_landmarks(LANDMARKS_HEAD_M)


def pair(roi: Roi | None = None) -> DrawnPair:
    render, drawing = draw_character(0)
    return DrawnPair("key", drawing, render, LANDMARKS_PX, roi)


def test_the_truth_is_perfect() -> None:
    numbers = score_pair(pair(), pair().render, None)
    assert numbers["psnr"] == numbers["psnr_near"] == 100
    assert numbers["ssim"] == pytest.approx(1)
    assert numbers["face_changed"] > 0  # the drawing's face had ink in it


def test_numbers_of_the_drawing_itself_agree_with_scikit_image() -> None:
    one = pair()
    numbers = score_pair(one, one.drawing, None)
    ours, truth = composite_on_white(one.drawing), composite_on_white(one.render)
    assert numbers["psnr"] == pytest.approx(peak_signal_noise_ratio(truth, ours, data_range=1), abs=1e-3)
    near = mask_near_lines(find_lines(one.drawing, one.landmarks_px), one.drawing)
    expected = peak_signal_noise_ratio(truth[near], ours[near], data_range=1)
    assert numbers["psnr_near"] == pytest.approx(expected, abs=1e-3)
    composed = np.where(near[..., None], ours, truth)
    ssim = structural_similarity(
        truth, composed, channel_axis=2, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert numbers["ssim_near"] == pytest.approx(ssim, abs=2e-3)  # scikit-image counts windows over the border
    assert numbers["face_changed"] == 0


def test_only_the_region_counts() -> None:
    one = pair(Roi(100.0, 120.0, 200.0, 220.0))
    spoiled = one.render.copy()
    spoiled[:90] = 0
    assert score_pair(one, spoiled, None)["psnr"] == 100
    assert score_pair(pair(), spoiled, None)["psnr"] < 30


def test_command_writes_a_table_and_keeps_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path / "no-weights"))
    write_drawn_dataset(tmp_path / "drawn", 2)
    arguments = ["benchmark", "lines", "--pairs", str(tmp_path / "drawn"), "--out", str(tmp_path / "out"), "--sheet"]
    arguments += ["--remover", "filled:inpainting", "--remover", "none"]
    first = CliRunner().invoke(panic3d, arguments, catch_exceptions=False)
    assert first.exit_code == 0, first.output
    table = (tmp_path / "out" / "lines.md").read_text()
    assert "| filled | **" in table and "| none | " in table
    assert "2 pairs" in table
    assert (tmp_path / "out" / "sheet.png").is_file()
    assert (tmp_path / "out" / "lines.csv").read_text().count("\n") == 3
    record = tmp_path / "out" / "drawn" / "none.json"
    content = json.loads(record.read_text())
    content["pairs"][next(iter(content["pairs"]))]["psnr_near"] = 77.0
    record.write_text(json.dumps(content))
    CliRunner().invoke(panic3d, arguments, catch_exceptions=False)
    assert 77.0 in [numbers["psnr_near"] for numbers in json.loads(record.read_text())["pairs"].values()]


def test_a_folder_without_drawings(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"dataset\.json"):
        DrawnPairs(tmp_path)
