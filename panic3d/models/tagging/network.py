"""Our tagger: the published one's place and interface (`panic3d.models.tagging.published`), a hundredth of its size."""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from panic3d.models.engine.checkpoint import load_network
from panic3d.models.tagging.published import on_black
from panic3d.registry import find_entry, find_weights


@dataclass(frozen=True)
class SmallTaggerConfig:
    """Sizes of the network, and what it knows."""

    size: int = 128
    """Pixels of the picture that it looks at; its last map has a 16th of them."""
    widths: tuple[int, ...] = (16, 32, 64, 128)
    """Channels at a half, a quarter, an eighth and a sixteenth of that size."""
    features: int = 128
    """Channels of the semantic features."""
    tags: tuple[str, ...] = ()
    """What its outputs mean; a run takes them from its labels."""


class SmallTagger(nn.Module):
    """Tags of a portrait, and the map before them, whose channels have mean 0 and variance 1 over portraits."""

    def __init__(self, config: SmallTaggerConfig) -> None:
        super().__init__()
        self.config = config
        first, *others = config.widths
        layers = [_block(3, first, 2)]
        for before, after in zip(config.widths, others, strict=False):
            layers += [_block(before, after, 2), _block(after, after, 1)]
        self.layers = nn.Sequential(*layers)
        # Without a scale of its own: what the backbone adds to its channels should have theirs.
        self.map = nn.Sequential(
            nn.Conv2d(others[-1], config.features, 1, bias=False), nn.BatchNorm2d(config.features, affine=False)
        )
        self.head = nn.Linear(2 * config.features, len(config.tags))

    def forward(self, rgb: Float[Tensor, "B 3 N N"]) -> Float[Tensor, "B K"]:
        """Logits of the tags; the picture at the network's size, on black, in [0, 1]."""
        x = F.relu(self.mapped(rgb))
        return self.head(torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1))

    def mapped(self, rgb: Float[Tensor, "B 3 N N"]) -> Float[Tensor, "B T M M"]:
        return self.map(self.layers(2 * rgb - 1))

    def tags(self, rgba: UInt8[Tensor, "B S S 4"]) -> Float[Tensor, "B K"]:
        """Logits of `config.tags`."""
        return self(self.prepared(on_black(rgba)))

    def features(self, rgba: UInt8[Tensor, "B S S 4"]) -> Float[Tensor, "B T 8 8"]:
        """Rows grow with +y, as the planes' do; the published tagger's have row 0 on top."""
        return self.features_on_black(on_black(rgba))

    def features_on_black(self, rgb: Float[Tensor, "B 3 S S"]) -> Float[Tensor, "B T 8 8"]:
        """`features` of a picture in [0, 1] that is on black already."""
        return self.mapped(self.prepared(rgb)).flip(2)

    def prepared(self, on_black: Float[Tensor, "B 3 S S"]) -> Float[Tensor, "B 3 N N"]:
        size = (self.config.size,) * 2
        return F.interpolate(on_black, size, mode="bilinear", align_corners=False, antialias=True)


def load_small_tagger(weights: Path | None = None) -> SmallTagger:
    """Load the tagger of a weights file or run, or the shipped one. Raises UserError as `load_network` does."""
    path = find_weights(find_entry("tagger", "model"), weights)
    return load_network(path, "tagger", SmallTaggerConfig, SmallTagger)


def _block(before: int, after: int, stride: int) -> nn.Module:
    convolution = nn.Conv2d(before, after, 3, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU(inplace=True))
