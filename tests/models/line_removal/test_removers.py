"""Removers by name, on whole portraits: what they may touch, and what they must not."""

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from helpers.heads.drawn_shards import LANDMARKS_HEAD_M, draw_character
from panic3d.cameras.compositing import composite_on_white
from panic3d.cli import panic3d
from panic3d.datasets.drawings import project_landmarks
from panic3d.models import published_files as official
from panic3d.models.line_removal.line_mask import PUBLISHED_LINE_MASK
from panic3d.models.line_removal.networks import LineRemovalNetworks, LineRemovalNetworksConfig
from panic3d.models.line_removal.painter import NetworkLineRemover
from panic3d.models.line_removal.remove import find_lines, paint_over
from panic3d.models.line_removal.removers import load_remover, remove_lines
from panic3d.registry import find_entries
from panic3d.runtime.errors import UserError, WrongUsage

LEFT = {"line-removal": 0.7, "line-removal-paired": 0.5, "inpainting": 0.5}
"""Of the error at inked pixels; the shipped unpaired weights are the weaker ones (docs/experiments/line_removal.md)."""
LANDMARKS_PX = project_landmarks(LANDMARKS_HEAD_M)


@pytest.mark.parametrize("name", find_entries("line remover"))
def test_alpha_stays_and_ink_gets_less(name: str) -> None:
    render, drawing = draw_character(0)
    cleaned = load_remover(name)(drawing, LANDMARKS_PX)
    assert cleaned.dtype == np.uint8
    assert np.array_equal(cleaned[..., 3], drawing[..., 3])
    found = find_lines(drawing, LANDMARKS_PX)
    if name in LEFT:
        untouched = ~found.infill
        assert np.array_equal(cleaned[untouched], drawing[untouched])
        before, after = (
            np.abs(composite_on_white(x) - composite_on_white(render))[found.infill].mean() for x in (drawing, cleaned)
        )
        assert after < LEFT[name] * before


def test_eyes_mouth_and_nose_are_spared() -> None:
    _, drawing = draw_character(1)
    with_face, without = remove_lines(drawing, LANDMARKS_PX), remove_lines(drawing, None)
    hull = find_lines(drawing, LANDMARKS_PX).hull
    lines = find_lines(drawing, None).infill & hull
    assert lines.any()
    assert np.array_equal(with_face[hull], drawing[hull])
    assert (without[lines] != drawing[lines]).any()


def test_a_painter_of_filled_lines_starts_as_inpainting() -> None:
    _, drawing = draw_character(2)
    untrained = NetworkLineRemover(LineRemovalNetworks(LineRemovalNetworksConfig(fill=True)), PUBLISHED_LINE_MASK)
    assert np.array_equal(untrained(drawing, LANDMARKS_PX), load_remover("inpainting")(drawing, LANDMARKS_PX))


def test_white_is_taken_out_of_edges() -> None:
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[16:48, 16:48] = (200, 60, 60, 255)
    rgba[:, 30:32, :3] //= 8
    rgba[20, 16:48, 3] = 128
    found = find_lines(rgba, None)
    same = paint_over(rgba, found, lambda rgb, infill, hull: rgb)
    assert np.abs(same.astype(int) - rgba).max() <= 1
    assert np.array_equal(
        paint_over(rgba * np.array([1, 1, 1, 0], np.uint8), found, lambda rgb, *_: rgb)[..., 3], np.zeros((64, 64))
    )


def test_the_published_checkpoint(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = LineRemovalNetworks(LineRemovalNetworksConfig(use_hull=False)).eval()
    path = tmp_path / "epoch=0199.ckpt"
    torch.save({"state_dict": model.state_dict(), "hyper_parameters": {"gen_use_hull": False}}, path)
    result = CliRunner().invoke(panic3d, ["weights", "import-official", str(path), "--out", str(tmp_path)])
    assert "32 channels wide, without the face hull" in result.output
    _, drawing = draw_character(2)
    loaded = load_remover(f"line-removal={tmp_path / official.LINE_REMOVER}")
    expected = paint_over(drawing, find_lines(drawing, LANDMARKS_PX), model)
    assert np.array_equal(loaded(drawing, LANDMARKS_PX), expected)


def test_wrong_names_and_files(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="did you mean 'cyclegan'"):
        load_remover("cycelgan")
    with pytest.raises(UserError, match="found no file"):
        load_remover(f"line-removal={tmp_path}")
    with pytest.raises(UserError, match="is no line remover"):
        load_remover("line-removal=" + other(tmp_path))
    with pytest.raises(UserError, match="holds something else"):
        load_remover("cyclegan=" + other(tmp_path))


def other(folder: Path) -> str:
    from safetensors.torch import save_file

    save_file({"weight": torch.zeros(3)}, folder / "other.safetensors")
    return str(folder / "other.safetensors")
