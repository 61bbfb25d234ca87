"""A block of a StyleGAN2 generator: two modulated convolutions and a skip to the picture."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.models.reconstructor.network.stylegan.layers import (
    Noise,
    NoiseSource,
    cast_block_input,
    make_smoothing_filter,
    upsample,
)
from panic3d.models.reconstructor.network.stylegan.modulated_layers import SynthesisLayer, ToRGB, is_single_inference


class SynthesisBlock(nn.Module):
    """Two convolutions, of which the first doubles the size, and a skip to the picture.

    The block at 4x4 starts from a constant.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        w_dim: int,
        resolution: int,
        image_channels: int,
        clamp: float | None = None,
        float16: bool = False,
    ) -> None:
        """`float16`: see `cast_block_input`; the picture stays in float32."""
        super().__init__()
        self.float16 = float16
        self.register_buffer("resample_filter", make_smoothing_filter())
        self.first = inputs == 0
        if self.first:
            self.const = nn.Parameter(torch.randn(outputs, resolution, resolution))
        else:
            self.conv0 = SynthesisLayer(inputs, outputs, w_dim, resolution, up=True, clamp=clamp)
        self.conv1 = SynthesisLayer(outputs, outputs, w_dim, resolution, clamp=clamp)
        self.torgb = ToRGB(outputs, image_channels, w_dim, clamp)
        self.convolutions = 1 if self.first else 2

    def forward(
        self,
        x: Float[Tensor, "B I H W"] | None,
        image: Float[Tensor, "B P H W"] | None,
        ws: Float[Tensor, "B N D"],
        noise: Noise | NoiseSource,
    ) -> tuple[Float[Tensor, "B O H2 W2"], Float[Tensor, "B P H2 W2"]]:
        """Return features and picture. `ws` holds one w per convolution and one for the skip."""
        if x is None:
            x = cast_block_input(self.const.expand(len(ws), -1, -1, -1), self.float16)
        else:
            x = self.conv0(cast_block_input(x, self.float16), ws[:, 0], noise)
        x = self.conv1(x, ws[:, self.convolutions - 1], noise)
        w = ws[:, self.convolutions]
        if image is None:
            return x, self.torgb(x, w).float()
        larger = upsample(image, self.get_buffer("resample_filter"))
        return x, self.torgb.add_to_image(larger, x, w) if is_single_inference(x) else self.torgb(x, w).float() + larger
