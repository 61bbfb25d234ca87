"""An ellipsoid with exact views: a character that a test knows in closed form, off centre in every axis."""

import torch

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.rigs import make_view_camera
from panic3d.datasets.multiview import VIEWS, MultiviewBatch
from panic3d.shards.schema import DEPTH_QUANTA_PER_M

SIZE = 64
CENTRE_M = torch.tensor([0.06, -0.04, 0.03])
SEMI_AXES_M = torch.tensor([0.12, 0.2, 0.08])


def make_ellipsoid_views() -> tuple[MultiviewBatch, torch.Tensor]:
    """Return exact views of an ellipsoid (with the top), and whether each cell centre [y, x, z] is inside."""
    unit = ((torch.arange(SIZE) + 0.5) / SIZE * 2 - 1) * BOX_SIDE_M / 2
    y, x, z = torch.meshgrid(unit, unit, unit, indexing="ij")
    inside = sum(
        ((c - m) / r) ** 2 for c, m, r in zip((x, y, z), CENTRE_M, SEMI_AXES_M, strict=True)
    ) <= 1  # fmt: skip

    def surface(axis: int, sign: int) -> torch.Tensor:
        """Return the coordinate of the first surface from the side `sign` of an axis, by the other axes; NaN: none."""
        others = [a for a in (1, 0, 2) if a != axis]  # grids are ordered y, x, z
        p, q = torch.meshgrid(unit, unit, indexing="ij")
        first, second = (((g - CENTRE_M[a]) / SEMI_AXES_M[a]) ** 2 for g, a in zip((p, q), others, strict=True))
        left = 1 - first - second
        return CENTRE_M[axis] + sign * SEMI_AXES_M[axis] * left.sqrt()

    front, back = 1 - surface(2, 1).flip(0), (1 + surface(2, -1)).flip(0, 1)
    left, right = (1 - surface(0, 1)).flip(0, 1), (1 + surface(0, -1)).flip(0)
    top = (1 - surface(1, 1)).T  # rows z, columns x
    depth_m = torch.stack([front, left, back, right, top])
    quanta = torch.where(depth_m.isfinite(), 1 + ((depth_m - 0.5) * DEPTH_QUANTA_PER_M).round(), 0).int()
    rgba = torch.where(depth_m.isfinite(), 255, 0)[..., None].expand(-1, -1, -1, 4).to(torch.uint8)
    rgba = torch.cat([torch.full_like(rgba[..., :3], 255), rgba[..., 3:]], dim=-1)
    views = (*VIEWS, "top")
    return MultiviewBatch(("ball",), views, rgba[None], quanta[None], (tuple(map(make_view_camera, views)),)), inside
