"""PixelNeRF conditioned on the front view (Yu, Ye, Tancik, Kanazawa: pixelNeRF, CVPR 2021), from the paper alone.

As there: a residual network's feature pyramid of the input view; a point's features are bilinear at its projection
(section 4.1); its position in the input view's space with a positional encoding of six frequencies; a multilayer
perceptron of five residual blocks, the features through a linear layer of their own added before each of the first
three (appendix B.1); density and colour, volume rendered; taught by colours of rendered views alone (equation 3).

Otherwise, and why:

- No view direction. Our pictures are unlit: a place has one colour from everywhere, so the true field does not know
  directions, a point's value serves all four training views, and a mesh's vertex has a colour to have.
- The input view's space is the head frame itself, which its camera's axes only shift and flip.
- One set of points on a lattice that four orthographic views share (`lattice.py`) instead of coarse and fine samples
  along perspective rays; all in the columns about the input's silhouette, as the paper samples the object's box.
- Each map of the pyramid is sampled at its own resolution, not enlarged to the finest first.
- Trained from scratch: the paper starts from ImageNet's weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from panic3d.models.baselines.pixel_aligned.features import UNIT_PER_M, FeatureMaps
from panic3d.models.baselines.pixel_aligned.residual_pyramid import PyramidConfig, ResidualPyramid
from panic3d.models.reconstructor.fields.density import DensityLaw
from panic3d.models.reconstructor.fields.field import FieldNetwork, FieldValues
from panic3d.models.reconstructor.fields.lattice import Lattice

POINTS_PER_BATCH = 1 << 17


@dataclass(frozen=True)
class PixelNerfConfig:
    """Sizes of PixelNeRF. The defaults are the paper's."""

    picture_size: int = 128
    pyramid: PyramidConfig = field(default_factory=PyramidConfig)
    hidden: int = 512
    blocks: int = 5
    conditioned_blocks: int = 3
    """Number of first blocks before which the features are added."""
    frequencies: int = 6
    """Number of frequencies of the positional encoding, each twice the one before ..."""
    first_frequency: float = 1.5
    """... and the lowest, in radians per half box."""
    law: DensityLaw = "sharp"
    density_bias: float = -3.0
    """Initial bias of the density: thin fog."""
    density_level: float = -1.0
    """See `inference.density_level` of the reconstructor; chosen in the same way."""


class PixelNerfDecoder(nn.Module):
    """From a point's position and features to its density and colour."""

    def __init__(self, config: PixelNerfConfig) -> None:
        super().__init__()
        self.config = config
        frequencies = config.first_frequency * 2.0 ** torch.arange(config.frequencies)
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.first = nn.Linear(3 * self.encoded_width, config.hidden)
        self.condition = nn.Linear(sum(config.pyramid.widths), config.conditioned_blocks * config.hidden)
        self.blocks = nn.ModuleList(ResidualLayers(config.hidden) for _ in range(config.blocks))
        self.last = nn.Linear(config.hidden, 4)
        with torch.no_grad():
            self.last.bias[0] = config.density_bias

    @property
    def encoded_width(self) -> int:
        """Length of an encoded coordinate."""
        return 1 + 2 * self.config.frequencies

    def encode_coordinate(self, unit: Float[Tensor, "*N"]) -> Float[Tensor, "*N E"]:
        """Encode a coordinate in [-1, 1]: itself, its sines and cosines."""
        angle = unit[..., None] * self.get_buffer("frequencies")
        return torch.cat([unit[..., None], angle.sin(), angle.cos()], dim=-1)

    def encode_axis(self, axis: int, unit: Float[Tensor, "*N"]) -> Float[Tensor, "*N H"]:
        """Return one coordinate's part of the first layer, which is a sum over the three."""
        mine = slice(axis * self.encoded_width, (axis + 1) * self.encoded_width)
        return self.encode_coordinate(unit) @ self.first.weight[:, mine].t()

    def forward(self, start: Float[Tensor, "A N H"], features: Float[Tensor, "A K F"]) -> Float[Tensor, "A N 4"]:
        """Return density before its law and RGB before the sigmoid.

        `start`: the sum of the three `encode_axis`. K is N, or 1 where all N share their features.
        """
        x = start + self.first.bias
        added = self.condition(features).chunk(self.config.conditioned_blocks, dim=-1)
        for index, block in enumerate(self.blocks):
            x = block(x + added[index] if index < len(added) else x)
        return self.last(torch.relu(x))


