"""Super-resolution of volume-rendered features to a finished picture (EG3D's 8XDC module at the released width)."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from panic3d.cameras.tensors import resize_bilinear
from panic3d.models.reconstructor.network.stylegan.synthesis_block import SynthesisBlock

ACTIVATION_CLAMP = 256.0


@dataclass(frozen=True)
class SuperResolutionConfig:
    channels: int = 0
    """Channels of the first block; the second has half of them. Published: 16. 0: no super-resolution."""
    size: int = 512
    """Pixels along the side of the finished picture, four times those of the first block's input."""
    float16: bool = False
    """Whether both blocks compute in float16 on a GPU, as published."""


class SuperResolution(nn.Module):
    """Two synthesis blocks, each of which doubles the size, without noise."""

    def __init__(self, features: int, config: SuperResolutionConfig, w_dim: int) -> None:
        super().__init__()
        first, size = config.channels, config.size
        self.start_size = size // 4
        self.block0 = SynthesisBlock(features, first, w_dim, size // 2, 3, ACTIVATION_CLAMP, config.float16)
        self.block1 = SynthesisBlock(first, first // 2, w_dim, size, 3, ACTIVATION_CLAMP, config.float16)

    def forward(self, features: Float[Tensor, "B C R R"], w: Float[Tensor, "B D"]) -> Float[Tensor, "B 3 S S"]:
        """Enlarge features in [-1, 1], RGB first; returns RGB about [-1, 1], not clipped."""
        x = features
        if x.shape[-1] != self.start_size:
            x = resize_bilinear(x, self.start_size, antialias=True)
        ws = w[:, None].expand(-1, 3, -1)
        x, rgb = self.block0(x, x[:, :3], ws, "none")
        return self.block1(x, rgb, ws, "none")[1]
