"""Predictions from files alone, with every fault that files have."""

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from trimesh.transformations import translation_matrix

from helpers.heads.small_suite import make_one_pair_suite, make_two_pair_suite, run_self_test
from panic3d.benchmark.predictions import Prediction, PredictionError
from panic3d.benchmark.protocols.protocol import LPIPS_MISSING, PairScores, load_protocol
from panic3d.benchmark.protocols.standard import StandardProtocol
from panic3d.benchmark.results import MethodResult, find_results, load_result
from panic3d.benchmark.scoring import score_predictions
from panic3d.benchmark.suites.suite import PairTruth, Suite
from panic3d.geometry.glb import encode_glb
from panic3d.geometry.mesh import ColouredMesh
from panic3d.runtime.errors import UserError

ALL_VIEWS = ("front", "back", "left", "right", *(f"spin{azimuth:03d}" for azimuth in range(0, 360, 30)))


def mean_of(result: MethodResult, number: str) -> float:
    interval = result.average(number)
    assert interval is not None
    return interval.mean


@pytest.fixture(scope="module")
def suite() -> Suite:
    return Suite(make_two_pair_suite())


@pytest.fixture
def without_lpips(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path / "no weights here"))


def outsider(folder: Path, keys: list[str]) -> Path:
    """A predictions folder by somebody who has only the documentation, Pillow and trimesh."""
    picture = Image.new("RGB", (512, 512), "white")
    picture.paste((240, 205, 180), (160, 130, 350, 370))
    ball = trimesh.creation.icosphere(3, 0.13)
    ball.visual.vertex_colors = np.tile([240, 205, 180, 255], (len(ball.vertices), 1))
    for key in keys:
        (folder / key).mkdir(parents=True)
        for view in ALL_VIEWS:
            picture.save(folder / key / f"{view}.png")
        trimesh.Scene({"ball": ball}).export(folder / key / "mesh.glb")
    (folder / "method.json").write_text(json.dumps({"name": "a ball", "seconds": 0.5, "notes": "by hand"}))
    return folder


def scored(folder: Path, suite: Suite, tmp_path: Path) -> MethodResult:
    return score_predictions(folder, suite, load_protocol("standard"), None, tmp_path / "results" / "r.json")


def test_an_outsiders_folder_is_scored(suite: Suite, tmp_path: Path, without_lpips: None) -> None:
    result = scored(outsider(tmp_path / "ball", suite.keys), suite, tmp_path)
    assert (result.method, result.notes, result.partial) == ("a ball", "by hand", False)
    expected = {column.name for column in StandardProtocol.columns if not column.name.endswith(("lpips", "clip"))}
    assert {frozenset(pair.numbers) for pair in result.pairs.values()} == {frozenset(expected)}
    groups = ("front", "back", "spin")
    assert {n: why for n, why in result.skipped.items() if "lpips" in n} == {
        f"{g}_lpips": LPIPS_MISSING for g in groups
    }
    assert {n for n in result.skipped if n.endswith("clip")} == {f"{g}_clip" for g in groups}
    assert result.pairs[suite.keys[0]].seconds == 0.5
    means = {name: mean_of(result, name) for name in expected}
    assert 8 < means["front_psnr"] < 20
    assert 0.5 < means["sides_iou"] < 1
    assert 2 < means["chamfer_mm"] < 30
    assert load_result(tmp_path / "results" / "r.json") == result


