"""The field of a triplane and its decoder."""

from dataclasses import dataclass

from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.models.reconstructor.fields.density import DensityLaw
from panic3d.models.reconstructor.fields.field import FieldValues
from panic3d.models.reconstructor.fields.lattice import Lattice
from panic3d.models.reconstructor.network.decoder import Decoder
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.lattice_evaluation import evaluate_on_lattice, fold_features
from panic3d.models.reconstructor.network.triplane import sample_planes


@dataclass(frozen=True)
class TriplaneField:
    """A field by separable interpolation on a lattice, and by sampling of the planes elsewhere."""

    encoded: TriplaneEncoding
    decoder: Decoder

    @property
    def law(self) -> DensityLaw:
        return self.decoder.config.law

    def on_lattice(self, lattice: Lattice, columns: Bool[Tensor, "B Y X"]) -> FieldValues:
        return evaluate_on_lattice(self.encoded, self.decoder, lattice, columns)

    def density_on_lattice(self, lattice: Lattice, columns: Bool[Tensor, "B Y X"]) -> Float[Tensor, "M Z"]:
        hidden = fold_features(self.encoded.planes, self.decoder, lattice, columns)
        return self.decoder.decode_folded_density(hidden)

    def density(self, xyz_head_m: Float[Tensor, "B N 3"]) -> Float[Tensor, "B N"]:
        return self.decoder.density(sample_planes(self.encoded.planes, xyz_head_m))

    def colours(self, xyz_head_m: Float[Tensor, "B N 3"]) -> Float[Tensor, "B N 3"]:
        features = sample_planes(self.encoded.planes, xyz_head_m)
        return self.decoder(features, self.encoded.palette).colours[..., :3]

    def gate(self, xyz_head_m: Float[Tensor, "B N 3"]) -> Float[Tensor, "B N"] | None:
        return self.decoder(sample_planes(self.encoded.planes, xyz_head_m), self.encoded.palette).gate

    def select(self, some: slice) -> "TriplaneField":
        planes, palette, w = self.encoded.planes, self.encoded.palette, self.encoded.w
        few = TriplaneEncoding(planes[some], None if palette is None else palette[some], None if w is None else w[some])
        return TriplaneField(few, self.decoder)
