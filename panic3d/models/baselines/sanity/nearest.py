"""`nearest`: the training head whose front view is most similar to the portrait."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image

from panic3d.cameras.compositing import composite_on_white
from panic3d.cameras.filling import fill_from_nearest
from panic3d.geometry.depth_hull import DepthHull, extract_level_surface
from panic3d.geometry.glb import decode_glb
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.raycast import MeshReconstruction
from panic3d.models.baselines.sanity.training_heads import TrainingHeads
from panic3d.models.method import Method, Portrait, Reconstruction
from panic3d.weights.lpips import Lpips, load_lpips

COMPARED_SIZE = 128
"""Side of the pictures that are compared, on white."""
FRONTS_PER_BATCH = 64
SHORTLIST_LENGTH = 512
"""Number of heads, those with the least squared difference, among which LPIPS decides; it would be slow for all."""
HULL_RESOLUTION = 192


class NearestMethod:
    """The training head whose front view has the least LPIPS to the portrait (L2 where LPIPS has no weights).

    Of a large dataset LPIPS is computed for a shortlist alone.

    Its mesh is the sample's `mesh.glb`; where the dataset was rendered without meshes, the surface of its depth hull.
    """

    def __init__(self, heads: TrainingHeads, lpips: Lpips | None) -> None:
        self.heads, self.lpips = heads, lpips
        self.fronts = _convert_to_tensor(heads.fit("fronts", _fit)["fronts"])

    def reconstruct(self, portrait: Portrait) -> Reconstruction:
        return MeshReconstruction(load_head_mesh(self.heads, self.heads.keys[self.nearest(portrait)]))

    @torch.no_grad()
    def nearest(self, portrait: Portrait) -> int:
        """Return the index of the nearest head."""
        target = _convert_to_tensor(_shrink_on_white(portrait.line_free)[None])
        squared = torch.cat(
            [(front - target).square().mean((1, 2, 3)) for front in self.fronts.split(FRONTS_PER_BATCH)]
        )
        near = squared.argsort(stable=True)[: SHORTLIST_LENGTH if self.lpips else 1]
        if self.lpips is None:
            return int(near[0])
        distances = torch.cat([self.lpips(self.fronts[some], target) for some in near.split(FRONTS_PER_BATCH)])
        return int(near[distances.argmin()])


def load_head_mesh(heads: TrainingHeads, key: str) -> ColouredMesh:
    """Load a training head's mesh, or make one of its depth hull if the dataset was rendered without meshes."""
    if "mesh.glb" in heads.archive.members(key):
        return decode_glb(heads.archive.read(key, "mesh.glb"))
    depths_m = {view: heads.depth_m(key, view) for view in heads.views}
    rgbas = {view: heads.rgba(key, view) for view in heads.views}
    rgbs = {view: fill_from_nearest(x[..., :3] / np.float32(255), x[..., 3] == 0) for view, x in rgbas.items()}
    hull = _make_hull(heads.views, len(depths_m["front"]))
    return extract_level_surface(hull.occupancy(depths_m).astype(np.float32), 0.5, rgbs)


@lru_cache(maxsize=1)
def _make_hull(views: tuple[str, ...], size: int) -> DepthHull:
    return DepthHull(views, HULL_RESOLUTION, size)


def _fit(heads: TrainingHeads) -> dict[str, np.ndarray]:
    return {"fronts": np.stack([_shrink_on_white(heads.rgba(key, "front")) for key in heads.keys])}


def _shrink_on_white(rgba: UInt8[np.ndarray, "S S 4"]) -> UInt8[np.ndarray, "128 128 3"]:
    rgb = np.round(255 * composite_on_white(rgba)).astype(np.uint8)
    small = Image.fromarray(rgb).resize((COMPARED_SIZE, COMPARED_SIZE), Image.Resampling.BOX)
    return np.array(small)


def _convert_to_tensor(rgb: UInt8[np.ndarray, "N H W 3"]) -> torch.Tensor:
    """Convert pictures to (N, 3, H, W) in [-1, 1]."""
    return torch.from_numpy(rgb).permute(0, 3, 1, 2).float() / 127.5 - 1


def load(weights: Path | None) -> Method:
    """Return the method with the training heads of a dataset folder. Raises UserError without one."""
    return NearestMethod(TrainingHeads.open("nearest", weights), load_lpips())
