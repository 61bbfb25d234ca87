"""A package of somebody else, installed by pip, adds a method and a metric to the benchmark."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from helpers.heads.small_suite import make_one_pair_suite
from panic3d.benchmark.commands import benchmark

PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "ball-heads"
version = "{version}"
[project.entry-points."panic3d.methods"]
ball = "ball_heads:load"
[project.entry-points."panic3d.metrics"]
mean_height_mm = "ball_heads:mean_height"
picky = "ball_heads:picky"
absent = "no_such_module:load"
front_psnr = "ball_heads:mean_height"
[tool.setuptools]
py-modules = ["ball_heads"]
"""
CODE = '''
import numpy as np
import trimesh

from panic3d.benchmark.protocols.metric import Metric
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.raycast import MeshReconstruction


class Ball:
    def reconstruct(self, portrait):
        ball = trimesh.creation.icosphere(2, 0.15)
        colours = np.full((len(ball.vertices), 3), 200, np.uint8)
        return MeshReconstruction(ColouredMesh(ball.vertices.astype(np.float32), ball.faces.astype(np.int64), colours))


def load(weights):
    """A grey ball, whatever the portrait shows."""
    return Ball()


def difference_mm(truth, prediction):
    return 1000 * abs(truth.surface.vertices_m[:, 1].mean() - prediction.surface.vertices_m[:, 1].mean())


def mean_height():
    """Difference of the mean height."""
    return Metric("mean_height_mm", "mm", False, "How far the mean height is off.", difference_mm, "height")


def fail(truth, prediction):
    raise KeyError("no such thing")


def picky():
    return Metric("picky", "", True, "Never there.", fail)
'''


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("project")
    target = folder / "site-packages"
    install(folder, target, "1.0")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(target)
        yield target
    sys.modules.pop("ball_heads", None)


def install(folder: Path, target: Path, version: str) -> None:
    (folder / "pyproject.toml").write_text(PROJECT.format(version=version))
    (folder / "ball_heads.py").write_text(CODE)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--upgrade", "--target", str(target), str(folder)], check=True)


def invoke(*words: object) -> Result:
    done = CliRunner().invoke(benchmark, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done


def run(out: Path) -> dict:
    invoke("run", "--suite", make_one_pair_suite(), "--method", "ball", "--out", out)
    return json.loads((out / "suite" / "standard" / "ball.json").read_text())


@pytest.fixture(scope="module")
def results(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANIC3D_WEIGHTS", str(out / "no-weights"))
        run(out)
    return out


def test_the_method_and_the_metric_are_listed(installed: Path) -> None:
    methods = invoke("methods").output.splitlines()
    assert "ball: A grey ball, whatever the portrait shows. (method, ball-heads)" in methods
    assert any(line.startswith("visual-hull: ") and line.endswith("(oracle method, panic3d)") for line in methods)
    metrics = invoke("metrics").stdout.splitlines()
    assert "mean_height_mm ↓ in mm: How far the mean height is off. (ball-heads)" in metrics
    assert sum(line.startswith("front_psnr") for line in metrics) == 1, "panic3d's own keeps its name"
    assert any(line.startswith("front_psnr") and line.endswith("(panic3d)") for line in metrics)


def test_a_metric_that_fails_says_why(results: Path, caplog: pytest.LogCaptureFixture) -> None:
    pair = next(iter(json.loads((results / "suite" / "standard" / "ball.json").read_text())["pairs"].values()))
    assert pair["skipped"]["picky"] == "skipped: KeyError: 'no such thing'"
    assert pair["faults"] == []


def test_the_report_has_the_method_s_row_and_the_metric_s_column(results: Path, tmp_path: Path) -> None:
    invoke("report", results, "--out", tmp_path / "report")
    text = (tmp_path / "report" / "leaderboard.md").read_text()
    assert "ball-heads height mm ↓" in text
    table = pd.read_csv(tmp_path / "report" / "leaderboard.csv")
    (row,) = table[(table.method == "ball") & (table.number == "mean_height_mm")].to_dict("records")
    assert 0 < row["mean"] < 100
    assert row["unit"] == "mm"
    assert not row["higher_is_better"]
    assert "height" in (tmp_path / "report" / "leaderboard.html").read_text()


def test_a_report_needs_no_package_and_a_new_version_scores_anew(
    results: Path, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(results / "no-weights"))
    install(installed.parent, installed, "1.1")
    assert run(results)["metrics"]["mean_height_mm"]["version"] == "1.1"
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(installed)])
    invoke("report", results, "--out", tmp_path / "report")
    assert "ball-heads height mm ↓" in (tmp_path / "report" / "leaderboard.md").read_text()
    assert "ball:" not in invoke("methods").output
