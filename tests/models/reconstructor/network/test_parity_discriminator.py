"""The dual discriminator against recorded numbers (item 05)."""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.parity_cases import TOLERANCE, Case, assert_close, assert_stats
from panic3d.cameras.camera import Camera
from panic3d.cameras.tensors import resize_bilinear
from panic3d.models.reconstructor.network.stylegan.discriminator import DualDiscriminator, DualDiscriminatorConfig
from panic3d.models.reconstructor.rendering.camera_labels import make_camera_labels


@lru_cache(maxsize=2)
def discriminator(path: Path) -> DualDiscriminator:
    made = DualDiscriminator(DualDiscriminatorConfig()).eval().requires_grad_(False)
    Case(path).fill(made, "")
    return made


def pictures(case: Case) -> tuple[Tensor, Tensor]:
    def enlarge(key: str, size: int) -> Tensor:
        return F.interpolate(case[key], (size, size), mode="bilinear", align_corners=False)

    return enlarge("image_low32", 512), enlarge("image_raw_low24", 96)


@lru_cache(maxsize=2)
def features(path: Path, count: int) -> list[Tensor]:
    """What each block makes of the first pictures; batches meet only in the last block."""
    case, made = Case(path), discriminator(path)
    rgb, raw = (p[:count] for p in pictures(case))
    x, outputs = torch.cat([rgb, resize_bilinear(raw, made.config.size, antialias=True)], dim=1), []
    for resolution in made.resolutions:
        x = made.get_submodule(f"b{resolution}")(x)
        outputs.append(x)
    return outputs


@pytest.mark.parity_items("05")
def test_the_tensors_have_the_recorded_names_shapes_and_values(case: Case) -> None:
    state = discriminator(case.path).state_dict()
    names = case.arrays["state_names"].tolist()
    assert sorted(names) == sorted(state)
    assert sum(p.numel() for p in discriminator(case.path).parameters()) == 31_359_744
    for i, name in enumerate(names):
        assert list(state[name].shape) == [int(n) for n in re.findall(r"\d+", case.arrays["state_shapes"][i])]
        total = float(case.arrays["state_sum_float64"][i])
        assert state[name].double().sum().item() == pytest.approx(total, rel=1e-6, abs=1e-3)
        first = np.resize(state[name].flatten()[:4].numpy(), 4)
        np.testing.assert_allclose(first, case.arrays["state_first4"][i], rtol=1e-6)


@pytest.mark.parity_items("05")
def test_the_inputs_are_the_recorded_ones(case: Case) -> None:
    made, (rgb, raw) = discriminator(case.path), pictures(case)
    cameras = [Camera("persp", float(a), float(e), fov_deg=30.0) for e, a in case["elev_azim"].tolist()]
    assert_close(make_camera_labels(cameras), case["c"], "05")
    for name, pictures_seen in (
        ("image", rgb),
        ("image_raw", raw),
        ("image_raw_up512", resize_bilinear(raw, made.config.size, antialias=True)),
    ):
        stored, whole = case[name], pictures_seen[: len(case[name])]
        step = whole.shape[-1] // stored.shape[-1]
        starts = [s for s in range(step) if whole[:, :, s::step, s::step].shape == stored.shape]
        assert min((whole[:, :, s::step, s::step] - stored).abs().max() for s in starts) <= TOLERANCE["05"], name
        if f"{name}__stats" in case:
            shown = int(case[f"{name}__shape"][0])
            assert_stats(pictures_seen[:shown], case[f"{name}__stats"], "05")
    assert_close(made.mapping(None, case["c"]), case["cmap"], "05")


@pytest.mark.parity_items("05")
def test_blocks_give_the_recorded_outputs(case: Case) -> None:
    made = discriminator(case.path)
    for resolution, output in zip(made.resolutions, features(case.path, 1), strict=True):
        channels, size = output.shape[1], output.shape[-1]
        step = max(1, size // 8)
        part = output[0, :: channels // 8, step // 2 :: step, step // 2 :: step]
        assert_close(part, case[f"n1_b{resolution}_out"], "05")
        if f"n1_b{resolution}_out__stats" in case:
            assert_stats(output, case[f"n1_b{resolution}_out__stats"], "05")


def batches(keys: Iterable[str]) -> list[str]:
    return sorted(key.removeprefix("logits_") for key in keys if key.startswith("logits_n"))


def check_logits(case: Case, count: int, pictures_seen: int) -> None:
    label = discriminator(case.path).mapping(None, case["c"][:count])
    logits = discriminator(case.path).b4(features(case.path, pictures_seen)[-1][:count], label)
    assert_close(logits, case[f"logits_n{count}"], "05")


@pytest.mark.parity_items("05", groups=lambda keys: [n for n in batches(keys) if int(n[1:]) == 1])
def test_the_logit_of_one_picture_is_the_recorded_one(case: Case, group: str) -> None:
    check_logits(case, int(group[1:]), 1)


@pytest.mark.slow
@pytest.mark.parity_items("05", groups=lambda keys: [n for n in batches(keys) if int(n[1:]) > 1])
def test_logits_of_several_pictures_are_the_recorded_ones(case: Case, group: str) -> None:
    check_logits(case, int(group[1:]), len(case["c"]))


@pytest.mark.slow
@pytest.mark.parity_items("05")
def test_squared_gradients_are_the_recorded_ones(case: Case) -> None:
    """The ingredient of R1."""
    made = discriminator(case.path)
    rgb, raw = (p[:2].requires_grad_() for p in pictures(case))
    gradients = torch.autograd.grad(made(rgb, raw, case["c"][:2]).sum(), (rgb, raw))
    for name, gradient in zip(("image", "raw"), gradients, strict=True):
        expected = case[f"r1_{name}_gradsq_n2"]
        ours = gradient.square().sum(dim=(1, 2, 3))
        assert ((ours - expected).abs() / expected).max() <= TOLERANCE["05_r1"]
