"""The bounds, which are shown the truth, on heads whose shape is known."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from helpers.heads.small_suite import make_head, make_sample, write_training_heads
from panic3d.cameras.rigs import RIGS, make_view_camera
from panic3d.geometry.mesh import ColouredMesh
from panic3d.models.baselines.sanity.nearest_oracle import NearestOracleMethod
from panic3d.models.baselines.sanity.training_heads import TrainingHeads
from panic3d.models.baselines.sanity.visual_hull import VisualHullMethod
from panic3d.models.method import load_benchmark_method, load_method
from panic3d.runtime.errors import WrongUsage
from panic3d.shards.archive import SampleArchive
from panic3d.shards.schema import decode_depth, read_png

VIEWS = [*RIGS["ortho4"], *RIGS["spin12"]]


class Truth:
    """A suite's pair as a bound sees it."""

    def __init__(self, mesh: ColouredMesh) -> None:
        self.members = make_sample(mesh, VIEWS, 512)

    def rgba(self, view: str) -> np.ndarray:
        return read_png(self.members[f"{view}.rgba.png"])

    def depth_m(self, view: str) -> np.ndarray:
        return decode_depth(read_png(self.members[f"{view}.depth.png"]))


def test_a_ball_s_hull_is_the_ball() -> None:
    ball = trimesh.creation.icosphere(5, 0.15)
    ball.vertices += [0.05, -0.1, 0.02]
    black = np.zeros(ball.vertices.shape, np.uint8)
    hull = VisualHullMethod().reconstruct_from(Truth(ColouredMesh(ball.vertices, ball.faces, black)))
    mesh = trimesh.Trimesh(hull.mesh().vertices_head_m, hull.mesh().triangles)
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 0.15**3, rel=0.06)
    distance_m = np.linalg.norm(mesh.vertices - [0.05, -0.1, 0.02], axis=1) - 0.15
    assert distance_m.min() > -0.003, "a hull is nowhere smaller"
    equator = np.abs(mesh.vertices[:, 1] + 0.1) < 0.03
    assert np.abs(distance_m[equator]).max() < 0.012, "cut from 24 sides"


def test_a_hull_has_the_true_outlines() -> None:
    truth = Truth(make_head(3))
    hull = VisualHullMethod().reconstruct_from(truth)
    for view, shown in zip(VIEWS, hull.render([make_view_camera(view) for view in VIEWS], 512), strict=True):
        ours, true = shown.alpha >= 0.5, truth.rgba(view)[..., 3] >= 128
        assert (ours & true).sum() / (ours | true).sum() > 0.985, view


def test_the_oracle_finds_the_nearest_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path / "weights"))
    data = write_training_heads(tmp_path / "heads", range(4), 256)
    oracle = load_benchmark_method("nearest-oracle", data)
    assert isinstance(oracle, NearestOracleMethod)
    for seed in range(3):
        found = oracle.reconstruct_from(Truth(make_head(seed))).mesh()
        np.testing.assert_allclose(found.vertices_head_m, make_head(seed).vertices_head_m, atol=1e-6)
    points_m = oracle.points_m[1]
    brute = np.linalg.norm(points_m[:, None] - oracle.points_m[2][None], axis=-1)
    expected = (brute.min(axis=0).mean() + brute.min(axis=1).mean()) / 2
    assert oracle.distances_m(points_m) == pytest.approx([*oracle.distances_m(points_m)[:1], 0, expected], abs=1e-6)
    assert TrainingHeads(SampleArchive(data)).keys == oracle.heads.keys


@pytest.mark.parametrize("name", ["visual-hull", "nearest-oracle"])
def test_an_oracle_method_is_no_method(name: str, tmp_path: Path) -> None:
    data = write_training_heads(tmp_path / "heads", range(2), 64)
    with pytest.raises(WrongUsage, match="is an oracle method"):
        load_method(name, data)
