"""Geometry metrics of a predicted and a true surface, from points sampled on each."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.benchmark.metrics.surface import (
    EMPTY_SURFACE_DISTANCE_MM,
    TriangleSurface,
    find_visible_points,
    sample_surface,
)

POINTS = 10_000
"""Number of points sampled on each surface."""


class EmptyTruthError(ValueError):
    """The truth has no surface to compare a prediction with."""


@dataclass(frozen=True)
class NearestDistances:
    """For N points on one surface: distances to the other surface, and agreement with its normals."""

    distance_mm: Float[np.ndarray, "N"]
    normal_agreement: Float[np.ndarray, "N"]
    """|cos| of the angle between the two normals, in [0, 1]; it does not depend on the winding of triangles."""


@dataclass(frozen=True)
class SurfaceComparison:
    """Distances from the prediction to the truth, and from the truth to the prediction.

    An empty surface has the distance of the scoring box's diagonal (866 mm) from every point and a normal agreement of
    0.
    """

    to_truth: NearestDistances
    to_prediction: NearestDistances


def find_nearest(
    points_m: Float[np.ndarray, "N 3"], normals: Float[np.ndarray, "N 3"], surface: TriangleSurface
) -> NearestDistances:
    """Find the closest point of a surface for points with unit normals (exact point-to-triangle distance, Open3D)."""
    if surface.areas_m2.sum() <= 0:
        return make_empty_distances(len(points_m))
    closest = surface.closest_point_finder.find(points_m)
    offset_m = points_m - closest.points_m
    agreement = np.abs((normals * closest.normals).sum(axis=1))
    return NearestDistances(1000 * np.linalg.norm(offset_m, axis=1), np.clip(agreement, 0, 1))


def make_empty_distances(count: int) -> NearestDistances:
    """Make the distances of `count` points to an empty surface."""
    return NearestDistances(np.full(count, EMPTY_SURFACE_DISTANCE_MM), np.zeros(count))


def compare_surfaces(
    prediction: TriangleSurface, truth: TriangleSurface, obstacles: TriangleSurface, seed: int, points: int = POINTS
) -> SurfaceComparison:
    """Compare two surfaces by `points` seeded area-uniform points on each.

    Points of the truth are only those visible from outside, with `obstacles` (the whole true mesh) as occluders. Raises
    EmptyTruthError if there are none.
    """
    if truth.areas_m2.sum() <= 0:
        raise EmptyTruthError("the truth has no surface within the scoring box")
    generators = [np.random.Generator(np.random.PCG64([seed, way])) for way in range(2)]
    to_prediction = find_nearest(*_sample_visible_points(truth, obstacles, points, generators[0]), prediction)
    if prediction.areas_m2.sum() <= 0:
        return SurfaceComparison(make_empty_distances(points), to_prediction)
    return SurfaceComparison(find_nearest(*sample_surface(prediction, points, generators[1]), truth), to_prediction)


def _sample_visible_points(
    truth: TriangleSurface, obstacles: TriangleSurface, count: int, generator: np.random.Generator
) -> tuple[Float[np.ndarray, "count 3"], Float[np.ndarray, "count 3"]]:
    found: list[tuple[np.ndarray, np.ndarray]] = []
    missing = count
    while missing > 0:
        points_m, normals = sample_surface(truth, count, generator)
        seen = find_visible_points(points_m, obstacles.ray_caster)
        if not seen.any():
            raise EmptyTruthError("nothing of the truth is seen from outside")
        found.append((points_m[seen], normals[seen]))
        missing -= int(seen.sum())
    points_m, normals = (np.concatenate(parts)[:count] for parts in zip(*found, strict=True))
    return points_m, normals


def accuracy_mm(comparison: SurfaceComparison) -> float:
    """Return the mean distance from the prediction to the truth, mean_p d(p, T), in mm; lower is better."""
    return float(comparison.to_truth.distance_mm.mean())


def completeness_mm(comparison: SurfaceComparison) -> float:
    """Return the mean distance from the truth to the prediction, mean_t d(t, P), in mm; lower is better."""
    return float(comparison.to_prediction.distance_mm.mean())


def chamfer_mm(comparison: SurfaceComparison) -> float:
    """Return the chamfer distance, (accuracy + completeness) / 2, in mm; lower is better.

    Distances are not squared. Fan et al., CVPR 2017, eq. 1, with distances to surfaces instead of points, as in
    PAniC-3D, section 5.
    """
    return (accuracy_mm(comparison) + completeness_mm(comparison)) / 2


def f_score_percent(comparison: SurfaceComparison, threshold_mm: float) -> float:
    """Return the F-score, 100 * 2PR / (P + R); higher is better (Knapitsch et al., ACM TOG 36(4), 2017).

    P and R are the shares of the predicted and of the true points within `threshold_mm` of the other surface.
    """
    precision = float((comparison.to_truth.distance_mm <= threshold_mm).mean())
    recall = float((comparison.to_prediction.distance_mm <= threshold_mm).mean())
    return 100 * 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def normal_consistency(comparison: SurfaceComparison) -> float:
    """Return the normal consistency, in [0, 1]; higher is better (Mescheder et al., CVPR 2019, section 4).

    It is the mean |cos| between the normals of each point and of its closest point, averaged over both directions.
    """
    return float(comparison.to_truth.normal_agreement.mean() + comparison.to_prediction.normal_agreement.mean()) / 2