class ResidualLayers(nn.Module):
    """Two layers, added to their input, that start as the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(width, width), nn.Linear(width, width)
        nn.init.zeros_(self.two.weight)

    def forward(self, x: Float[Tensor, "A N H"]) -> Float[Tensor, "A N H"]:
        return x + self.two(torch.relu(self.one(torch.relu(x))))


@dataclass(frozen=True)
class PixelNerfField:
    """The field of encoded front pictures."""

    features: FeatureMaps
    decoder: PixelNerfDecoder

    @property
    def law(self) -> DensityLaw:
        return self.decoder.config.law

    def on_lattice(self, lattice: Lattice, columns: Bool[Tensor, "B Y X"]) -> FieldValues:
        """Evaluate columns, whose features are sampled once and whose coordinates are encoded per lattice line."""
        of_x, of_y, of_z = (
            self.decoder.encode_axis(axis, lattice.unit(line))
            for axis, line in enumerate((lattice.x, lattice.y, lattice.z))
        )
        b, j, i = columns.nonzero(as_tuple=True)
        features, column = self.features.sample_columns(lattice, columns), of_x[b, i] + of_y[b, j]
        parts = [
            self.decoder(column[some, None] + of_z[b[some]], features[some, None])
            for some in split_into_slices(len(b), max(1, POINTS_PER_BATCH // lattice.z.shape[1]))
        ]
        return make_field_values(torch.cat(parts))

    def density_on_lattice(self, lattice: Lattice, columns: Bool[Tensor, "B Y X"]) -> Float[Tensor, "M Z"]:
        return self.on_lattice(lattice, columns).density

    def evaluate(self, xyz_head_m: Float[Tensor, "B N 3"]) -> FieldValues:
        unit = xyz_head_m * UNIT_PER_M
        start = torch.stack([self.decoder.encode_axis(axis, unit[..., axis]) for axis in range(3)]).sum(dim=0)
        return make_field_values(self.decoder(start, self.features.sample(unit[..., :2])))

    def density(self, xyz_head_m: Float[Tensor, "B N 3"]) -> Float[Tensor, "B N"]:
        return self.evaluate(xyz_head_m).density

    def colours(self, xyz_head_m: Float[Tensor, "B N 3"]) -> Float[Tensor, "B N 3"]:
        return self.evaluate(xyz_head_m).colours

    def gate(self, xyz_head_m: Float[Tensor, "B N 3"]) -> None:
        return None

    def select(self, some: slice) -> "PixelNerfField":
        return PixelNerfField(self.features.select(some), self.decoder)


class PixelNerf(FieldNetwork):
    """PixelNeRF: encoder and decoder."""

    def __init__(self, config: PixelNerfConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = ResidualPyramid(config.pyramid)
        self.decoder = PixelNerfDecoder(config)

    def field(
        self,
        front_rgb: Float[Tensor, "B 3 S S"],
        front_alpha: Float[Tensor, "B S S"],
        semantic: Float[Tensor, "B T 8 8"] | None = None,
    ) -> PixelNerfField:
        """Return the heads of front pictures; semantic features are not used."""
        return PixelNerfField(FeatureMaps(self.encoder(front_rgb, front_alpha)), self.decoder)


def make_field_values(outputs: Float[Tensor, "A N 4"]) -> FieldValues:
    return FieldValues(outputs[..., 0], torch.sigmoid(outputs[..., 1:]), None)


def split_into_slices(count: int, size: int) -> Sequence[slice]:
    """Split a range of `count` items into slices of `size`; one empty slice if there are none."""
    return [slice(first, first + size) for first in range(0, max(count, 1), size)]
