"""The taggers that are trained here, with the interface of the published one (`tagging.published`)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from panic3d.cameras.tensors import resize_bilinear
from panic3d.models.engine.checkpoint import load_network
from panic3d.models.layers import make_convolution_block
from panic3d.models.tagging.published import PublishedTagger, PublishedTaggerConfig, composite_on_black
from panic3d.registry import find_entry, find_weights

PUBLISHED_SPREAD = 0.35
"""The root mean square of the published features over portraits."""


@dataclass(frozen=True)
class TaggerConfig:
    """Sizes and tags of the network."""

    architecture: Literal["small", "resnet50"] = "small"
    """small: a hundredth of the published tagger's size. resnet50: the published architecture, features included."""
    size: int = 128
    """Pixels along the side of its input; the last map has a 16th of them, that of resnet50 a 32nd."""
    widths: tuple[int, ...] = (16, 32, 64, 128)
    """Of small: channels at a half, a quarter, an eighth and a sixteenth of the input's side."""
    features: int = 128
    """Channels of the semantic features."""
    tags: tuple[str, ...] = ()
    """Tag of each output; a training run takes them from its labels."""


class SmallTagger(nn.Module):
    """Predicts tags of a portrait from a map whose channels have mean 0 and variance 1 over portraits."""

    def __init__(self, config: TaggerConfig) -> None:
        super().__init__()
        self.config = config
        first, *others = config.widths
        layers = [make_convolution_block(3, first, 2)]
        for before, after in zip(config.widths, others, strict=False):
            layers += [make_convolution_block(before, after, 2), make_convolution_block(after, after, 1)]
        self.layers = nn.Sequential(*layers)
        # Without a scale of its own: what the backbone adds to its channels should have theirs.
        self.map = nn.Sequential(
            nn.Conv2d(others[-1], config.features, 1, bias=False), nn.BatchNorm2d(config.features, affine=False)
        )
        self.head = nn.Linear(2 * config.features, len(config.tags))

    def forward(self, rgb: Float[Tensor, "B 3 N N"]) -> Float[Tensor, "B K"]:
        """Return logits of the tags of a picture at the network's size, on black, in [0, 1]."""
        x = F.relu(self.compute_map(rgb))
        return self.head(torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1))

    def compute_map(self, rgb: Float[Tensor, "B 3 N N"]) -> Float[Tensor, "B T M M"]:
        return self.map(self.layers(2 * rgb - 1))

    def tags(self, rgba: UInt8[Tensor, "B S S 4"]) -> Float[Tensor, "B K"]:
        """Return logits of `config.tags`."""
        return self(self.prepare(composite_on_black(rgba)))

    def features(self, rgba: UInt8[Tensor, "B S S 4"]) -> Float[Tensor, "B T 8 8"]:
        """Return features whose rows ascend with y, as in planes; those of the published tagger have row 0 on top."""
        return self.features_on_black(composite_on_black(rgba))

    def features_on_black(self, rgb: Float[Tensor, "B 3 S S"]) -> Float[Tensor, "B T 8 8"]:
        """Return `features` of a picture in [0, 1] that is on black already."""
        return self.compute_map(self.prepare(rgb)).flip(2)

    def prepare(self, rgb_on_black: Float[Tensor, "B 3 S S"]) -> Float[Tensor, "B 3 N N"]:
        return resize_bilinear(rgb_on_black, self.config.size, antialias=True)


class ResnetTagger(PublishedTagger):
    """The published tagger with tags of our own: ResNet-50, and the principal components of its last map.

    The components are fitted to the trained network (`fit_components`) and scaled so that the features spread as much
    as the published ones.
    """

    def __init__(self, config: TaggerConfig) -> None:
        super().__init__(PublishedTaggerConfig(config.size, config.features, True, len(config.tags)))
        self.config = config
        self.requires_grad_(True).train()

    def forward(self, rgb: Float[Tensor, "B 3 N N"]) -> Float[Tensor, "B K"]:
        """Return logits of the tags of a picture at the network's size, on black, in [0, 1]."""
        return self.resnet.fc(self.compute_maps(self.prepare(rgb))[-1].mean(dim=(2, 3)))

    @torch.no_grad()
    def fit_components(self, maps: Float[Tensor, "N C"]) -> None:
        """Set mean and components from vectors of the last map, one per pixel and picture."""
        mean = maps.mean(dim=0)
        covariance = (maps - mean).T @ (maps - mean) / len(maps)
        directions = torch.linalg.eigh(covariance.cpu().double())[1].to(maps)
        components = directions.flip(1)[:, : self.config.features].T  # eigh sorts the variances upwards
        # the sign of an eigenvector is arbitrary: its largest entry is made positive, so that all runs agree
        largest = components.gather(1, components.abs().argmax(dim=1, keepdim=True))
        components = components * largest.sign()
        spread = ((maps - mean) @ components.T).square().mean().sqrt().clamp(min=1e-12)
        self.pca.get_buffer("mean_").copy_(mean)
        self.pca.get_buffer("components_").copy_(components * PUBLISHED_SPREAD / spread)


Tagger = SmallTagger | ResnetTagger


def build_tagger(config: TaggerConfig) -> Tagger:
    """Return a fresh tagger of a configuration."""
    return SmallTagger(config) if config.architecture == "small" else ResnetTagger(config)


def load_tagger(weights: Path | None = None) -> Tagger:
    """Load the tagger of a weights file or run, or the shipped one. Raises UserError as `load_network` does."""
    path = find_weights(find_entry("tagger", "model"), weights)
    network: Tagger = load_network(path, "tagger", TaggerConfig, build_tagger)
    return network
