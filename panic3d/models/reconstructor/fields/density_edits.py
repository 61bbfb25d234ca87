"""What inference removes from a field: what lies outside a crop, and thin clouds."""

from dataclasses import dataclass

from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.models.reconstructor.fields.density import EMPTY_DENSITY, opacity, optical_depth_per_m


@dataclass(frozen=True)
class DensityEdits:
    """What inference cuts away from a field (published: 0.1 and 0.5)."""

    crop_m: float = 0.0
    """Nothing beyond half the box's side less this in x and z; y is free."""
    cull: float = 0.0
    """Nothing where the opacity of a metre is below this."""

    def __call__(self, xyz: Float[Tensor, "*N 3"], density: Float[Tensor, "*N"]) -> Float[Tensor, "*N"]:
        if self.crop_m:
            density = density.masked_fill(is_outside_crop(xyz, self.crop_m), EMPTY_DENSITY)
        return density.masked_fill(is_below_opacity(density, self.cull), EMPTY_DENSITY) if self.cull else density


def is_outside_crop(xyz: Float[Tensor, "*N 3"], crop_m: float) -> Bool[Tensor, "*N"]:
    limit = BOX_SIDE_M / 2 - crop_m
    return (xyz[..., 0].abs() > limit) | (xyz[..., 2].abs() > limit)


def is_below_opacity(density: Float[Tensor, "*N"], threshold: float) -> Bool[Tensor, "*N"]:
    return opacity(optical_depth_per_m(density, "published")) < threshold
