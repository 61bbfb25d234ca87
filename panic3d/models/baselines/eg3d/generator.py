"""EG3D's unconditional generator (Chan et al. 2022, section 4): from a latent code to planes."""

from jaxtyping import Float
from torch import Tensor

from panic3d.models.reconstructor.network.backbone import Backbone
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.network import Reconstructor, ReconstructorConfig
from panic3d.models.reconstructor.network.stylegan.discriminator import LABEL_DIM
from panic3d.models.reconstructor.network.stylegan.layers import Noise, NoiseSource
from panic3d.models.reconstructor.network.triplane import split_into_planes
from panic3d.runtime.errors import UserError


class Eg3dGenerator(Reconstructor):
    """z to w to planes, decoder and, at the published size, super-resolution.

    The reconstructor with its conditioning switched off, so that rendering, surface and export are the same code. As
    a reconstructor it gives the head of `latent`, whatever picture it is shown: inversion is what looks at pictures.
    Generator pose conditioning (section 4.4) is left out: it decorrelates what goes with the pose in photographs, and
    renders of each character from every side have nothing of the kind.
    """

    backbone: Backbone
    latent: Float[Tensor, "1 N D"] | None = None
    """W+ latent of the head that `forward` returns; the mean w if None."""

    def __init__(self, config: ReconstructorConfig) -> None:
        """Raises UserError if a part of the conditioning is switched on."""
        check_unconditional(config)
        super().__init__(config)

    @property
    def w_count(self) -> int:
        """Number of layers of the backbone that w modulates."""
        return self.backbone.synthesis.w_count

    def map_latents(self, z: Float[Tensor, "B Z"], truncation: float = 1.0) -> Float[Tensor, "B D"]:
        """Map standard normal z to w; a truncation below 1 moves it towards the mean."""
        return self.backbone.mapping(z, z.new_zeros(len(z), LABEL_DIM), truncation)

    def broadcast_w(self, w: Float[Tensor, "B D"]) -> Float[Tensor, "B N D"]:
        """Return the same w for each layer."""
        return w[:, None].expand(-1, self.w_count, -1)

    def get_mean_w(self) -> Float[Tensor, "1 D"]:
        """Return the running mean of w in training."""
        return self.backbone.mapping.get_buffer("w_avg")[None]

    def synthesise(self, ws: Float[Tensor, "B N D"], noise: Noise | NoiseSource | None = None) -> TriplaneEncoding:
        """Synthesise the planes of latents, with one w per layer."""
        channels = self.backbone.synthesis(ws, None, None, noise or self.config.backbone.noise)
        return TriplaneEncoding(split_into_planes(channels.float(), self.config.triplane), None, ws[:, -1].float())

    def forward(
        self,
        front_rgb: Float[Tensor, "B 3 S S"],
        front_alpha: Float[Tensor, "B S S"],
        noise: Noise | NoiseSource | None = None,
        semantic: Float[Tensor, "B T 8 8"] | None = None,
        z: Float[Tensor, "B Z"] | None = None,
    ) -> TriplaneEncoding:
        """Return the head of `latent`, once per picture."""
        latent = self.broadcast_w(self.get_mean_w()) if self.latent is None else self.latent
        return self.synthesise(latent.expand(len(front_rgb), -1, -1), noise)


def check_unconditional(config: ReconstructorConfig) -> None:
    """Raise UserError, which names it, for the first setting that conditions on a picture."""
    backbone, decoder = config.backbone, config.decoder
    wanted = {
        "unet.widths": (config.unet.widths, ()),
        "backbone.picture_at_every_scale": (backbone.picture_at_every_scale, False),
        "backbone.inject_picture": (backbone.inject_picture, False),
        "backbone.semantic_channels": (backbone.semantic_channels, 0),
        "backbone.encoder_width": (backbone.encoder_width, 0),
        "decoder.colour_skip": (decoder.colour_skip, False),
        "decoder.palette": (decoder.palette, 0),
        "inference.stitch": (config.inference.stitch, False),
    }
    for name, (found, expected) in wanted.items():
        if found != expected:
            raise UserError(f"EG3D sees no picture: model.{name} should be {expected}, found {found}")
