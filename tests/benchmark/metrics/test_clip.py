"""CLIP similarity: its arithmetic with a stub encoder, its preparation and loading against open_clip itself."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from helpers.requirements import require_package
from panic3d.benchmark.metrics import clip
from panic3d.benchmark.metrics.clip import ClipUnavailable, clip_similarity, load_clip, preprocess
from panic3d.benchmark.protocols.standard import StandardProtocol
from panic3d.weights.lpips import make_torchvision_importable


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    small = np.random.default_rng(seed).integers(0, 255, (6, 6, 3)).astype(np.uint8)
    return np.array(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def means(batch: torch.Tensor) -> torch.Tensor:
    """A stub encoder: the mean of each channel."""
    return batch.mean(dim=(2, 3))


def test_cosine_of_the_two_embeddings() -> None:
    a, b = picture(300, 300), picture(300, 300, 1)
    u, v = (preprocess(x).mean(dim=(1, 2)).double().numpy() for x in (a, b))
    expected = u @ v / np.linalg.norm(u) / np.linalg.norm(v)
    assert clip_similarity(means, a, b) == pytest.approx(expected, abs=1e-6)
    assert clip_similarity(means, a, a) == pytest.approx(1, abs=1e-12)
    assert clip_similarity(lambda x: torch.stack([means(x)[0], -means(x)[0]]), a, b) == pytest.approx(-1)
    assert clip_similarity(lambda x: 1000 * means(x), a, b) == pytest.approx(expected, abs=1e-6), "length matters"


def test_what_is_not_square_loses_its_edges() -> None:
    wide = picture(200, 400)
    other = wide.copy()
    other[:, :60] = 0  # outside the middle square
    assert clip_similarity(means, wide, other) == pytest.approx(1, abs=1e-3)
    assert clip_similarity(means, wide, other, centre_crop=False) < 0.999
    assert preprocess(wide).shape == preprocess(wide, centre_crop=False).shape == (3, 224, 224)


@pytest.mark.parametrize("size", [(512, 512), (330, 250), (260, 512)])
def test_preparation_is_open_clips(size: tuple[int, int]) -> None:
    make_torchvision_importable()
    require_package("open_clip")
    import open_clip

    transform = open_clip.image_transform(
        224, is_train=False, mean=clip.MEAN, std=clip.DEVIATION, resize_mode="shortest", interpolation="bicubic"
    )
    expected = transform(Image.fromarray(picture(*size)))
    difference = (preprocess(picture(*size)) - expected).abs()
    assert difference.max() < 0.05 and difference.mean() < 2e-3  # a grey level is 0.015


def test_real_architecture_with_weights_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """open_clip's own ViT-B/32, small here, written as safetensors and found under our name."""
    make_torchvision_importable()
    require_package("open_clip")
    import open_clip
    from safetensors.torch import save_file

    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path))
    real = open_clip.create_model

    def small(name: str) -> torch.nn.Module:
        assert name == "ViT-B-32-quickgelu"
        torch.manual_seed(0)
        return real(name, embed_dim=16, vision_cfg={"layers": 1, "width": 64, "patch_size": 32, "image_size": 224})

    monkeypatch.setattr(importlib.import_module("open_clip"), "create_model", small)
    with pytest.raises(ClipUnavailable, match="weights not found"):
        load_clip()
    model = small("ViT-B-32-quickgelu")
    save_file(
        {name: tensor.contiguous() + 0.01 for name, tensor in model.state_dict().items()}, tmp_path / clip.WEIGHTS_FILE
    )
    loaded = load_clip()
    assert len(loaded.weights_sha256) == 64
    a, b = picture(300, 300), picture(300, 300, 5)
    assert clip_similarity(loaded.encode, a, a) == pytest.approx(1, abs=1e-6)
    assert clip_similarity(loaded.encode, a, b) < 1


def test_skipped_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(clip, "is_installed", lambda library: False)
    protocol = StandardProtocol()
    reason = protocol.skipped["front_clip"]
    assert reason.startswith("skipped: open_clip is not installed (pip install") and "[clip]" in reason
    assert protocol.metric_weights == {}
