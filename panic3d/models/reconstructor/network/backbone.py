"""The conditional StyleGAN2 that turns a front picture into planes (paper 3.2)."""

from dataclasses import dataclass
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from panic3d.cameras.tensors import resize_bilinear
from panic3d.models.reconstructor.network.conditioning import (
    add_to_first_channels,
    condition_image,
    overwrite_last_channels,
    pool_features,
)
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.picture_encoder import SEMANTIC_RESOLUTION, PictureEncoder
from panic3d.models.reconstructor.network.stylegan.layers import Noise, NoiseSource
from panic3d.models.reconstructor.network.stylegan.mapping import MappingNetwork
from panic3d.models.reconstructor.network.stylegan.synthesis_block import SynthesisBlock
from panic3d.models.reconstructor.network.triplane import TriplaneConfig, split_into_planes


@dataclass(frozen=True)
class BackboneConfig:
    """Widths, and each part of the conditioning as a switch. The defaults are those of the published generator."""

    resolution: int = 256
    """Pixels along a plane's side."""
    channel_base: int = 32768
    """A block at resolution R has channel_base / R channels, at most channel_max."""
    channel_max: int = 512
    z_dim: int = 512
    w_dim: int = 512
    mapping_layers: int = 2
    image_gain: float = 4.0
    """The conditioning picture is scaled to plus and minus this."""
    picture_at_every_scale: bool = True
    """Whether the resized picture replaces the last channels after each block (not at 8x8, nor after the last)."""
    pool_divisor: int = 4
    """Features are pooled over rows and columns in 1 / divisor of the channels; 0: no pooling."""
    inject_picture: bool = True
    """Whether the picture is added to feature 0 of the front plane, one colour per depth layer."""
    semantic_channels: int = 512
    """Channels of the semantic features that are added at 8x8; 0: none. In the preset `paper` they are the tagger's."""
    tagger: Literal["published", "small", "open"] = "published"
    """The tagger: the published ResNet-50, whose features an encoder replaces, the small one of this package, or that
    of the run's setting `tagger_weights`."""
    encoder_width: int = 0
    """Width of a small convolutional encoder that is trained with the backbone; 0: none.

    It gives the semantic features; with `tagger: small` only styles and palette.
    """
    encoder_styles: bool = False
    """Whether the encoder also shifts w, so that the whole picture modulates every layer."""
    noise: Noise = "random"
    """Noise per pixel in training and, as published, at inference."""
    random_z: bool = True
    """Whether each training picture gets a new z, as published; otherwise, and at inference, z is fixed."""


class SynthesisNetwork(nn.Module):
    """Blocks from 4x4 to the planes' resolution, each followed by the conditioning."""

    def __init__(self, config: BackboneConfig, channels_out: int) -> None:
        super().__init__()
        self.config = config
        self.resolutions = [2**i for i in range(2, config.resolution.bit_length())]
        inputs = 0
        for resolution in self.resolutions:
            outputs = min(config.channel_base // resolution, config.channel_max)
            block = SynthesisBlock(inputs, outputs, config.w_dim, resolution, channels_out)
            setattr(self, f"b{resolution}", block)
            inputs = outputs
        self.w_count = 2 * len(self.resolutions)

    def forward(
        self,
        ws: Float[Tensor, "B N D"],
        image: Float[Tensor, "B 3 S S"] | None,
        semantic: Float[Tensor, "B T 8 8"] | None,
        noise: Noise | NoiseSource,
    ) -> Float[Tensor, "B P R R"]:
        """Return the channels of the planes. `image`: the result of `condition_image`; None without conditioning."""
        x, planes = self.get_submodule("b4")(None, None, ws[:, :2], noise)
        for index, resolution in enumerate(self.resolutions[1:]):
            x = self.condition(x, image, semantic)
            x, planes = self.get_submodule(f"b{resolution}")(x, planes, ws[:, 1 + 2 * index : 4 + 2 * index], noise)
        if image is None or not self.config.inject_picture:
            return planes
        return add_to_first_channels(planes, resize_bilinear(image, planes.shape[-1]))

    def condition(
        self,
        x: Float[Tensor, "B C R R"],
        image: Float[Tensor, "B 3 S S"] | None,
        semantic: Float[Tensor, "B T 8 8"] | None,
    ) -> Float[Tensor, "B C R R"]:
        """Condition the features of a block, before the next block."""
        if x.shape[-1] == SEMANTIC_RESOLUTION:
            return x if semantic is None else add_to_first_channels(x, semantic)
        if image is not None and self.config.picture_at_every_scale:
            x = overwrite_last_channels(x, image)
        return pool_features(x, self.config.pool_divisor) if self.config.pool_divisor else x


class Backbone(nn.Module):
    """The published backbone: from a front picture to planes."""

    def __init__(self, config: BackboneConfig, triplane: TriplaneConfig, palette: int = 0) -> None:
        super().__init__()
        self.config, self.triplane = config, triplane
        self.mapping = MappingNetwork(config.z_dim, 25, config.w_dim, config.mapping_layers)
        self.synthesis = SynthesisNetwork(config, triplane.channels)
        self.encoder = (
            PictureEncoder(config.encoder_width, config.semantic_channels, config.w_dim, config.encoder_styles, palette)
            if config.encoder_width
            else None
        )

    def forward(
        self,
        front_rgb: Float[Tensor, "B 3 S S"],
        front_alpha: Float[Tensor, "B S S"],
        z: Float[Tensor, "B Z"],
        semantic: Float[Tensor, "B T 8 8"] | None = None,
        noise: Noise | NoiseSource | None = None,
    ) -> TriplaneEncoding:
        """Encode a front picture: RGB on white in [0, 1] and coverage.

        Where no semantic features are given, the encoder makes them if there is one.
        """
        w = self.mapping(z, z.new_zeros(len(z), 25))
        palette = None
        if self.encoder is not None:
            own, shift, palette = self.encoder(front_rgb, front_alpha)
            semantic = own if semantic is None else semantic
            w = w if shift is None else w + shift
        ws = w[:, None].expand(-1, self.synthesis.w_count, -1)
        image = condition_image(front_rgb, self.config.image_gain)
        channels = self.synthesis(ws, image, semantic, noise or self.config.noise)
        return TriplaneEncoding(split_into_planes(channels.float(), self.triplane), palette, w.float())
