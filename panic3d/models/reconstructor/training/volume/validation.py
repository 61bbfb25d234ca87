"""Volume-rendered views for validation and sample sheets, in the lattice's orientation."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from panic3d.cameras.axes import CAMERA_DISTANCE_M
from panic3d.cameras.camera import Camera
from panic3d.datasets.multiview import VIEWS, MultiviewBatch
from panic3d.models.reconstructor.fields.density_edits import DensityEdits
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.inference_config import InferenceConfig
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.published.volume_head import VolumeHead
from panic3d.models.reconstructor.rendering.lattice_views import VIEW_AXES, VIEW_FLIPS, LatticeViews
from panic3d.models.reconstructor.training.volume_config import VolumeConfig
from panic3d.models.tagging.published import SemanticFeatures, compute_batch_features

AXES = {"x": 0, "z": 2}


@torch.no_grad()
def predict_volume_views(
    model: Reconstructor,
    batch: MultiviewBatch,
    config: VolumeConfig | None = None,
    tagger: SemanticFeatures | None = None,
) -> LatticeViews:
    """Render the four views as the super-resolution finishes them, without cuts and without the stitch."""
    config = config or VolumeConfig()
    front, alpha = batch.rgb("front"), batch.alpha("front")
    encoded = model(front, alpha, noise="const", semantic=compute_batch_features(tagger, front, alpha))
    inference = InferenceConfig(
        rays=config.rays, coarse=config.coarse, fine=config.fine, edits=DensityEdits(), stitch=False
    )
    heads = [VolumeHead(model, select_character(encoded, i), front[i], inference) for i in range(len(batch.keys))]
    cameras = [{name: row[batch.views.index(name)] for name in VIEWS} for row in batch.cameras]
    views = [_render_head(head, some, batch.size) for head, some in zip(heads, cameras, strict=True)]
    rgb, alpha_of, depth_m = ({v: torch.stack([one[v][i] for one in views]) for v in VIEWS} for i in range(3))
    return LatticeViews(rgb, alpha_of, depth_m, encoded.planes.new_zeros(0, 0))


def _render_head(
    head: VolumeHead, cameras: Mapping[str, Camera], size: int
) -> dict[str, tuple[Tensor, Tensor, Tensor]]:
    """RGB, alpha and plane depth by view."""
    made = {}
    for name in VIEWS:
        view, rays = head.render_view(cameras[name]), head.config.rays
        axis, direction = VIEW_AXES[name]
        alpha = _resize(view.gathered.alpha.view(rays, rays), size)
        # The position has 1 for the light that passed; over the rest it is a mean.
        there = view.gathered.alpha.clamp(min=1e-6)
        along = (view.gathered.xyz_head_m[:, AXES[axis]] - (1 - view.gathered.alpha)) / there
        depth_m = _resize((CAMERA_DISTANCE_M + direction * along).view(rays, rays), size)
        flips = VIEW_FLIPS[name]
        rgb = F.interpolate(view.finished[None], (size, size), mode="bilinear", antialias=True)[0].permute(1, 2, 0)
        made[name] = rgb.clamp(0, 1).flip(flips), alpha.flip(flips), depth_m.flip(flips)
    return made


def _resize(picture: Float[Tensor, "R R"], size: int) -> Float[Tensor, "S S"]:
    return F.interpolate(picture[None, None], (size, size), mode="bilinear", align_corners=False)[0, 0]


def select_character(encoded: TriplaneEncoding, index: int) -> TriplaneEncoding:
    """Return one character of an encoded batch."""
    parts = (encoded.planes, encoded.palette, encoded.w)
    planes, palette, w = (None if part is None else part[index : index + 1] for part in parts)
    assert planes is not None
    return TriplaneEncoding(planes, palette, w)
