"""The sanity methods on heads whose shape is known."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from helpers.heads.small_suite import make_head, make_sample, write_training_heads
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.depth_hull import DepthHull, compute_cell_centres_m, extract_level_surface
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.raycast import render_mesh
from panic3d.models.baselines.sanity import nearest
from panic3d.models.baselines.sanity.mean_head import MeanHead
from panic3d.models.baselines.sanity.nearest import NearestMethod
from panic3d.models.baselines.sanity.training_heads import TrainingHeads
from panic3d.models.method import Portrait, load_method
from panic3d.runtime.errors import UserError
from panic3d.shards.archive import SampleArchive
from panic3d.shards.schema import read_png
from panic3d.weights.lpips import load_lpips

SEEDS = range(4)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_training_heads(tmp_path_factory.mktemp("training") / "heads", SEEDS, 256)


@pytest.fixture(autouse=True)
def fits_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path))


def portrait_of(seed: int) -> Portrait:
    return Portrait.from_render(read_png(make_sample(make_head(seed), ["front"], 512)["front.rgba.png"]))


def solid(mesh: ColouredMesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices_head_m, mesh.triangles, process=False)


def test_hull_of_a_ball_is_the_ball_or_a_little_more() -> None:
    ball = trimesh.creation.icosphere(4, 0.2)
    mesh = ColouredMesh(ball.vertices, ball.faces, np.zeros((len(ball.vertices), 3), np.uint8))
    views = ("front", "left", "back", "right", "top")
    depths_m = {view: render_mesh(mesh, [make_view_camera(view)], 128, 1)[0].depth_m for view in views}
    occupancy = DepthHull(views, 64, 128).occupancy(depths_m)
    axis_m = compute_cell_centres_m(64)
    radius_m = np.sqrt(axis_m[:, None, None] ** 2 + axis_m[:, None] ** 2 + axis_m**2)
    assert occupancy[radius_m < 0.19].all()
    assert occupancy.sum() / (radius_m < 0.2).sum() == pytest.approx(1, abs=0.06)


def test_level_surface_faces_outwards() -> None:
    axis_m = compute_cell_centres_m(32)
    radius_m = np.sqrt(axis_m[:, None, None] ** 2 + axis_m[:, None] ** 2 + axis_m**2)
    surface = solid(
        extract_level_surface(
            np.clip(0.5 + (0.2 - radius_m) * 20, 0, 1), 0.5, {"front": np.ones((8, 8, 3), np.float32)}
        )
    )
    assert surface.is_watertight
    assert surface.volume == pytest.approx(4 / 3 * np.pi * 0.2**3, rel=0.03)
    np.testing.assert_allclose(surface.bounds, [[-0.2] * 3, [0.2] * 3], atol=2e-3)


def test_mean_is_the_mean_of_the_training_split(data: Path) -> None:
    heads = TrainingHeads(SampleArchive(data))
    assert heads.keys == ["head00", "head01", "head02"], "the held-out head must stay unseen"
    mean = MeanHead.from_heads(heads)
    assert set(np.unique(np.round(mean.occupancy * 3, 2))) <= {0.0, 1.0, 2.0, 3.0}
    middle = mean.rgb["front"][150, 128] * 255
    np.testing.assert_allclose(middle, (240, 205, 180), atol=1)
    mesh = load_method("mean", data).reconstruct(portrait_of(9)).mesh()
    assert solid(mesh).is_watertight and solid(mesh).volume > 0
    front_m = mesh.vertices_head_m[:, 2].max()
    assert 0.10 < front_m < 0.16


def test_fits_are_kept(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = MeanHead.from_heads(TrainingHeads(SampleArchive(data)))
    assert len(list(tmp_path.glob("fits/mean-3-*"))) == 1
    monkeypatch.setattr(TrainingHeads, "rgba", None)
    np.testing.assert_array_equal(MeanHead.from_heads(TrainingHeads(SampleArchive(data))).occupancy, first.occupancy)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_nearest_finds_a_training_head_itself(data: Path, seed: int) -> None:
    method = NearestMethod(TrainingHeads(SampleArchive(data)), lpips=None)
    assert method.nearest(portrait_of(seed)) == seed
    found = method.reconstruct(portrait_of(seed)).mesh()
    np.testing.assert_allclose(found.vertices_head_m, make_head(seed).vertices_head_m, atol=1e-6)
    np.testing.assert_allclose(found.colours, make_head(seed).colours, atol=1)


def test_nearest_by_lpips(data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PANIC3D_WEIGHTS")
    lpips = load_lpips()
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path))
    if lpips is None:
        pytest.skip("LPIPS weights are absent: panic3d weights fetch")
    method = NearestMethod(TrainingHeads(SampleArchive(data)), lpips)
    assert method.nearest(portrait_of(2)) == 2
    monkeypatch.setattr(nearest, "SHORTLIST_LENGTH", 1)
    assert method.nearest(portrait_of(0)) == 0


def test_nearest_without_meshes_gives_the_hull(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method = NearestMethod(TrainingHeads(SampleArchive(data)), lpips=None)
    monkeypatch.setattr(SampleArchive, "members", lambda *_: [])
    mesh = method.reconstruct(portrait_of(1)).mesh()
    np.testing.assert_allclose(solid(mesh).bounds, solid(make_head(1)).bounds, atol=0.004)


def test_relief_shows_the_portrait_from_the_front(data: Path) -> None:
    portrait = portrait_of(9)
    reconstruction = load_method("relief", data).reconstruct(portrait)
    mesh = reconstruction.mesh()
    assert solid(mesh).is_watertight and solid(mesh).volume > 0
    (front,) = reconstruction.render([make_view_camera("front")], 512)
    alpha = portrait.original[..., 3:] / 255
    on_white = portrait.original[..., :3] / 255 * alpha + 1 - alpha
    assert np.square(front.rgb - on_white).mean() < 1e-3


def test_relief_of_an_empty_portrait_is_empty(data: Path) -> None:
    nothing = Portrait.from_render(np.zeros((512, 512, 4), np.uint8))
    assert len(load_method("relief", data).reconstruct(nothing).mesh().triangles) == 0


@pytest.mark.parametrize("name", ["mean", "nearest", "relief"])
def test_without_training_heads_a_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"--method {name}=DATA"):
        load_method(name, None)
    with pytest.raises(UserError, match=r"dataset\.json"):
        load_method(name, tmp_path)
