"""StyleGAN2's mapping network."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.models.reconstructor.network.stylegan.layers import FullyConnected, normalise_second_moment


class MappingNetwork(nn.Module):
    """From z and a camera label to w. The released generator takes a label of zeros."""

    def __init__(
        self,
        z_dim: int,
        c_dim: int,
        w_dim: int,
        layers: int,
        lr_multiplier: float = 0.01,
        track_average: bool = True,
    ) -> None:
        super().__init__()
        self.embed = FullyConnected(c_dim, w_dim)
        self.layers = layers
        for index in range(layers):
            inputs = z_dim + w_dim if index == 0 else w_dim
            setattr(self, f"fc{index}", FullyConnected(inputs, w_dim, activate=True, lr_multiplier=lr_multiplier))
        if track_average:
            self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(
        self, z: Float[Tensor, "B Z"] | None, c: Float[Tensor, "B C"], truncation: float = 1.0
    ) -> Float[Tensor, "B D"]:
        """Map z and the label to w; without z, as in the discriminator, the label alone."""
        label = normalise_second_moment(self.embed(c))
        w = label if z is None else torch.cat([normalise_second_moment(z), label], dim=1)
        for index in range(self.layers):
            w = self.get_submodule(f"fc{index}")(w)
        return self.get_buffer("w_avg").lerp(w, truncation) if truncation != 1 else w
