"""`panic3d reconstruct`: good pictures become heads, bad ones a sentence each, and the exit code says which."""

from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from click.testing import CliRunner, Result
from PIL import Image

from helpers.heads.sphere_shards import make_sphere_views
from panic3d.cli import panic3d
from panic3d.models.engine.checkpoint import save_weights
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.training.config import load_config
from panic3d.runtime.errors import ItemsFailed, UserError


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    config = load_config("small")
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    save_weights(path, Reconstructor(config.model).state_dict(), config, {"steps": 0})
    return path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.png"
    path.write_bytes(make_sphere_views(0.2, 0.05, 256, painted=True)["front.rgba.png"])
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(panic3d, ["reconstruct", *map(str, arguments), "--no-align"])


def test_a_picture_becomes_a_head_and_a_strip(good: Path, weights: Path, tmp_path: Path) -> None:
    result = run(good, "--out", tmp_path / "out", "--weights", weights)
    assert result.exit_code == 0, result.exception
    written = [tmp_path / "out" / f"good.{kind}" for kind in ("glb", "views.png", "seen.png")]
    assert result.stdout.strip() == f"{good}: {', '.join(map(str, written))}"
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
    kinds = (
        "glb",
        "views.png",
        "seen.png",
        "crop.png",
        "matte.png",
        "canonical.png",
        "line_free.png",
        "landmarks.json",
    )
    assert {p.name for p in (tmp_path / "out").iterdir()} == {f"good.{kind}" for kind in kinds}


def test_a_picture_without_a_face_says_so_and_shows_why(good: Path, tmp_path: Path) -> None:
    arguments = ["reconstruct", str(good), "--out", str(tmp_path / "out"), "--align", "--portrait-only"]
    result = CliRunner().invoke(panic3d, arguments)
    assert type(result.exception) is UserError
    assert "--no-align" in str(result.exception)
    assert (tmp_path / "out" / "good.seen.png").is_file()


def test_only_bad_pictures_are_an_error(weights: Path, tmp_path: Path) -> None:
    result = run(tmp_path / "absent.png", "--out", tmp_path / "out", "--weights", weights)
    assert type(result.exception) is UserError
    assert "there is no file" in str(result.exception)
