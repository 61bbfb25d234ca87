"""`panic3d reconstruct`: good pictures become heads, bad ones a sentence each, and the exit code says which."""

import os
import resource
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from click.testing import CliRunner, Result
from PIL import Image

from helpers.heads.sphere_shards import make_sphere_views
from panic3d.cli import panic3d
from panic3d.head import PreparedPortrait
from panic3d.models.engine.checkpoint import save_weights
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.training.config import load_config
from panic3d.pipeline import HeadPipeline
from panic3d.runtime.errors import ItemsFailed, UserError, WrongUsage, name_stage


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
    path.write_bytes(make_sphere_views(0.2, 0.05, 256)["front.rgba.png"])
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
    assert "text.png is not a picture" in result.stderr
    assert "cut.png cannot be read" in result.stderr
    assert str(result.exception) == "2 of 3 pictures failed, for the reasons above"
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


def test_long_names_and_errors_of_a_picture_do_not_stop_the_good_one(
    good: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long, strange, odd = (
        tmp_path / f"{'x' * 251}.png",
        tmp_path / "strange.png",
        tmp_path / os.fsdecode(b"\x8f\x89.png"),
    )
    for path in (long, strange, odd):
        path.write_bytes(good.read_bytes())
    prepare = HeadPipeline.prepare

    def fail_once(self: HeadPipeline, picture: Path) -> PreparedPortrait:
        if picture == strange:
            with name_stage("removing the lines"):
                raise ZeroDivisionError("in a library")
        return prepare(self, picture)

    monkeypatch.setattr(HeadPipeline, "prepare", fail_once)
    result = run(long, strange, odd, good, "--out", tmp_path / "out", "--weights", weights)
    assert isinstance(result.exception, ItemsFailed)
    assert f"a file name for {tmp_path / 'out'} is too long" in result.stderr
    assert f"{strange}: removing the lines failed with an error that panic3d does not know (Zero" in result.stderr
    assert {path.name.partition(".")[0] for path in (tmp_path / "out").iterdir()} == {"good", odd.stem}


def test_nothing_is_cut_on_a_full_disk(good: Path, weights: Path, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        result = run(good, good, "--out", tmp_path / "out", "--weights", weights)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert isinstance(result.exception, UserError) and result.exception.exit_code == 1
    assert "(File too large): free some space" in str(result.exception)
    for path in (tmp_path / "out").iterdir():
        assert path.suffix in (".png", ".json")
        if path.suffix == ".png":
            Image.open(path).load()


def test_an_output_folder_that_is_a_file_gets_a_sentence(good: Path, weights: Path) -> None:
    result = run(good, "--out", good, "--weights", weights)
    assert isinstance(result.exception, UserError)
    assert f"expected a folder, found the file {good}" in str(result.exception)


def test_a_picture_without_a_face_says_so_and_shows_why(good: Path, tmp_path: Path) -> None:
    arguments = ["reconstruct", str(good), "--out", str(tmp_path / "out"), "--align", "--portrait-only"]
    result = CliRunner().invoke(panic3d, arguments)
    assert type(result.exception) is UserError
    assert "--no-align" in str(result.exception)
    assert (tmp_path / "out" / "good.seen.png").is_file()


def test_an_author_without_a_name_is_wrong_usage(good: Path, weights: Path, tmp_path: Path) -> None:
    result = run(good, "--out", tmp_path / "out", "--weights", weights, "--author", " ")
    assert isinstance(result.exception, WrongUsage)
    assert "--author: the name is empty" in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_only_bad_pictures_are_an_error(weights: Path, tmp_path: Path) -> None:
    result = run(tmp_path / "absent.png", "--out", tmp_path / "out", "--weights", weights)
    assert type(result.exception) is UserError
    assert "there is no file" in str(result.exception)
