"""The network that predicts a character's parameters from a portrait: a trunk for the picture, another for the face."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.cameras.tensors import resize_bilinear
from panic3d.models.character.codes import FieldOutputs
from panic3d.models.layers import make_convolution_block

FACE_CENTRE_SHARE = (0.5, 0.515)
"""Column and row of the middle of the face's crop, in sides of the canonical portrait."""
FACE_SIDE_SHARE = 0.42
"""Side of the face's crop: 0.29 m of the 0.7 m that the portrait shows."""

LOG_SCALE_RANGE = (-2.0, 2.0)
"""Limits of the logarithms of the standard deviations; with smaller ones a few errors outweigh all other gradients."""

FEATURE_LIMIT = 5.5
"""Largest normalised value of a feature; what a batch of 32 allows."""


@dataclass(frozen=True)
class CharacterNetworkConfig:
    """Sizes of the network and names of its outputs."""

    whole_pixels: int = 160
    face_pixels: int = 128
    widths: tuple[int, ...] = (32, 64, 96, 160, 192)
    """Channels at a half, a quarter ... of the input's side."""
    squeezed: int = 48
    """Channels of a trunk's last map when it is flattened."""
    hidden: int = 384
    dropout: float = 0.2
    mixtures: int = 3
    """Normal distributions per number."""
    outputs: FieldOutputs = field(default_factory=FieldOutputs)
    """A training run takes them from the generator."""


class CharacterPrediction(NamedTuple):
    """Distributions over a character's parameters."""

    categories: Float[Tensor, "B K"]
    """Logits of `outputs.categories`."""
    means: Float[Tensor, "B N X"]
    """Means of each number's normal distributions; the range of the field is [-1, 1]."""
    log_scales: Float[Tensor, "B N X"]
    weights: Float[Tensor, "B N X"]
    """Logits of the normal distributions."""
    members: Float[Tensor, "B M"]
    """Logits of `outputs.members`."""


class ResidualBlock(nn.Module):
    """A convolution of stride 2, and one that adds to its result."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.down = make_convolution_block(inputs, outputs, 2)
        self.refine = make_convolution_block(outputs, outputs, 1)

    def forward(self, x: Float[Tensor, "B I H W"]) -> Float[Tensor, "B O h w"]:
        x = self.down(x)
        return x + self.refine(x)


class Trunk(nn.Module):
    """From a picture to a vector that keeps where things are."""

    def __init__(self, config: CharacterNetworkConfig, pixels: int) -> None:
        super().__init__()
        channels = (4, *config.widths)
        self.blocks = nn.Sequential(*(ResidualBlock(a, b) for a, b in pairwise(channels)))
        self.squeeze = nn.Conv2d(config.widths[-1], config.squeezed, 1)
        side = -(-pixels // 2 ** len(config.widths))
        self.features = config.squeezed * side**2 + config.widths[-1]

    def forward(self, picture: Float[Tensor, "B 4 S S"]) -> Float[Tensor, "B E"]:
        maps = self.blocks(2 * picture - 1)
        return torch.cat([F.relu(self.squeeze(maps)).flatten(1), maps.mean(dim=(2, 3))], dim=1)


class LimitedBatchNorm(nn.BatchNorm1d):
    """Batch normalisation of sparse features, which behaves alike in training and evaluation.

    A feature that few pictures have is rare in a batch too, so that its variance must be averaged over many batches;
    and in a batch of N its normalised values cannot exceed the root of N - 1, in evaluation they could without a limit.
    """

    def __init__(self, features: int) -> None:
        super().__init__(features, momentum=0.01)

    def forward(self, features: Float[Tensor, "B E"]) -> Float[Tensor, "B E"]:
        return super().forward(features).clamp(-FEATURE_LIMIT, FEATURE_LIMIT)


class CharacterNetwork(nn.Module):
    """Predicts a distribution over each parameter."""

    def __init__(self, config: CharacterNetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.whole, self.face = Trunk(config, config.whole_pixels), Trunk(config, config.face_pixels)
        self.join = nn.Sequential(
            LimitedBatchNorm(self.whole.features + self.face.features),
            nn.Dropout(config.dropout),
            nn.Linear(self.whole.features + self.face.features, config.hidden, bias=False),
            nn.BatchNorm1d(config.hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(config.dropout),
        )
        outputs = config.outputs
        self.counts = [len(outputs.categories), 3 * config.mixtures * len(outputs.numbers), len(outputs.members)]
        self.head = nn.Linear(config.hidden, sum(self.counts))

    def forward(self, rgba: Float[Tensor, "B 4 S S"]) -> CharacterPrediction:
        """Predict from premultiplied canonical portraits in [0, 1]."""
        whole = resize_bilinear(rgba, self.config.whole_pixels, antialias=True)
        face = resize_bilinear(crop_face(rgba), self.config.face_pixels, antialias=True)
        hidden = self.join(torch.cat([self.whole(whole), self.face(face)], dim=1))
        categories, numbers, members = self.head(hidden).float().split(self.counts, dim=1)
        means, log_scales, weights = numbers.reshape(len(rgba), -1, 3, self.config.mixtures).unbind(2)
        return CharacterPrediction(categories, means, log_scales.clamp(*LOG_SCALE_RANGE), weights, members)


def crop_face(rgba: Float[Tensor, "B C S S"]) -> Float[Tensor, "B C s s"]:
    """Cut out the square about the face."""
    size = rgba.shape[-1]
    side = round(FACE_SIDE_SHARE * size)
    left, top = (round(centre * size) - side // 2 for centre in FACE_CENTRE_SHARE)
    return rgba[:, :, top : top + side, left : left + side]
