"""The similarity of two images by the cosine of their CLIP embeddings."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from PIL import Image
from torch import Tensor

from panic3d.models.engine.checkpoint import fit_weights, read_weights
from panic3d.runtime.extras import format_install_command, is_installed
from panic3d.shards.schema import compute_sha256
from panic3d.weights.catalogue import get_weights_folder
from panic3d.weights.lpips import make_torchvision_importable

INPUT_SIZE_PX = 224
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
MODEL = "ViT-B-32-quickgelu"
"""The name of OpenAI's ViT-B/32 in open_clip."""
WEIGHTS_FILE = "open_clip_vit_b32_openai.safetensors"
HUB_FILE = ("timm/vit_base_patch32_clip_224.openai", "open_clip_model.safetensors")
CLIP_MISSING = "skipped: CLIP weights not found"

Encode = Callable[[Float[Tensor, "N 3 224 224"]], Float[Tensor, "N D"]]


@dataclass(frozen=True)
class ClipEncoder:
    """CLIP's image encoder with the sha256 of its weights."""

    encode: Encode
    weights_sha256: str


class ClipUnavailable(Exception):
    """CLIP cannot be used on this machine; the message is the reason."""


def clip_similarity(
    encode: Encode,
    prediction: UInt8[np.ndarray, "H W 3"],
    target: UInt8[np.ndarray, "H W 3"],
    centre_crop: bool = True,
) -> float:
    """Return the cosine of the two embeddings, in [-1, 1]; higher is better (Radford et al., ICML 2021, ViT-B/32).

    With `centre_crop` images are prepared by CLIP's own preprocessing, which crops them to the central square. Without
    it, the whole image is resized to the square.
    """
    batch = torch.stack([preprocess(picture, centre_crop) for picture in (prediction, target)])
    with torch.no_grad():
        a, b = torch.nn.functional.normalize(encode(batch).double(), dim=1)
    return float((a * b).sum().clamp(-1, 1))


def preprocess(picture: UInt8[np.ndarray, "H W 3"], centre_crop: bool = True) -> Float[Tensor, "3 224 224"]:
    """Resize the shorter side to 224 (bicubic), crop to the central square, normalise with CLIP's statistics.

    Without `centre_crop` the whole image is resized to 224x224.
    """
    height, width = picture.shape[:2]
    if centre_crop:
        short = min(height, width)
        wanted = (INPUT_SIZE_PX * width // short, INPUT_SIZE_PX * height // short)
    else:
        wanted = (INPUT_SIZE_PX, INPUT_SIZE_PX)
    resized = np.asarray(Image.fromarray(picture).resize(wanted, Image.Resampling.BICUBIC))
    top, left = (round((length - INPUT_SIZE_PX) / 2) for length in resized.shape[:2])
    rgb = resized[top : top + INPUT_SIZE_PX, left : left + INPUT_SIZE_PX] / np.float32(255)
    return torch.from_numpy(_normalise_rgb(rgb)).permute(2, 0, 1)


def _normalise_rgb(rgb: Float32[np.ndarray, "224 224 3"]) -> Float32[np.ndarray, "224 224 3"]:
    return (rgb - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)


def load_clip(device: str = "cpu") -> ClipEncoder:
    """Load OpenAI's ViT-B/32 with open_clip onto a device; what it is given and returns is on the CPU.

    Nothing is downloaded: the weights lie in panic3d's weights folder under the name of `WEIGHTS_FILE`, or in the
    cache of Hugging Face, where `huggingface-cli download` puts them. Raises ClipUnavailable without open_clip or
    weights.
    """
    if not is_installed("open_clip"):
        raise ClipUnavailable(f"skipped: open_clip is not installed ({format_install_command('clip')})")
    path = find_clip_weights()
    if path is None:
        raise ClipUnavailable(CLIP_MISSING)
    make_torchvision_importable()
    model: Any = fit_weights(importlib.import_module("open_clip").create_model(MODEL), read_weights(path).tensors, path)
    model.to(device)

    def encode(pictures: Float[Tensor, "N 3 224 224"]) -> Float[Tensor, "N D"]:
        embeddings: Tensor = model.encode_image(pictures.to(device))
        return embeddings.cpu()

    return ClipEncoder(encode, compute_sha256(path))


def find_clip_weights() -> Path | None:
    """Return the path of the CLIP weights on this machine, or None if they are missing."""
    own = get_weights_folder() / WEIGHTS_FILE
    if own.is_file():
        return own
    if not is_installed("huggingface_hub"):
        return None
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(*HUB_FILE)
    return Path(cached) if isinstance(cached, str) else None
