"""A field that is evaluated on a GPU, for callers that work on the CPU."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.models.reconstructor.fields.density import DensityLaw
from panic3d.models.reconstructor.fields.field import Field, FieldValues
from panic3d.models.reconstructor.fields.lattice import Lattice


@dataclass(frozen=True)
class DeviceField:
    """A `Field` that moves points to the device of another field, and that field's values to the CPU."""

    field: Field
    device: torch.device

    @property
    def law(self) -> DensityLaw:
        return self.field.law

    def on_lattice(self, lattice: Lattice, columns: Bool[Tensor, "B Y X"]) -> FieldValues:
        found = self.field.on_lattice(self._move(lattice), columns.to(self.device))
        gate = None if found.gate is None else found.gate.cpu()
        return FieldValues(found.density.cpu(), found.colours.cpu(), gate)

    def density_on_lattice(self, lattice: Lattice, columns: Bool[Tensor, "B Y X"]) -> Float[Tensor, "M Z"]:
        return self.field.density_on_lattice(self._move(lattice), columns.to(self.device)).cpu()

    def density(self, xyz_head_m: Float[Tensor, "B N 3"]) -> Float[Tensor, "B N"]:
        return self.field.density(xyz_head_m.to(self.device)).cpu()

    def colours(self, xyz_head_m: Float[Tensor, "B N 3"]) -> Float[Tensor, "B N 3"]:
        return self.field.colours(xyz_head_m.to(self.device)).cpu()

    def gate(self, xyz_head_m: Float[Tensor, "B N 3"]) -> Float[Tensor, "B N"] | None:
        found = self.field.gate(xyz_head_m.to(self.device))
        return None if found is None else found.cpu()

    def select(self, some: slice) -> "DeviceField":
        return DeviceField(self.field.select(some), self.device)

    def _move(self, lattice: Lattice) -> Lattice:
        return Lattice(lattice.size, *(axis.to(self.device) for axis in (lattice.x, lattice.y, lattice.z)))


def compute_field(
    network: "torch.nn.Module", *inputs: Tensor | None, device: torch.device | None = None, **options: object
) -> Field:
    """Compute the field of a network's inputs, which are on the CPU, on a device (None: the CPU)."""
    if device is None:
        field: Field = network.field(*inputs, **options)  # type: ignore[operator]
        return field
    moved = (None if tensor is None else tensor.to(device) for tensor in inputs)
    return DeviceField(network.field(*moved, **options), device)  # type: ignore[operator]
