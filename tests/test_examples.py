"""The examples: short, of public names alone, and each runs on a tiny input."""

import ast
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from PIL import Image

import panic3d
from helpers.heads.drawn_shards import draw_character
from helpers.heads.small_suite import make_one_pair_suite, write_training_heads
from helpers.heads.sphere_shards import make_sphere_views, write_shard
from helpers.requirements import require_engine

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))


def run(name: str, *arguments: object) -> str:
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *map(str, arguments)]
    with tempfile.TemporaryDirectory() as empty:  # no LPIPS, which takes most of the time of scoring
        environment = os.environ | {"PANIC3D_WEIGHTS": empty}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_an_example_is_short_and_uses_public_names(script: Path) -> None:
    text = script.read_text()
    assert len(text.splitlines()) <= 40
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "panic3d":
            assert node.module == "panic3d"
            assert {alias.name for alias in node.names} <= set(panic3d.__all__)
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith("panic3d") for alias in node.names)


def test_every_example_is_run_here() -> None:
    names = {path.stem for path in SCRIPTS}
    assert names == {name.removeprefix("test_") for name in globals() if name.removeprefix("test_") in names}


@pytest.mark.slow
def test_reconstruct_picture(tmp_path: Path) -> None:
    render, _ = draw_character(0)
    Image.fromarray(render).save(tmp_path / "me.png")
    assert "triangles" in run("reconstruct_picture", tmp_path / "me.png", tmp_path / "heads", "never")
    assert {path.name for path in (tmp_path / "heads").iterdir()} == {"head.glb", "front.png", "spin030.png"}


@pytest.mark.slow
def test_render_and_load(tmp_path: Path) -> None:
    require_engine("pyrender")
    command = [sys.executable, "-m", "panic3d", "synth", "--count", "1", "--out", str(tmp_path / "avatars")]
    subprocess.run(command, check=True, capture_output=True)
    printed = run("render_and_load", tmp_path / "avatars", tmp_path / "data", "pyrender")
    assert "1 avatars rendered, 0 failed" in printed
    assert "('back', 'front', 'left', 'right')" in printed
    assert "(1, 2, 3, 128, 128) (1, 2, 128, 128)" in printed


@pytest.mark.slow
def test_train_reconstructor(tmp_path: Path) -> None:
    balls = {f"ball{i}-00000000": make_sphere_views(0.1 + 0.02 * i, 0.02 * i, 32) for i in range(2)}
    write_shard(tmp_path / "data" / "shard-000000.tar", balls)
    settings = (
        "batch=2", "steps=2", "validation=0", "accelerator=cpu", "loss.lpips=0", "log_every=1", "readers=0",
        "model.picture_size=32", "model.backbone.resolution=16", "rays.x=16", "rays.y=16", "rays.z=16",
    )  # fmt: skip
    printed = run("train_reconstructor", tmp_path / "data", tmp_path / "run", *settings)
    assert "PanicMethod" in printed
    assert (tmp_path / "run" / "weights.safetensors").is_file()


def test_add_method(tmp_path: Path) -> None:
    printed = run("add_method", make_one_pair_suite(), tmp_path)
    assert "chamfer_mm" in printed
    assert (tmp_path / "suite" / "standard" / "octahedron.json").is_file()


@pytest.mark.slow
def test_compare_methods(tmp_path: Path) -> None:
    heads = write_training_heads(tmp_path / "heads", range(2))
    printed = run("compare_methods", make_one_pair_suite(), tmp_path, f"mean={heads}", f"relief={heads}")
    assert "over 1 pairs" in printed
    assert (tmp_path / "report" / "leaderboard.html").is_file()
