"""Semantic features of a portrait: the published tagger, a ResNet-50 of 1062 tags, and the PCA of its last map.

Tensors are named as in its checkpoint (`resnet.*`); the PCA's stand beside them (`pca.mean_`, `pca.components_`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from panic3d.cameras.tensors import resize_bilinear
from panic3d.runtime.errors import UserError
from panic3d.weights.catalogue import get_weights_folder
from panic3d.weights.lpips import make_torchvision_importable

TAG_COUNT = 1062
FILE = "tagger.safetensors"
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@runtime_checkable
class SemanticFeatures(Protocol):
    """A tagger's features of the original portrait, which the backbone adds at 8x8."""

    def features(self, rgba: UInt8[Tensor, "B S S 4"]) -> Float[Tensor, "B T 8 8"]: ...

    def features_on_black(self, rgb: Float[Tensor, "B 3 S S"]) -> Float[Tensor, "B T 8 8"]:
        """Return `features` of a picture in [0, 1] that is on black already."""
        ...


@dataclass(frozen=True)
class PublishedTaggerConfig:
    size: int = 256
    """Pixels along the side of its input; its last map has a 32nd of them."""
    components: int = 512
    """Channels that the PCA keeps, of 2048."""
    antialias: bool = True
    """Whether pictures are antialiased when they shrink; `false` for weights of the time of torchvision 0.12.

    torchvision 0.12 did not antialias, later versions do: features differ by up to 0.07 at a spread of 0.35.
    """
    tag_count: int = TAG_COUNT


class PublishedTagger(nn.Module):
    """Predicts tags of a portrait, and projects the map before them pixel by pixel."""

    def __init__(self, config: PublishedTaggerConfig) -> None:
        super().__init__()
        make_torchvision_importable()
        from torchvision.models import resnet50

        self.sizes = config
        self.resnet = resnet50(weights=None, num_classes=config.tag_count)
        self.pca = nn.Module()
        self.pca.register_buffer("mean_", torch.zeros(self.resnet.fc.in_features))
        self.pca.register_buffer("components_", torch.zeros(config.components, self.resnet.fc.in_features))
        self.eval().requires_grad_(False)

    def prepare(self, rgb_on_black: Float[Tensor, "B 3 S S"]) -> Float[Tensor, "B 3 N N"]:
        """Resize a picture to the network's size and normalise it by ImageNet's mean and standard deviation."""
        small = resize_bilinear(rgb_on_black, self.sizes.size, self.sizes.antialias)
        mean, std = (torch.tensor(v).to(small)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
        return (small - mean) / std

    def compute_maps(self, picture: Float[Tensor, "B 3 N N"]) -> list[Float[Tensor, "B C H W"]]:
        """Return the maps after the first convolution and after each of the four stages."""
        net = self.resnet
        maps = [net.relu(net.bn1(net.conv1(picture)))]
        x = net.maxpool(maps[0])
        for stage in (net.layer1, net.layer2, net.layer3, net.layer4):
            x = stage(x)
            maps.append(x)
        return maps

    def tags(self, rgba: UInt8[Tensor, "B S S 4"]) -> Float[Tensor, "B T"]:
        """Return logits of the tags."""
        return self.resnet.fc(self.compute_maps(self.prepare(composite_on_black(rgba)))[-1].mean(dim=(2, 3)))

    def features(self, rgba: UInt8[Tensor, "B S S 4"]) -> Float[Tensor, "B T 8 8"]:
        """Return the last map projected on the PCA's first components; row 0 on top, as published."""
        return self.features_on_black(composite_on_black(rgba))

    def features_on_black(self, rgb: Float[Tensor, "B 3 S S"]) -> Float[Tensor, "B T 8 8"]:
        """Return `features` of a picture in [0, 1] that is on black already."""
        last = self.compute_maps(self.prepare(rgb))[-1]
        mean, components = self.pca.get_buffer("mean_"), self.pca.get_buffer("components_")
        return torch.einsum("bcij,tc->btij", last - mean[:, None, None], components)


def composite_on_black(rgba: UInt8[Tensor, "B S S 4"]) -> Float[Tensor, "B 3 S S"]:
    """Composite a picture on black in 8 bits, as image libraries do; returns RGB in [0, 1]."""
    picture = rgba.permute(0, 3, 1, 2).float()
    return (picture[:, :3] * picture[:, 3:] / 255).round() / 255


def load_published_tagger(path: Path | None = None) -> PublishedTagger | None:
    """Load the imported tagger; None if there is none. Raises UserError, with its name, if a tensor does not fit."""
    from panic3d.models.engine.checkpoint import fit_weights, read_weights

    path = path or get_weights_folder() / FILE
    if not path.is_file():
        return None
    tensors = read_weights(path).tensors
    if "pca.components_" not in tensors:
        raise UserError(f"{path} has no PCA: import it too (`panic3d weights import-official pca.pkl`)")
    tagger = PublishedTagger(PublishedTaggerConfig(components=len(tensors["pca.components_"]), antialias=False))
    return fit_weights(tagger, tensors, path)


@torch.no_grad()
def compute_batch_features(
    tagger: SemanticFeatures | None, rgb_on_white: Float[Tensor, "B 3 S S"], alpha: Float[Tensor, "B S S"]
) -> Float[Tensor, "B T 8 8"] | None:
    """Return the features of a training batch; None without a tagger."""
    # from white to black: the transmitted white is subtracted
    return None if tagger is None else tagger.features_on_black(rgb_on_white - (1 - alpha[:, None]))


def compute_portrait_features(
    tagger: SemanticFeatures, original: UInt8[np.ndarray, "S S 4"], device: torch.device | None = None
) -> Float[Tensor, "1 T 8 8"]:
    """Return the features of one portrait with its lines, as published; `device` is the tagger's (None: the CPU)."""
    with torch.no_grad():
        return tagger.features(torch.from_numpy(original)[None].to(device))
