"""Geometry metrics against trimesh, scipy and what is known of spheres."""

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from panic3d.benchmark.metrics import geometry as g
from panic3d.benchmark.metrics.silhouette import depth_error_mm, iou
from panic3d.benchmark.metrics.surface import (
    EMPTY_SURFACE_DISTANCE_MM,
    TriangleSurface,
    cut_to_box,
    extract_visible_part,
    find_visible_points,
    sample_surface,
    spread_directions,
)

EMPTY = TriangleSurface(np.zeros((0, 3)), np.zeros((0, 3), np.int64))
TRIANGLE = TriangleSurface(np.array([[0.0, 0, 0], [0.1, 0, 0], [0, 0.1, 0]]), np.array([[0, 1, 2]]))


def ball(radius_m: float, shift_m: float = 0.0) -> TriangleSurface:
    mesh = trimesh.creation.icosphere(5, radius_m)
    return TriangleSurface(mesh.vertices + np.array([shift_m, 0, 0]), mesh.faces)


def joined(*surfaces: TriangleSurface) -> TriangleSurface:
    mesh = trimesh.util.concatenate([trimesh.Trimesh(s.vertices_m, s.triangles, process=False) for s in surfaces])
    return TriangleSurface(mesh.vertices, mesh.faces)


def compare_surfaces(prediction: TriangleSurface, truth: TriangleSurface, points: int = 4000) -> g.SurfaceComparison:
    return g.compare_surfaces(prediction, truth, truth, seed=3, points=points)


def test_concentric_spheres_are_their_radii_apart() -> None:
    comparison = compare_surfaces(ball(0.108), ball(0.1))
    assert g.accuracy_mm(comparison) == pytest.approx(8, abs=0.1)
    assert g.completeness_mm(comparison) == pytest.approx(8, abs=0.1)
    assert g.chamfer_mm(comparison) == pytest.approx(8, abs=0.1)
    assert g.f_score_percent(comparison, 5.0) == 0
    assert g.f_score_percent(comparison, 10.0) == 100
    assert g.normal_consistency(comparison) == pytest.approx(1, abs=2e-3)


def test_distances_are_point_to_surface() -> None:
    """Against the nearest of a million points on the surface, by scipy."""
    prediction, truth = joined(ball(0.09, 0.03), TRIANGLE), ball(0.1)
    points_m, normals = sample_surface(prediction, 500, np.random.default_rng(0))
    cloud_m, _ = trimesh.sample.sample_surface(
        trimesh.Trimesh(truth.vertices_m, truth.triangles, process=False), 1_000_000, seed=1
    )
    expected_mm = 1000 * cKDTree(cloud_m).query(points_m)[0]
    np.testing.assert_allclose(g.find_nearest(points_m, normals, truth).distance_mm, expected_mm, atol=0.4)


def test_f_score_is_the_harmonic_mean_of_precision_and_recall() -> None:
    far, close = (
        g.NearestDistances(np.array([1.0, 20, 20, 20]), np.ones(4)),
        g.NearestDistances(np.array([1.0, 1, 1, 20]), np.ones(4)),
    )
    assert g.f_score_percent(g.SurfaceComparison(far, close), 5.0) == pytest.approx(100 * 2 / (1 / 0.25 + 1 / 0.75))


def test_identical_surfaces_are_perfect() -> None:
    comparison = compare_surfaces(ball(0.1), ball(0.1))
    assert g.chamfer_mm(comparison) < 1e-4
    assert g.f_score_percent(comparison, 5.0) == 100
    assert g.normal_consistency(comparison) == pytest.approx(1, abs=1e-3)


def test_an_empty_prediction_is_a_box_diagonal_away() -> None:
    comparison = compare_surfaces(EMPTY, ball(0.1))
    assert g.chamfer_mm(comparison) == pytest.approx(EMPTY_SURFACE_DISTANCE_MM) == pytest.approx(866.03, abs=0.01)
    assert g.f_score_percent(comparison, 10.0) == 0
    assert g.normal_consistency(comparison) == 0


def test_one_triangle_can_be_scored() -> None:
    assert g.chamfer_mm(compare_surfaces(TRIANGLE, TRIANGLE)) < 1e-4
    assert g.completeness_mm(compare_surfaces(TRIANGLE, ball(0.1))) > 20


