"""The evaluation helpers against numbers that the published code computes."""

import zlib

import numpy as np
import pytest
import torch

from helpers.parity_cases import TOLERANCE, Case
from helpers.requirements import needs_igl
from panic3d.benchmark.metrics import geometry, image, published
from panic3d.benchmark.metrics.published import Roi
from panic3d.benchmark.metrics.surface import TriangleSurface
from panic3d.benchmark.predictions import quantise_rgb
from panic3d.geometry.winding import compute_winding_numbers

each_eval = pytest.mark.parity_items("09_")
each_crops = pytest.mark.parity_items("09b_")
EXACT = 1e-12
Recorded = dict[str, np.ndarray]


@pytest.fixture
def recorded(case: Case) -> Recorded:
    return dict(case.arrays)


def roi_of(array: np.ndarray) -> Roi:
    (row, column), (height, width) = array
    return Roi(row, column, height, width)


def in_region(vertices: np.ndarray, faces: np.ndarray, roi: Roi) -> tuple[np.ndarray, np.ndarray]:
    return published.remove_vertices(vertices, faces, published.find_vertices_outside_roi(vertices, roi))


@each_eval
@pytest.mark.parametrize("shape", ["sphere", "ellipsoid"])
def test_the_region_of_a_mesh_is_the_recorded_one(recorded: Recorded, shape: str) -> None:
    vertices, faces = in_region(recorded[f"{shape}_verts"], recorded["faces"], roi_of(recorded["roi"]))
    expected_vertices, expected_faces = recorded[f"roi_{shape}_verts"], recorded[f"roi_{shape}_faces"]
    np.testing.assert_array_equal(vertices, expected_vertices)
    assert set(map(tuple, faces)) == set(map(tuple, expected_faces))


def truth_in_volume_axes(recorded: Recorded) -> np.ndarray:
    return recorded["roi_ellipsoid_verts"] * [-1, 1, -1]


@each_eval
def test_mirroring_the_region_is_what_gltf_axes_do(recorded: Recorded) -> None:
    """In our axes, which are the volume's, the truth's region is the mirrored one."""
    vertices, _ = in_region(
        recorded["ellipsoid_verts"] * [-1, 1, -1], recorded["faces"], roi_of(recorded["roi"]).mirrored
    )
    np.testing.assert_allclose(vertices, truth_in_volume_axes(recorded), atol=EXACT)


def distances_m(recorded: Recorded) -> tuple[np.ndarray, np.ndarray]:
    truth = TriangleSurface(truth_in_volume_axes(recorded), recorded["roi_ellipsoid_faces"])
    prediction = TriangleSurface(recorded["roi_sphere_verts"], recorded["roi_sphere_faces"])
    points, true_points = recorded["points_pred"], recorded["points_gt_gltf"] * [-1, 1, -1]
    to_truth, to_prediction = (
        geometry.find_nearest(p, np.zeros_like(p), s).distance_mm / 1000
        for p, s in ((points, truth), (true_points, prediction))
    )
    return to_truth, to_prediction


@each_eval
def test_distances_are_the_recorded_ones(recorded: Recorded) -> None:
    to_truth, to_prediction = distances_m(recorded)
    np.testing.assert_allclose(to_truth, recorded["p2s"], atol=TOLERANCE["09_distance_m"])
    np.testing.assert_allclose(to_prediction, recorded["s2p"], atol=TOLERANCE["09_distance_m"])
    cd = 100 * (to_truth.mean() + to_prediction.mean()) / 2
    assert cd == pytest.approx(float(recorded["cd_x100"]), abs=TOLERANCE["09_cd_x100"])


