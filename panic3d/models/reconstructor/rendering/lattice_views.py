"""The four orthographic views composited from the values of a field on a lattice."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M, CAMERA_DISTANCE_M
from panic3d.models.reconstructor.fields.density import opacity, optical_depth_per_m
from panic3d.models.reconstructor.fields.field import Field, FieldValues
from panic3d.models.reconstructor.fields.lattice import Lattice, scatter_columns

VIEW_AXES = {"front": ("z", -1), "back": ("z", 1), "left": ("x", -1), "right": ("x", 1)}
"""The axis along which a view looks, and in which direction."""
VIEW_FLIPS = {"front": (0,), "back": (0, 1), "left": (0, 1), "right": (0,)}
"""The axes along which a lattice picture is flipped to give the view's picture.

Lattice pictures have rows by ascending y, and columns by ascending x or z; pictures have row 0 on top, and in the left
view z descends to the right.
"""


@dataclass(frozen=True)
class LatticeViews:
    """Pictures of the lattice's lines: rows by ascending y, columns by ascending x (front, back) or z (left, right)."""

    rgb: dict[str, Float[Tensor, "B Y C 3"]]
    """RGB on white, in [0, 1]."""
    alpha: dict[str, Float[Tensor, "B Y C"]]
    depth_m: dict[str, Float[Tensor, "B Y C"]]
    """Mean plane depth along each ray; undefined where alpha is small."""
    density: Float[Tensor, "M Z"]
    """Density of the evaluated columns, before its law."""


def render_lattice_views(
    field: Field,
    lattice: Lattice,
    columns: Bool[Tensor, "B Y X"],
    picture: Float[Tensor, "B Y X 3"],
    wanted: Sequence[str] = tuple(VIEW_AXES),
) -> LatticeViews:
    """Render the wanted views.

    `columns`: which (y, x) of the lattice are evaluated. `picture`: the input's colour at (y, x), for fields with a
    gate.
    """
    values = field.on_lattice(lattice, columns)
    depth_count = lattice.z.shape[1]
    optical = optical_depth_per_m(values.density, field.law)
    optical_z = optical * (BOX_SIDE_M / depth_count)
    rgb = values.colours[..., :3]
    if values.gate is not None:
        rgb = apply_colour_skip(values, compute_front_visibility(optical_z), picture[columns][:, None])
    packed = scatter_columns(torch.cat([optical[..., None], rgb], dim=-1), columns)
    optical_whole, rgb_whole = packed[..., 0], packed[..., 1:]
    pictures = {}
    for view in wanted:
        axis, direction = VIEW_AXES[view]
        if axis == "z":
            tau, colour, unit = optical_whole, rgb_whole, lattice.unit(lattice.z)
        else:
            tau, colour, unit = optical_whole.transpose(2, 3), rgb_whole.transpose(2, 3), lattice.unit(lattice.x)
        tau = tau * (BOX_SIDE_M / tau.shape[-1])
        weights = compute_ray_weights(tau, towards_negative=direction < 0)
        alpha = weights.sum(dim=-1)
        shade = torch.einsum("byck,byckr->bycr", weights, colour) + (1 - alpha[..., None])
        depth_m = CAMERA_DISTANCE_M + direction * unit * (BOX_SIDE_M / 2)
        gathered = torch.einsum("byck,bk->byc", weights, depth_m) / alpha.clamp(min=1e-6)
        pictures[view] = (shade, alpha, gathered)
    rgbs, alphas, depths = ({view: p[i] for view, p in pictures.items()} for i in range(3))
    return LatticeViews(rgbs, alphas, depths, values.density)


def compute_ray_weights(optical_depth: Float[Tensor, "*R K"], towards_negative: bool) -> Float[Tensor, "*R K"]:
    """Return the weight of each sample of rays that run along the last axis, up or down."""
    passed = optical_depth.flip(-1) if towards_negative else optical_depth
    before = passed.cumsum(dim=-1) - passed
    before = before.flip(-1) if towards_negative else before
    return torch.exp(-before) * opacity(optical_depth)


def compute_front_visibility(optical_depth_z: Float[Tensor, "M Z"]) -> Float[Tensor, "M Z"]:
    """Return the transmittance between the front camera and each sample of a column.

    Without gradients, so that losses on colour do not change the shape.
    """
    with torch.no_grad():
        from_front = optical_depth_z.flip(-1).cumsum(dim=-1).flip(-1)
        return torch.exp(-(from_front - optical_depth_z))


def apply_colour_skip(
    values: FieldValues, visibility: Float[Tensor, "M Z"], picture: Float[Tensor, "M 1 3"]
) -> Float[Tensor, "M Z 3"]:
    """Mix the input's colour into the decoded one, by the gate where the front camera sees the point.

    Without the visibility the face would appear on the back of the head.
    """
    assert values.gate is not None
    share = (values.gate * visibility)[..., None]
    return values.colours[..., :3] + share * (picture - values.colours[..., :3])