def test_a_triangle_without_area_is_nothing() -> None:
    line = TriangleSurface(np.array([[0.0, 0, 0], [0.1, 0, 0], [0.2, 0, 0]]), np.array([[0, 1, 2]]))
    assert g.chamfer_mm(compare_surfaces(line, ball(0.1))) == pytest.approx(EMPTY_SURFACE_DISTANCE_MM)


def test_the_same_seed_gives_the_same_numbers() -> None:
    first, second = (g.chamfer_mm(compare_surfaces(ball(0.09, 0.01), ball(0.1))) for _ in range(2))
    assert first == second


def test_cutting_to_the_box_agrees_with_trimesh() -> None:
    box = trimesh.creation.box((0.8, 0.3, 0.3))
    cut = cut_to_box(TriangleSurface(box.vertices, box.faces))
    np.testing.assert_allclose(np.abs(cut.vertices_m[cut.triangles.ravel()]).max(axis=0), [0.25, 0.15, 0.15])
    assert cut.areas_m2.sum() == pytest.approx(4 * 0.5 * 0.3)
    assert len(cut_to_box(TriangleSurface(box.vertices + 2, box.faces)).triangles) == 0
    assert len(cut_to_box(EMPTY).triangles) == 0


def test_triangles_without_area_have_no_say() -> None:
    good = ball(0.1)
    lines = np.concatenate([good.triangles, np.stack([good.triangles[:, 0]] * 3, axis=1), good.triangles[:, [0, 1, 1]]])
    cut = cut_to_box(TriangleSurface(good.vertices_m, lines))
    assert len(cut.triangles) == len(good.triangles)
    assert g.normal_consistency(compare_surfaces(cut, good)) == pytest.approx(1, abs=1e-3)


def test_areas_agree_with_trimesh() -> None:
    surface = ball(0.1)
    expected = trimesh.Trimesh(surface.vertices_m, surface.triangles, process=False).area_faces
    np.testing.assert_allclose(surface.areas_m2, expected)


def test_samples_are_area_uniform() -> None:
    small, large = TRIANGLE, TriangleSurface(TRIANGLE.vertices_m * 3 + 1, TRIANGLE.triangles)
    points_m, normals = sample_surface(joined(small, large), 20_000, np.random.default_rng(0))
    assert (points_m[:, 0] >= 1).mean() == pytest.approx(0.9, abs=0.01)
    inside = points_m[points_m[:, 0] < 1]
    np.testing.assert_allclose(inside.mean(axis=0), [0.1 / 3, 0.1 / 3, 0], atol=2e-3)
    np.testing.assert_allclose(normals, [[0, 0, 1]] * 20_000, atol=1e-12)
    with pytest.raises(ValueError, match="area"):
        sample_surface(EMPTY, 10, np.random.default_rng(0))


def test_only_the_outer_shell_is_seen() -> None:
    shells = joined(ball(0.1), ball(0.05))
    outer = extract_visible_part(shells, shells.ray_caster)
    assert len(outer.triangles) == len(ball(0.1).triangles)
    assert np.linalg.norm(outer.corners_m, axis=2).min() > 0.09
    points_m = np.array([[0, 0, 0.05], [0, 0, 0.1001], [0, 0.2, 0]])
    assert find_visible_points(points_m, shells.ray_caster).tolist() == [False, True, True]


def test_directions_cover_the_sphere() -> None:
    np.testing.assert_allclose(np.linalg.norm(spread_directions(), axis=1), 1, atol=1e-6)
    assert np.abs(spread_directions().mean(axis=0)).max() < 0.01
    nearest_deg = np.degrees(
        np.arccos(np.sort(np.clip(spread_directions() @ spread_directions().T, -1, 1), axis=1)[:, -2])
    )
    assert nearest_deg.min() > 15 and nearest_deg.max() < 35


def test_silhouette_iou_is_intersection_over_union() -> None:
    a, b = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    assert iou(a, b) == 1
    a[:2], b[1:3] = True, True
    assert iou(a, b) == pytest.approx(1 / 3)
    assert iou(a, np.zeros((4, 4), bool)) == 0


def test_depth_error_is_the_mean_over_common_pixels() -> None:
    a = np.array([[1.0, 1.0], [np.nan, 1.0]])
    b = np.array([[1.01, 0.97], [1.0, np.nan]])
    assert depth_error_mm(a, b) == pytest.approx(20)
    assert depth_error_mm(np.full((2, 2), np.nan), b) == EMPTY_SURFACE_DISTANCE_MM
