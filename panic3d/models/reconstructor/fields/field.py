"""The interface between networks and what renders or meshes their heads: heads as functions of place.

The triplane is one such field (`network.triplane_field`), the pixel-aligned networks of the baselines are others.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from jaxtyping import Bool, Float
from torch import Tensor, nn

from panic3d.models.reconstructor.fields.density import DensityLaw
from panic3d.models.reconstructor.fields.lattice import Lattice


@dataclass(frozen=True)
class FieldValues:
    """The values of a field at points."""

    density: Float[Tensor, "*N"]
    """Density before its law."""
    colours: Float[Tensor, "*N C"]
    """Colours in [0, 1]; RGB first."""
    gate: Float[Tensor, "*N"] | None
    """Share of the input picture's colour where the front camera sees the point."""


@runtime_checkable
class Field(Protocol):
    """The heads of a batch. Coordinates are in the head frame, in metres; densities are before their law."""

    @property
    def law(self) -> DensityLaw: ...

    def on_lattice(self, lattice: Lattice, columns: Bool[Tensor, "B Y X"]) -> FieldValues:
        """Return (M, Z) values at all z of the chosen columns, for the M true entries of `columns`, in order."""
        ...

    def density_on_lattice(self, lattice: Lattice, columns: Bool[Tensor, "B Y X"]) -> Float[Tensor, "M Z"]:
        """Return the density alone, as `on_lattice` orders it."""
        ...

    def density(self, xyz_head_m: Float[Tensor, "B N 3"]) -> Float[Tensor, "B N"]: ...

    def colours(self, xyz_head_m: Float[Tensor, "B N 3"]) -> Float[Tensor, "B N 3"]:
        """Return RGB in [0, 1]."""
        ...

    def gate(self, xyz_head_m: Float[Tensor, "B N 3"]) -> Float[Tensor, "B N"] | None:
        """Return the share of the input's colour where the front camera sees the point; None: 0 everywhere."""
        ...

    def select(self, some: slice) -> "Field":
        """Return the field of some of the batch's heads."""
        ...


class FieldNetwork(nn.Module):
    """A network that makes fields of front pictures."""

    def field(
        self,
        front_rgb: Float[Tensor, "B 3 S S"],
        front_alpha: Float[Tensor, "B S S"],
        semantic: Float[Tensor, "B T 8 8"] | None = None,
    ) -> Field:
        """Return the heads of front pictures: RGB on white in [0, 1], coverage, and features of a tagger where used."""
        raise NotImplementedError
