"""A reconstructor whose heads are a sphere, whatever the picture."""

from dataclasses import replace

import torch
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.inference_config import InferenceConfig
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.network.stylegan.layers import Noise, NoiseSource
from panic3d.models.reconstructor.training.config import load_config

RADIUS_M = 0.2


class SphereReconstructor(Reconstructor):
    """A reconstructor whose planes hold a ball: the mean of three planes' c - (a^2 + b^2) / 2 is c - r^2 / 3."""

    def __init__(self, gate: float = -30.0) -> None:
        super().__init__(replace(load_config("small").model, inference=InferenceConfig()))
        for parameter in self.decoder.parameters():
            parameter.data.zero_()
        first, second = self.decoder.layer(0), self.decoder.layer(2)
        first.weight.data[0, 0] = 1 / first.weight_gain
        first.bias.data[0] = 30.0  # far up, where softplus is a straight line
        second.weight.data[0, 0] = 60 / second.weight_gain
        second.bias.data[0] = -60 * 30.0
        second.bias.data[1:5] = torch.tensor([-9.0, 9.0, -9.0, 9.0])  # its own colour is green, and it takes that
        second.bias.data[-1] = gate
        self.eval().requires_grad_(False)

    def forward(
        self,
        front_rgb: Tensor,
        front_alpha: Tensor,
        noise: Noise | NoiseSource | None = None,
        semantic: Tensor | None = None,
        z: Tensor | None = None,
    ) -> TriplaneEncoding:
        unit = (torch.arange(32) + 0.5) / 16 - 1
        square = (RADIUS_M / (BOX_SIDE_M / 2)) ** 2 / 3 - (unit[:, None] ** 2 + unit[None] ** 2) / 2
        planes = torch.zeros(1, 3, 16, 3, 32, 32)
        planes[:, :, 0] = square
        return TriplaneEncoding(planes, torch.zeros(1, self.config.decoder.palette, 3))
