"""PIFu with surface and colour (Saito et al.: PIFu, ICCV 2019), from the paper alone.

As there: stacked hourglasses over the input, each of which has its own loss; a point's features are bilinear at
its projection, and with its depth z they go through a multilayer perceptron that is shown them again at every layer, to
the probability of being inside (sections 3 and 4.1; appendix I); its level one half is the surface. Tex-PIFu: a second
encoder, whose features and those of the shape give the colour of a place near the surface (section 4.2).

Otherwise, and why: both parts learn in one run, the shape's features held fixed for the colour as in the paper's two
runs; the front camera is orthographic, so z is the head frame's, in half boxes; smaller in `small`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from panic3d.models.baselines.pixel_aligned.features import UNIT_PER_M, FeatureMaps
from panic3d.models.baselines.pixel_aligned.hourglass import ColourEncoder, StackedHourglass
from panic3d.models.baselines.pixel_aligned.pixelnerf import POINTS_PER_BATCH, split_into_slices
from panic3d.models.reconstructor.fields.density import DensityLaw
from panic3d.models.reconstructor.fields.field import FieldNetwork, FieldValues
from panic3d.models.reconstructor.fields.lattice import Lattice


@dataclass(frozen=True)
class PifuConfig:
    """Sizes of PIFu. The defaults are the paper's."""

    picture_size: int = 512
    width: int = 256
    """Channels of the shape's feature maps, a multiple of 32."""
    stacks: int = 4
    depth: int = 2
    """Number of halvings inside an hourglass."""
    shrink: int = 4
    """The picture's side over that of the feature maps; 2 or 4."""
    layers: tuple[int, ...] = (1024, 512, 256, 128)
    """Widths of the perceptrons for occupancy and for colour."""
    depth_scale: float = 8.0
    """Factor on the depth, in half boxes, since steep weights on small numbers are slow to learn."""
    colour_width: int = 256
    """Channels of the colour encoder's feature map, a multiple of 16."""
    colour_blocks: int = 6
    density_level: float = 0.0
    """See `inference.density_level` of the reconstructor; chosen in the same way."""


class Perceptron(nn.Module):
    """Linear layers with leaky ReLU, each of which also takes the features and the depth."""

    def __init__(self, features: int, widths: Sequence[int], outputs: int, depth_scale: float) -> None:
        super().__init__()
        self.depth_scale = depth_scale
        self.given = nn.ModuleList(nn.Linear(features, width) for width in (*widths, outputs))
        self.depth = nn.ModuleList(nn.Linear(1, width, bias=False) for width in (*widths, outputs))
        self.carried = nn.ModuleList(
            nn.Linear(a, b, bias=False) for a, b in zip(widths, (*widths[1:], outputs), strict=True)
        )

    def forward(self, features: Float[Tensor, "A K F"], z_unit: Float[Tensor, "A N"]) -> Float[Tensor, "A N O"]:
        """K is N, or 1 where all N share their features: a layer on concatenated inputs is a sum of layers."""
        z = z_unit[..., None] * self.depth_scale
        x = self.given[0](features) + self.depth[0](z)
        for given, depth, carried in zip(self.given[1:], self.depth[1:], self.carried, strict=True):
            x = carried(F.leaky_relu(x)) + given(features) + depth(z)
        return x


@dataclass(frozen=True)
class PifuField:
    """The field of encoded front pictures, whose density is the logit of being inside."""

    shape: FeatureMaps
    both: FeatureMaps
    """The features of shape and colour."""
    network: "Pifu"

    @property
    def law(self) -> DensityLaw:
        """The law under which a logit of 0 is the surface."""
        return "sharp"

    def on_lattice(self, lattice: Lattice, columns: Bool[Tensor, "B Y X"]) -> FieldValues:
        rgb = self._on_lattice(self.both, self.network.colour, lattice, columns)
        return FieldValues(self.density_on_lattice(lattice, columns), convert_to_rgb(rgb), None)

    def density_on_lattice(self, lattice: Lattice, columns: Bool[Tensor, "B Y X"]) -> Float[Tensor, "M Z"]:
        return self._on_lattice(self.shape, self.network.inside, lattice, columns)[..., 0]

    def _on_lattice(
        self, maps: FeatureMaps, net: Perceptron, lattice: Lattice, columns: Bool[Tensor, "B Y X"]
    ) -> Float[Tensor, "M Z O"]:
        z, features = lattice.unit(lattice.z), maps.sample_columns(lattice, columns)
        b = columns.nonzero(as_tuple=True)[0]
        parts = split_into_slices(len(b), max(1, POINTS_PER_BATCH // z.shape[1]))
        return torch.cat([net(features[some, None], z[b[some]]) for some in parts])

    def density(self, xyz_head_m: Float[Tensor, "B N 3"]) -> Float[Tensor, "B N"]:
        unit = xyz_head_m * UNIT_PER_M
        return self.network.inside(self.shape.sample(unit[..., :2]), unit[..., 2])[..., 0]

    def colours(self, xyz_head_m: Float[Tensor, "B N 3"]) -> Float[Tensor, "B N 3"]:
        unit = xyz_head_m * UNIT_PER_M
        return convert_to_rgb(self.network.colour(self.both.sample(unit[..., :2]), unit[..., 2]))

    def gate(self, xyz_head_m: Float[Tensor, "B N 3"]) -> None:
        return None

    def select(self, some: slice) -> "PifuField":
        return PifuField(self.shape.select(some), self.both.select(some), self.network)


class Pifu(FieldNetwork):
    """PIFu: the encoders and perceptrons for shape and colour."""

    def __init__(self, config: PifuConfig) -> None:
        super().__init__()
        self.config = config
        self.hourglass = StackedHourglass(config.width, config.stacks, config.depth, config.shrink)
        self.inside = Perceptron(config.width, config.layers, 1, config.depth_scale)
        self.colour_encoder = ColourEncoder(config.colour_width, config.colour_blocks)
        self.colour = Perceptron(config.width + config.colour_width, config.layers, 3, config.depth_scale)

    def field(
        self,
        front_rgb: Float[Tensor, "B 3 S S"],
        front_alpha: Float[Tensor, "B S S"],
        semantic: Float[Tensor, "B T 8 8"] | None = None,
    ) -> PifuField:
        """Return the heads of front pictures; semantic features are not used."""
        return self.fields(front_rgb, front_alpha)[-1]

    def fields(self, front_rgb: Float[Tensor, "B 3 S S"], front_alpha: Float[Tensor, "B S S"]) -> list[PifuField]:
        """Return the field after each hourglass. The colour loss has no gradient for the shape's features."""
        picture = 2 * torch.cat([front_rgb, front_alpha[:, None]], dim=1) - 1
        colour = self.colour_encoder(picture)
        return [
            PifuField(FeatureMaps((shape,)), FeatureMaps((shape.detach(), colour)), self)
            for shape in self.hourglass(picture)
        ]


def convert_to_rgb(outputs: Float[Tensor, "A N 3"]) -> Float[Tensor, "A N 3"]:
    """Convert outputs to RGB in [0, 1] by tanh, as in the paper."""
    return (torch.tanh(outputs) + 1) / 2
