"""Points near the visible surface, and whether each is inside the hull of the depth maps.

PIFu's sampling (Saito et al. 2019, section 4.2), with labels from the hull of the depth maps instead of a mesh.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M, CAMERA_DISTANCE_M, MASK_ALPHA
from panic3d.datasets.multiview import VIEWS, MultiviewBatch
from panic3d.models.reconstructor.fields.field import Field
from panic3d.models.reconstructor.rendering.lattice_views import VIEW_AXES

HALF_M = BOX_SIDE_M / 2


def near_surface_loss(
    field: Field,
    batch: MultiviewBatch,
    pixel_u: Float[Tensor, "B N"],
    offset_m: Float[Tensor, "B N 3"],
) -> Float[Tensor, ""]:
    """Return the binary cross-entropy of the density as a logit.

    `pixel_u` in [0, 1) draws the pixels that the points start from, a quarter from each view.
    """
    xyz = sample_surface_points(batch, pixel_u) + offset_m
    label = is_inside_hull(batch, xyz).float()
    return F.binary_cross_entropy_with_logits(field.density(xyz), label)


def sample_surface_points(batch: MultiviewBatch, pixel_u: Float[Tensor, "B N"]) -> Float[Tensor, "B N 3"]:
    """Return points on the visible surfaces, in the head frame in metres; the box's centre where a view is empty."""
    parts = [_unproject_pixel(batch, view, u) for view, u in zip(VIEWS, pixel_u.chunk(len(VIEWS), dim=1), strict=True)]
    return torch.cat(parts, dim=1)


def sample_surface_rgb(batch: MultiviewBatch, pixel_u: Float[Tensor, "B N"]) -> Float[Tensor, "B N 3"]:
    """Return the colours in [0, 1] of the same points, with the white background removed at edges."""
    parts = [_gather_rgb(batch, view, u) for view, u in zip(VIEWS, pixel_u.chunk(len(VIEWS), dim=1), strict=True)]
    return torch.cat(parts, dim=1)


def _gather_rgb(batch: MultiviewBatch, view: str, u: Float[Tensor, "B N"]) -> Float[Tensor, "B N 3"]:
    rgba = batch.rgba[:, batch.views.index(view)].flatten(1, 2)
    picked = rgba.gather(1, _choose_visible_pixel(batch, view, u)[..., None].expand(-1, -1, 4)).float() / 255
    return 1 - ((1 - picked[..., :3]) / picked[..., 3:].clamp(min=MASK_ALPHA)).clamp(max=1)


def _choose_visible_pixel(batch: MultiviewBatch, view: str, u: Float[Tensor, "B N"]) -> Int[Tensor, "B N"]:
    """Indices of pixels where the view shows a surface."""
    depth_m = batch.depth_m(view).flatten(1)
    there = (batch.alpha(view).flatten(1) >= MASK_ALPHA) & depth_m.isfinite()
    order = there.cumsum(dim=1).float()
    wanted = (u * order[:, -1:]).floor() + 1  # counted from 1 among the visible pixels
    return torch.searchsorted(order, wanted.contiguous()).clamp(max=order.shape[1] - 1)


def _unproject_pixel(batch: MultiviewBatch, view: str, u: Float[Tensor, "B N"]) -> Float[Tensor, "B N 3"]:
    pixel, depth_m = _choose_visible_pixel(batch, view, u), batch.depth_m(view).flatten(1)
    axis, direction = VIEW_AXES[view]
    along = direction * (depth_m.gather(1, pixel).nan_to_num(CAMERA_DISTANCE_M) - CAMERA_DISTANCE_M)
    row, column = pixel // batch.size, pixel % batch.size
    y = _compute_centre_m(batch.size - 1 - row, batch.size)
    across = _compute_centre_m(column if view in ("front", "right") else batch.size - 1 - column, batch.size)
    return torch.stack((across, y, along) if axis == "z" else (along, y, across), dim=-1)


def _compute_centre_m(index: Int[Tensor, "B N"], size: int) -> Float[Tensor, "B N"]:
    return ((index.float() + 0.5) * (2 / size) - 1) * HALF_M


def is_inside_hull(batch: MultiviewBatch, xyz_head_m: Float[Tensor, "B N 3"]) -> Bool[Tensor, "B N"]:
    """Return whether points lie behind the first surface in every view, as `losses.label_occupancy` on a lattice."""
    size = batch.size
    cell = ((xyz_head_m / HALF_M + 1) * (size / 2)).floor().long()
    inside = ((cell >= 0) & (cell < size)).all(dim=-1)
    x, y, z = cell.clamp(0, size - 1).unbind(dim=-1)
    last = size - 1
    # Where a ray meets nothing its depth is NaN and every comparison is false.
    pixels = {
        "front": (last - y, x),
        "back": (last - y, last - x),
        "left": (last - y, last - z),
        "right": (last - y, z),
    }
    for view, (row, column) in pixels.items():
        axis, direction = VIEW_AXES[view]
        behind = _gather_depth_m(batch, view, row, column) - CAMERA_DISTANCE_M
        inside &= direction * xyz_head_m[..., "xyz".index(axis)] >= behind
    if "top" in batch.views:  # rows grow with z, columns with x
        inside &= -xyz_head_m[..., 1] >= _gather_depth_m(batch, "top", z, x) - CAMERA_DISTANCE_M
    return inside


def _gather_depth_m(
    batch: MultiviewBatch, view: str, row: Int[Tensor, "B N"], column: Int[Tensor, "B N"]
) -> Float[Tensor, "B N"]:
    return batch.depth_m(view).flatten(1).gather(1, row * batch.size + column)
