"""What inference removes from a field: what lies outside a crop, and thin clouds."""

from dataclasses import dataclass

from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.models.reconstructor.fields.density import EMPTY_DENSITY, opacity, optical_depth_per_m


@dataclass(frozen=True)
class DensityEdits:
    """What inference removes from a field (published: 0.1 and 0.5)."""

    crop_m: float = 0.0
    """Width of the margin of the box, in x and z, that is emptied; 0: none."""
    cull: float = 0.0
    """Points whose opacity over a metre is below this are emptied; 0: none."""

    def __call__(self, xyz: Float[Tensor, "*N 3"], density: Float[Tensor, "*N"]) -> Float[Tensor, "*N"]:
        """Return the density at points of the head frame, in metres, with the edits."""
        if self.crop_m:
            density = density.masked_fill(is_outside_crop(xyz, self.crop_m), EMPTY_DENSITY)
        return density.masked_fill(is_below_opacity(density, self.cull), EMPTY_DENSITY) if self.cull else density


def is_outside_crop(xyz: Float[Tensor, "*N 3"], crop_m: float) -> Bool[Tensor, "*N"]:
    """Return which points lie outside the crop."""
    limit = BOX_SIDE_M / 2 - crop_m
    return (xyz[..., 0].abs() > limit) | (xyz[..., 2].abs() > limit)


def is_below_opacity(density: Float[Tensor, "*N"], threshold: float) -> Bool[Tensor, "*N"]:
    """Return which densities have an opacity over a metre below the threshold (published law)."""
    return opacity(optical_depth_per_m(density, "published")) < threshold
