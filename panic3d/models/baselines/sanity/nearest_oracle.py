"""`nearest-oracle`: the training head nearest to the truth in shape, a bound for methods that select heads."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32
from scipy.spatial import cKDTree

from panic3d.cameras.rigs import RIGS, make_view_camera
from panic3d.geometry.raycast import MeshReconstruction
from panic3d.models.baselines.sanity.nearest import load_head_mesh
from panic3d.models.baselines.sanity.training_heads import TrainingHeads
from panic3d.models.method import OracleMethod, Reconstruction, TrueViews

VIEWS = RIGS["ortho4"]
POINTS = 1024
"""Points per head, spread over the surface that the four orthographic views show."""


class NearestOracleMethod:
    """The training head with the least chamfer distance between points that the four orthographic views show."""

    def __init__(self, heads: TrainingHeads) -> None:
        self.heads = heads
        self.points_m = heads.fit("seen-points", _fit)["points_m"]

    def reconstruct_from(self, truth: TrueViews) -> Reconstruction:
        depths_m = {view: truth.depth_m(view) for view in VIEWS}
        key = self.heads.keys[int(np.argmin(self.distances_m(sample_visible_points_m(depths_m))))]
        return MeshReconstruction(load_head_mesh(self.heads, key))

    def distances_m(self, true_m: Float[np.ndarray, "P 3"]) -> Float[np.ndarray, "heads"]:
        """Return the chamfer distance of every training head to points, in metres."""
        tree = cKDTree(true_m)
        there = tree.query(self.points_m.reshape(-1, 3))[0].reshape(len(self.points_m), POINTS).mean(axis=1)
        back = [cKDTree(points).query(true_m)[0].mean() for points in self.points_m]
        return (there + np.array(back)) / 2


def sample_visible_points_m(depths_m: dict[str, Float32[np.ndarray, "S S"]]) -> Float32[np.ndarray, "P 3"]:
    """Return points in the head frame, in metres, at evenly spread visible pixels."""
    seen = []
    for view in VIEWS:
        origins, directions = make_view_camera(view).rays(len(depths_m[view]))
        there = np.isfinite(depths_m[view])
        seen.append(origins[there] + directions[there] * depths_m[view][there][:, None])
    points_m = np.concatenate(seen)
    if not len(points_m):
        return np.zeros((POINTS, 3), np.float32)
    return points_m[np.linspace(0, len(points_m) - 1, POINTS).astype(int)].astype(np.float32)


def _fit(heads: TrainingHeads) -> dict[str, np.ndarray]:
    return {
        "points_m": np.stack(
            [sample_visible_points_m({view: heads.depth_m(key, view) for view in VIEWS}) for key in heads.keys]
        )
    }


def load(weights: Path | None) -> OracleMethod:
    """Return the method with the training heads of a dataset folder. Raises UserError without one."""
    return NearestOracleMethod(TrainingHeads.open("nearest-oracle", weights))
