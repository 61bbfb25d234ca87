"""The published tagger and its projected map against recorded numbers (item 11)."""

import zlib
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from helpers.parity_cases import Case, assert_close, assert_stats
from panic3d.models.tagging.published import PublishedTagger, PublishedTaggerConfig, composite_on_black

STAGES = ("conv1", "layer1", "layer2", "layer3", "layer4")


@lru_cache(maxsize=1)
def filled(path: Path) -> PublishedTagger:
    """By the tagger's own recipe."""
    case, tagger = Case(path), PublishedTagger(PublishedTaggerConfig())
    state = tagger.state_dict()
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        shape = (1062, 2048) if name == "pca.components_" else tuple(tensor.shape)
        seed = zlib.crc32((case.seeds["salt"] + name).encode())
        numbers = recipe(name, np.random.RandomState(seed).standard_normal(shape))[: len(tensor)]
        state[name] = torch.as_tensor(numbers, dtype=tensor.dtype)
    tagger.load_state_dict(state)
    return tagger


def recipe(name: str, r: np.ndarray) -> np.ndarray:
    if name == "pca.components_" or name == "resnet.fc.weight":
        return r / np.sqrt(2048)
    if name.endswith("weight"):
        return r * np.sqrt(2 / np.prod(r.shape[1:])) if r.ndim == 4 else 0.6 + 0.1 * r
    return 1 + 0.1 * np.abs(r) if name.endswith("running_var") else 0.1 * r


def both(case: Case) -> Tensor:
    """The portrait, and mirrored."""
    rgba = case["rgba"]
    return torch.stack([rgba, rgba.flip(1)])


@pytest.mark.parity_items("11", groups=lambda keys: [k for k in ("chonk_aa", "chonk_noaa") if k in keys])
def test_the_features_are_the_recorded_ones(case: Case, group: str) -> None:
    tagger = filled(case.path)
    tagger.sizes = PublishedTaggerConfig(antialias=group == "chonk_aa")
    features = tagger.features(both(case))
    assert_close(features[:, ::4], case[group], "11")
    assert_stats(features, case[f"{group}__stats"], "11")


@pytest.mark.parity_items("11")
def test_maps_and_tags_are_the_recorded_ones(case: Case) -> None:
    tagger = filled(case.path)
    names = [name for name in tagger.state_dict() if name.startswith("resnet.")]
    assert sorted(names) == sorted(case.arrays["state_names"].tolist())
    tagger.sizes = PublishedTaggerConfig(antialias=False)
    rgba = both(case)[:1]
    maps = tagger.compute_maps(tagger.prepare(composite_on_black(rgba)))
    for stage, whole in zip(STAGES, maps, strict=True):
        stored = case[f"feat_{stage}"]
        channels, step = whole.shape[1] // stored.shape[0], whole.shape[-1] // stored.shape[-1]
        assert_close(whole[0, ::channels, step // 2 :: step, step // 2 :: step], stored, "11")
        assert_stats(whole, case[f"feat_{stage}__stats"], "11")
    assert_close(maps[-1].mean(dim=(2, 3))[0], case["avgpool"], "11")
    assert_close(tagger.tags(rgba)[0], case["logits"], "11")
