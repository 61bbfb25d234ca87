"""`panic3d reconstruct`: good pictures become heads, bad ones a sentence each, and the exit code says which."""

from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from ball_shards import ball_views
from click.testing import CliRunner, Result
from PIL import Image

from panic3d.cli import panic3d
from panic3d.errors import ItemsFailed, UserError
from panic3d.models.canonical import read_portrait
from panic3d.models.reconstructor.network import Reconstructor
from panic3d.models.training.config import load
from panic3d.models.training.files import save_weights
from panic3d.shards.schema import png_bytes, read_png


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    config = load("small")
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    save_weights(path, Reconstructor(config.model).state_dict(), config, {"steps": 0})
    return path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.png"
    path.write_bytes(ball_views(0.2, 0.05, 256, painted=True)["front.rgba.png"])
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(panic3d, ["reconstruct", *map(str, arguments)])


def test_a_picture_becomes_a_head_and_a_strip(good: Path, weights: Path, tmp_path: Path) -> None:
    result = run(good, "--out", tmp_path / "out", "--weights", weights)
    assert result.exit_code == 0, result.exception
    mesh = trimesh.load(tmp_path / "out" / "good.glb", force="mesh")
    assert mesh.extents[0] == pytest.approx(0.4, abs=0.01)
    strip = np.asarray(Image.open(tmp_path / "out" / "good.views.png"))
    assert strip.shape == (256, 7 * 256, 3)
    given = np.asarray(Image.open(good).convert("RGBA"))
    assert np.abs(strip[:, :256].astype(int) - np.where(given[..., 3:] > 0, given[..., :3], 255)).mean() < 2
    assert (strip[:, 256:].min(axis=-1) < 250).any()


def test_some_bad_pictures_do_not_stop_the_good_one(good: Path, weights: Path, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "cut.png").write_bytes(good.read_bytes()[:2000])
    result = run(tmp_path / "text.png", tmp_path / "cut.png", good, "--out", tmp_path / "out", "--weights", weights)
    assert isinstance(result.exception, ItemsFailed)
    assert result.exception.exit_code == 3
    assert "text.png is not a picture" in str(result.exception)
    assert "cut.png cannot be read" in str(result.exception)
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"good.glb", "good.views.png"}


def test_only_bad_pictures_are_an_error(weights: Path, tmp_path: Path) -> None:
    result = run(tmp_path / "absent.png", "--out", tmp_path / "out", "--weights", weights)
    assert type(result.exception) is UserError
    assert "there is no file" in str(result.exception)


def save(path: Path, rgba: np.ndarray) -> Path:
    path.write_bytes(png_bytes(rgba))
    return path


def test_bad_pictures_are_named_for_what_they_are(tmp_path: Path) -> None:
    cases = {
        "wide": (np.full((64, 128, 4), 100, np.uint8), "128x64: expected a square"),
        "tiny": (np.full((16, 16, 4), 100, np.uint8), "at least 64x64"),
        "empty": (np.zeros((128, 128, 4), np.uint8), "is empty"),
        "photo": (np.full((128, 128, 3), 90, np.uint8), "no white border"),
    }
    for name, (pixels, message) in cases.items():
        with pytest.raises(UserError, match=message):
            read_portrait(save(tmp_path / f"{name}.png", pixels), print)
    with pytest.raises(UserError, match="is a folder"):
        read_portrait(tmp_path, print)


def test_a_picture_on_white_is_cut_out_with_a_notice(tmp_path: Path) -> None:
    rgba = read_png(ball_views(0.2, 0.05, 256, painted=True)["front.rgba.png"])
    on_white = np.where(rgba[..., 3:] > 0, rgba[..., :3], 255).astype(np.uint8)
    said: list[str] = []
    portrait = read_portrait(save(tmp_path / "white.png", on_white), said.append)
    assert len(said) == 1
    assert "near-white border" in said[0]
    mask = np.asarray(Image.fromarray(rgba[..., 3]).resize((512, 512))) > 127
    ours = portrait.original[..., 3] > 127
    assert (mask & ours).sum() / (mask | ours).sum() > 0.98


def test_resizing_keeps_the_background_out_of_colours(tmp_path: Path) -> None:
    rgba = np.zeros((100, 100, 4), np.uint8)
    rgba[:, :50] = [200, 40, 40, 255]
    rgba[:, 50:, :3] = [0, 255, 0]
    small = read_portrait(save(tmp_path / "half.png", rgba), print).original
    assert small.shape == (512, 512, 4)
    seen = small[small[..., 3] >= 128][:, :3].astype(int)
    assert np.abs(seen - [200, 40, 40]).max() <= 6