@each_eval
def test_f_scores_are_the_recorded_ones(recorded: Recorded) -> None:
    to_truth, to_prediction = distances_m(recorded)
    for threshold, (f1, _, _) in zip(recorded["f1_thresholds"], recorded["f1_prec_rec"], strict=True):
        found = published.f_score(to_truth, to_prediction, float(threshold))
        assert found == pytest.approx(f1, abs=TOLERANCE["09_f1"]), threshold
    nothing = np.ones(3)
    assert published.f_score(nothing, nothing, 0.005) == float(recorded["f1_both_zero"])


@needs_igl
@each_eval
def test_inner_vertices_are_found_by_recorded_winding_numbers(recorded: Recorded) -> None:
    vertices, faces = recorded["innards_in_verts"].astype(np.float64), recorded["innards_in_faces"]
    winding = compute_winding_numbers(vertices, faces, vertices, "the test")
    np.testing.assert_allclose(winding, recorded["innards_winding"], atol=TOLERANCE["09_winding"])
    inner = published.find_inner_vertices(vertices, faces)
    kept_vertices, kept_faces = published.remove_vertices(vertices, faces, inner)
    assert [len(kept_vertices), len(kept_faces)] == recorded["innards_out_n"].tolist()
    np.testing.assert_array_equal(kept_faces, recorded["innards_out_faces"])


@each_eval
def test_triangles_wholly_in_the_head_box_are_kept(recorded: Recorded) -> None:
    head_m = recorded["decap_in_verts"] - recorded["decap_bone"] - [0, 0.1, 0]
    expected = recorded["decap_out_verts_minmax"]
    np.testing.assert_allclose([head_m.min(0), head_m.max(0)], expected, atol=EXACT)
    np.testing.assert_array_equal(
        published.select_triangles_in_box(head_m, recorded["faces"]), recorded["decap_out_faces"]
    )


@each_crops
def test_psnr_takes_its_range_from_the_truth_of_each_call(recorded: Recorded) -> None:
    prediction, target = torch.from_numpy(recorded["pred"]), torch.from_numpy(recorded["gt"])
    own = [
        image.psnr_db(p[None], t[None], image.compute_data_range(t[None])).item()
        for p, t in zip(prediction, target, strict=True)
    ]
    np.testing.assert_allclose(own, recorded["psnr_forward_per_call"], atol=TOLERANCE["09b_psnr_db"])
    np.testing.assert_allclose(
        image.psnr_db(prediction, target), recorded["psnr_range1"], atol=TOLERANCE["09b_psnr_db"]
    )


def recipe_rgba() -> np.ndarray:
    """The picture that the crops were taken of."""
    i, j = np.meshgrid(np.arange(512), np.arange(512), indexing="ij")
    alpha = np.clip(4 * (300 - np.hypot(i - 256, j - 256)), 0, 255)
    return np.stack([(3 * i + j) % 256, (i + 5 * j) % 256, (7 * i + 2 * j) % 256, alpha], axis=-1).astype(np.uint8)


@each_crops
@pytest.mark.parametrize("group", ["front", "back", "spin", "oob"])
def test_crops_have_the_recorded_bytes(recorded: Recorded, group: str) -> None:
    front = roi_of(recorded["front_roi"])
    own = {"front": front, "back": front.mirrored, "spin": front.full_width, "oob": roi_of(recorded["oob_roi"])}[group]
    assert own == roi_of(recorded[f"{group}_roi"])
    crop = published.crop_on_white(recipe_rgba(), own)
    assert [1, 3, *crop.shape[:2]] == recorded[f"{group}_shape"].tolist()
    np.testing.assert_array_equal(crop.transpose(2, 0, 1)[:, ::7, ::7], recorded[f"{group}_u8_strided"])
    assert zlib.crc32(crop.tobytes()) == int(recorded[f"{group}_crc32"])


@each_crops
def test_quantisation_to_png_truncates_as_recorded(recorded: Recorded) -> None:
    rgb = recorded["quant_in"].transpose(1, 2, 0)
    np.testing.assert_array_equal(quantise_rgb(rgb, "truncated"), recorded["quant_png_u8"])
