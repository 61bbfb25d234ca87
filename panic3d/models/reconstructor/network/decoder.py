"""The decoder from plane features to density and colour (EG3D's)."""

from dataclasses import dataclass
from typing import Literal, cast

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.models.reconstructor.fields.density import DensityLaw
from panic3d.models.reconstructor.fields.field import FieldValues
from panic3d.models.reconstructor.network.stylegan.layers import FullyConnected


@dataclass(frozen=True)
class DecoderConfig:
    hidden: int = 64
    colours: int = 32
    """Number of colour-like outputs; the first three are RGB."""
    colour_skip: bool = False
    """Whether there is a gate: the share of the input picture's colour at points that the front camera sees."""
    palette: int = 0
    """Number of colours that the encoder picks from the picture; a point's colour is a mixture of them and its own.

    0: none. Most surfaces that the picture does not show have a colour that it shows elsewhere.
    """
    law: DensityLaw = "published"
    density_bias: float = 0.0
    """Initial bias of the density; -3 is thin fog under the sharp law."""


class Decoder(nn.Module):
    """Two fully connected layers with softplus between.

    `widen`: colours reach a little beyond [0, 1], as EG3D's do in training.
    """

    def __init__(self, features: int, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        outputs = 1 + config.colours + (config.palette + 1 if config.palette else 0) + config.colour_skip
        self.net = nn.Sequential(
            FullyConnected(features, config.hidden), nn.Softplus(), FullyConnected(config.hidden, outputs)
        )
        with torch.no_grad():
            self.layer(2).bias[0] = config.density_bias

    def layer(self, index: Literal[0, 2]) -> FullyConnected:
        return cast(FullyConnected, self.net[index])

    def forward(
        self, features: Float[Tensor, "B 3 N F"], palette: Float[Tensor, "B K 3"] | None = None, widen: bool = False
    ) -> FieldValues:
        """Decode the features of three planes, which are averaged."""
        return self.values(self.net(features.mean(dim=1)), palette, widen)

    def values(
        self, outputs: Float[Tensor, "B N O"], palette: Float[Tensor, "B K 3"] | None = None, widen: bool = False
    ) -> FieldValues:
        """Split the raw outputs into density, colours and gate."""
        own_end = 1 + self.config.colours
        colours = torch.sigmoid(outputs[..., 1:own_end])
        if widen:
            colours = colours * 1.002 - 0.001
        if palette is not None:
            share = torch.softmax(outputs[..., own_end : own_end + self.config.palette + 1], dim=-1)
            colours = share[..., :1] * colours + torch.einsum("bnk,bkc->bnc", share[..., 1:], palette)
        gate = torch.sigmoid(outputs[..., -1]) if self.config.colour_skip else None
        return FieldValues(outputs[..., 0], colours, gate)

    def density(self, features: Float[Tensor, "B 3 N F"]) -> Float[Tensor, "B N"]:
        """Decode the density alone, before its law."""
        first = self.layer(0)
        return self.decode_folded_density(F.linear(features.mean(dim=1), first.weight * first.weight_gain))

    def fold_first_layer(self) -> Float[Tensor, "F H"]:
        """Return the first layer as a matrix for each plane by itself, since it commutes with their mean."""
        first = self.layer(0)
        return (first.weight * (first.weight_gain / 3)).t()

    def decode_folded(self, hidden: Float[Tensor, "B N H"], palette: Float[Tensor, "B K 3"] | None) -> FieldValues:
        """Apply the rest of the decoder to sums of folded plane features."""
        return self.values(self.layer(2)(self._activate(hidden)), palette)

    def decode_folded_density(self, hidden: Float[Tensor, "*N H"]) -> Float[Tensor, "*N"]:
        """Decode the density alone from sums of folded plane features."""
        second = self.layer(2)
        return self._activate(hidden) @ (second.weight[0] * second.weight_gain) + second.bias[0] * second.bias_gain

    def _activate(self, hidden: Float[Tensor, "*N H"]) -> Float[Tensor, "*N H"]:
        first = self.layer(0)
        return F.softplus(hidden + first.bias * first.bias_gain)