def test_every_fault_is_named_and_the_rest_is_scored(suite: Suite, tmp_path: Path, without_lpips: None) -> None:
    folder = outsider(tmp_path / "ball", suite.keys)
    first, second = (folder / key for key in suite.keys)
    (first / "back.png").unlink()
    data = (first / "spin030.png").read_bytes()
    (first / "spin030.png").write_bytes(data[: len(data) // 2])
    Image.new("RGB", (256, 256)).save(first / "spin060.png")
    (first / "mesh.glb").write_bytes((first / "mesh.glb").read_bytes()[:300])
    broken = trimesh.creation.icosphere(1, 0.1)
    broken.vertices[3] = np.nan
    (second / "mesh.glb").write_bytes(trimesh.Scene(broken).export(file_type="glb"))

    result = scored(folder, suite, tmp_path)
    faults = "\n".join(result.faults)
    assert len(result.faults) == 5 and result.partial
    assert f"{first.name}/back.png is missing" in faults
    assert f"{first.name}/spin030.png is not a whole picture" in faults
    assert f"{first.name}/spin060.png is 256x256, expected 512x512" in faults
    assert f"{first.name}/mesh.glb cannot be read" in faults
    assert f"{second.name}/mesh.glb holds NaN" in faults
    numbers = set(result.pairs[first.name].numbers)
    assert numbers >= {"front_psnr", "front_ssim"} and all(name.startswith("front_") for name in numbers)
    assert {"front_psnr", "back_ssim", "spin_psnr"} <= set(result.pairs[second.name].numbers)
    assert result.average("chamfer_mm") is None
    counts = [interval and interval.count for interval in map(result.average, ("front_psnr", "spin_psnr"))]
    assert counts == [2, 1]


def test_a_folder_of_something_else_is_refused(suite: Suite, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(UserError, match=r"expected folders named after the pairs.*head10"):
        scored(tmp_path / "other", suite, tmp_path)


def test_transparency_is_put_on_white(tmp_path: Path) -> None:
    rgba = np.zeros((512, 512, 4), np.uint8)
    rgba[..., 3] = 51
    (tmp_path / "k").mkdir()
    Image.fromarray(rgba).save(tmp_path / "k" / "front.png")
    np.testing.assert_allclose(Prediction(tmp_path / "k").rgb("front"), 0.8, atol=1e-6)


def test_a_moved_scene_is_read_where_it_is(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    scene.add_geometry(trimesh.creation.box((0.1, 0.1, 0.1)), transform=translation_matrix([0, 1, 0]))
    (tmp_path / "mesh.glb").write_bytes(scene.export(file_type="glb"))
    assert Prediction(tmp_path).surface.vertices_m[:, 1].min() == pytest.approx(0.95)


@pytest.mark.parametrize("factor", [1000.0, 100.0, 0.001])
def test_a_mesh_in_another_unit_is_a_fault(tmp_path: Path, factor: float) -> None:
    ball = trimesh.creation.icosphere(2, 0.15)
    colours = np.zeros((len(ball.vertices), 3), np.uint8)
    mesh = ColouredMesh((ball.vertices * factor).astype(np.float32), ball.faces.astype(np.int64), colours)
    (tmp_path / "mesh.glb").write_bytes(encode_glb(mesh))
    with pytest.raises(PredictionError, match=r"mesh\.glb is .* m large, expected .* write it in metres"):
        _ = Prediction(tmp_path).surface


def test_a_mesh_without_faces_is_an_empty_surface(tmp_path: Path) -> None:
    with pytest.raises(PredictionError, match="is missing"):
        _ = Prediction(tmp_path).surface
    empty = ColouredMesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int64), np.zeros((0, 3), np.uint8))
    (tmp_path / "mesh.glb").write_bytes(encode_glb(empty))
    assert len(Prediction(tmp_path).surface.triangles) == 0


def test_unchanged_pairs_keep_their_numbers(
    suite: Suite, tmp_path: Path, without_lpips: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = outsider(tmp_path / "ball", suite.keys)
    first = scored(folder, suite, tmp_path)
    scored_keys = []
    real = StandardProtocol.score

    def record_and_score(self: StandardProtocol, truth: PairTruth, prediction: Prediction) -> PairScores:
        scored_keys.append(truth.key)
        return real(self, truth, prediction)

    monkeypatch.setattr(StandardProtocol, "score", record_and_score)
    Image.new("RGB", (512, 512), "black").save(folder / suite.keys[1] / "front.png")
    second = scored(folder, suite, tmp_path)
    assert scored_keys == [suite.keys[1]]
    assert second.pairs[suite.keys[0]] == first.pairs[suite.keys[0]]
    assert second.pairs[suite.keys[1]].numbers["front_psnr"] < first.pairs[suite.keys[1]].numbers["front_psnr"]


def test_self_test_knows_what_errors_cost() -> None:
    results = {result.method: result for result in run_self_test(make_one_pair_suite())}

    def mean(method: str, number: str) -> float:
        return mean_of(results[method], number)

    assert not any(result.partial for result in results.values())
    for group in ("front", "back", "spin"):
        assert mean("truth", f"{group}_psnr") == 100
        assert mean("truth", f"{group}_ssim") == pytest.approx(1, abs=1e-6)
    assert mean("truth", "chamfer_mm") < 1e-3
    assert mean("truth", "f_5mm") == 100
    assert mean("truth", "normals") == pytest.approx(1, abs=1e-3)
    assert mean("truth", "sides_iou") > 0.99
    assert 1.5 < mean("shifted by 5 mm", "chamfer_mm") < 5
    assert mean("mirrored left-right", "chamfer_mm") > 0.1
    assert mean("mirrored left-right", "front_psnr") < 30
    assert mean("mirrored front-back", "chamfer_mm") > mean("shifted by 5 mm", "chamfer_mm")
    assert mean("empty", "chamfer_mm") == pytest.approx(866.03, abs=0.01)
    assert mean("empty", "f_10mm") == mean("empty", "sides_iou") == 0


def test_unreadable_results_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no JSON file"):
        find_results((tmp_path,))
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(UserError, match=r"x\.json"):
        find_results((tmp_path,))
    with pytest.raises(UserError, match="choose from standard, paper"):
        load_protocol("stanard")
