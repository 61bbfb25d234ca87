"""The reconstructor as one module: from a picture to planes, and from points to density and colour."""

from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from panic3d.models.reconstructor.fields.field import FieldNetwork, FieldValues
from panic3d.models.reconstructor.network.backbone import Backbone, BackboneConfig
from panic3d.models.reconstructor.network.decoder import Decoder, DecoderConfig
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.inference_config import InferenceConfig
from panic3d.models.reconstructor.network.stylegan.layers import Noise, NoiseSource
from panic3d.models.reconstructor.network.stylegan.superresolution import SuperResolution, SuperResolutionConfig
from panic3d.models.reconstructor.network.triplane import TriplaneConfig, sample_planes
from panic3d.models.reconstructor.network.triplane_field import TriplaneField
from panic3d.models.reconstructor.network.unet import UNet, UNetConfig

INFERENCE_Z_SEED = 0


@dataclass(frozen=True)
class ReconstructorConfig:
    """The defaults are the published generator without its super-resolution, which needs `superresolution.channels`."""

    picture_size: int = 512
    """Pixels along the side of the front picture that the backbone takes."""
    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    unet: UNetConfig = field(default_factory=UNetConfig)
    """Replaces the backbone where it has widths."""
    triplane: TriplaneConfig = field(default_factory=TriplaneConfig)
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    superresolution: SuperResolutionConfig = field(default_factory=SuperResolutionConfig)
    inference: InferenceConfig = field(default_factory=InferenceConfig)


class Reconstructor(FieldNetwork):
    """The reconstructor. Tensors have the names of the published checkpoints: `backbone.*`, `decoder.net.*` ..."""

    def __init__(self, config: ReconstructorConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = (
            UNet(config.unet, config.triplane, config.picture_size, config.decoder.palette)
            if config.unet.widths
            else Backbone(config.backbone, config.triplane, config.decoder.palette)
        )
        self.decoder = Decoder(config.triplane.features, config.decoder)
        self.superresolution = (
            SuperResolution(config.decoder.colours, config.superresolution, config.backbone.w_dim)
            if config.superresolution.channels
            else None
        )
        fixed = np.random.RandomState(INFERENCE_Z_SEED).randn(config.backbone.z_dim)
        self.register_buffer("fixed_z", torch.from_numpy(fixed).float(), persistent=False)

    def forward(
        self,
        front_rgb: Float[Tensor, "B 3 S S"],
        front_alpha: Float[Tensor, "B S S"],
        noise: Noise | NoiseSource | None = None,
        semantic: Float[Tensor, "B T 8 8"] | None = None,
        z: Float[Tensor, "B Z"] | None = None,
    ) -> TriplaneEncoding:
        """Encode front pictures: RGB on white in [0, 1], coverage, and features of a tagger where there is one.

        Without `z` it is drawn by torch in training where the configuration wants that, else fixed.
        """
        if isinstance(self.backbone, UNet):
            return self.backbone(front_rgb, front_alpha)
        if z is None and self.training and self.config.backbone.random_z:
            z = torch.randn(len(front_rgb), self.config.backbone.z_dim, device=front_rgb.device)
        elif z is None:
            z = self.get_buffer("fixed_z").expand(len(front_rgb), -1)
        return self.backbone(front_rgb, front_alpha, z, semantic, noise)

    def field(
        self,
        front_rgb: Float[Tensor, "B 3 S S"],
        front_alpha: Float[Tensor, "B S S"],
        semantic: Float[Tensor, "B T 8 8"] | None = None,
        noise: Noise | None = None,
    ) -> TriplaneField:
        return TriplaneField(self(front_rgb, front_alpha, noise, semantic), self.decoder)

    def query(self, encoded: TriplaneEncoding, xyz_head_m: Float[Tensor, "B N 3"]) -> FieldValues:
        """Evaluate the field at points of the head frame: the reference for every faster path."""
        return self.decoder(sample_planes(encoded.planes, xyz_head_m), encoded.palette)

    def super_resolve(self, features: Float[Tensor, "B C R R"], encoded: TriplaneEncoding) -> Float[Tensor, "B 3 S S"]:
        """Return the finished picture of volume-rendered features, both in [-1, 1].

        Raises ValueError where this reconstructor has no super-resolution.
        """
        if self.superresolution is None or encoded.w is None:
            raise ValueError("this reconstructor has no super-resolution")
        return self.superresolution(features, encoded.w)
