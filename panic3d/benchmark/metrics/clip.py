"""Similarity of what two pictures show: the cosine of their CLIP embeddings."""

import hashlib
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

from panic3d.runtime.extras import format_install_command, is_installed
from panic3d.weights.catalogue import weights_folder
from panic3d.weights.lpips import mend_torchvision

SIZE = 224
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
MODEL = "ViT-B-32-quickgelu"
"""open_clip's name for OpenAI's ViT-B/32."""
FILE = "open_clip_vit_b32_openai.safetensors"
HUB = ("timm/vit_base_patch32_clip_224.openai", "open_clip_model.safetensors")
NO_WEIGHTS = "skipped: CLIP weights not found"

Encode = Callable[[Float[Tensor, "N 3 224 224"]], Float[Tensor, "N D"]]


@dataclass(frozen=True)
class Clip:
    """An image encoder, and the sha256 of its weights."""

    encode: Encode
    weights_sha256: str


class ClipUnavailable(Exception):
    """CLIP cannot be used here; the message is the reason."""


def clip_similarity(
    encode: Encode,
    prediction: UInt8[np.ndarray, "H W 3"],
    target: UInt8[np.ndarray, "H W 3"],
    centre_crop: bool = True,
) -> float:
    """Cosine of the two embeddings, in [-1, 1], no unit; higher is better (Radford et al., ICML 2021, ViT-B/32).

    With `centre_crop` pictures are prepared as CLIP's own preprocessing does it: what is not square loses its edges.
    Without, the whole picture is squeezed into the square.
    """
    batch = torch.stack([preprocess(picture, centre_crop) for picture in (prediction, target)])
    with torch.no_grad():
        a, b = torch.nn.functional.normalize(encode(batch).double(), dim=1)
    return float((a * b).sum().clamp(-1, 1))


def preprocess(picture: UInt8[np.ndarray, "H W 3"], centre_crop: bool = True) -> Float[Tensor, "3 224 224"]:
    """Bicubic to 224 on the shorter side, the middle square of it, normalised with CLIP's mean and deviation."""
    height, width = picture.shape[:2]
    if centre_crop:
        short = min(height, width)
        wanted = (SIZE * width // short, SIZE * height // short)
    else:
        wanted = (SIZE, SIZE)
    resized = np.asarray(Image.fromarray(picture).resize(wanted, Image.Resampling.BICUBIC))
    top, left = (round((length - SIZE) / 2) for length in resized.shape[:2])
    rgb = resized[top : top + SIZE, left : left + SIZE] / np.float32(255)
    return torch.from_numpy(_normalise(rgb)).permute(2, 0, 1)


def _normalise(rgb: Float32[np.ndarray, "224 224 3"]) -> Float32[np.ndarray, "224 224 3"]:
    return (rgb - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)


def load_clip() -> Clip:
    """OpenAI's ViT-B/32 through open_clip, with weights that are on this machine. ClipMissing says why not.

    Nothing is downloaded: the weights lie in panic3d's weights folder under the name of `FILE`, or in Hugging Face's
    cache, where `huggingface-cli download` puts them.
    """
    if not is_installed("open_clip"):
        raise ClipUnavailable(f"skipped: open_clip is not installed ({format_install_command('clip')})")
    path = find_clip_weights()
    if path is None:
        raise ClipUnavailable(NO_WEIGHTS)
    from safetensors.torch import load_file

    mend_torchvision()
    model: Any = importlib.import_module("open_clip").create_model(MODEL)
    model.load_state_dict(load_file(path), strict=True)
    model.requires_grad_(False).eval()
    return Clip(model.encode_image, hashlib.sha256(path.read_bytes()).hexdigest())


def find_clip_weights() -> Path | None:
    """Where the weights lie on this machine; None where they do not."""
    own = weights_folder() / FILE
    if own.is_file():
        return own
    if not is_installed("huggingface_hub"):
        return None
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(*HUB)
    return Path(cached) if isinstance(cached, str) else None
