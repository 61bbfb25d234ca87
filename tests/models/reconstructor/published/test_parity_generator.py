"""The whole 29-million-parameter generator against recorded numbers (item 04): planes, field, views, super-resolution.

The quick renderer in the fast suite, the plain one in the slow.
"""

import re
from typing import Any

import numpy as np
import pytest
import torch

from helpers.parity_cases import (
    RECORDED_ROUNDING,
    SHARE_WITHIN,
    TOLERANCE,
    Case,
    assert_close,
    assert_stats,
    compute_recorded_opacity,
    list_prefixes,
)
from helpers.published_generator import make_camera, make_generator, make_published_head
from panic3d.cameras.tensors import resize_bilinear
from panic3d.models.reconstructor.network import backbone
from panic3d.models.reconstructor.network.conditioning import condition_image
from panic3d.models.reconstructor.published.volume_head import PublishedView, VolumeHead

PATHS = [pytest.param(True, id="quick"), pytest.param(False, id="plain", marks=pytest.mark.slow)]
GLTF_FROM_HEAD = torch.tensor([-1.0, 1.0, -1.0])
each_view = list_prefixes("_image_raw")


@pytest.mark.parity_items("04_generator_*_planes")
def test_the_tensors_have_the_recorded_names_shapes_and_values(case: Case) -> None:
    state = {n: t for n, t in make_generator(case).state_dict().items() if n != "backbone.mapping.w_avg"}
    names = case.arrays["state_names"].tolist()
    assert sorted(names) == sorted([*state, "backbone.mapping.w_avg"])
    assert sum(p.numel() for p in make_generator(case).parameters()) == 29_211_200
    for i, name in enumerate(names):
        if name in state and not name.endswith("resample_filter"):
            assert list(state[name].shape) == [int(n) for n in re.findall(r"\d+", case.arrays["state_shapes"][i])]
            total = float(case.arrays["state_sum_float64"][i])
            assert state[name].double().sum().item() == pytest.approx(total, rel=1e-6, abs=1e-3)
            first = np.resize(state[name].flatten()[:4].numpy(), 4)
            np.testing.assert_allclose(first, case.arrays["state_first4"][i], rtol=1e-6)


@pytest.mark.parity_items("04_generator_*_planes")
def test_the_inputs_are_the_recorded_ones(case: Case) -> None:
    assert_stats(make_published_head(case).front_rgb, case["cond_image__stats"], "04")
    assert_close(make_published_head(case).front_rgb[:, 3::8, 3::8], case["cond_image"], "04")
    semantic = case.normal("chonk_seed", (1, 512, 8, 8))
    assert_stats(semantic, case["chonk__stats"], "04")
    assert_close(case.normal("z_seed", (1, 512)), case["z"], "04")


@pytest.mark.parity_items("04_generator_*_planes")
def test_the_planes_are_the_recorded_ones(case: Case) -> None:
    encoded = make_published_head(case).encoded
    channels = encoded.planes[0].flatten(0, 2)
    assert encoded.w is not None
    assert_close(encoded.w[0], case["w"], "04")
    assert_close(channels[:, 5::16, 7::16], case["planes"], "04")
    assert_stats(channels, case["planes__stats"], "04")
    assert_close(channels.mean(dim=(1, 2)), case["planes_chan_mean"], "04")
    spread = (case["planes_chan_std"] - channels.std(dim=(1, 2), correction=0)).abs().max()
    assert spread <= TOLERANCE["04"]


def chosen(features: torch.Tensor) -> torch.Tensor:
    """The stored channels and pixels of a block's features (1, C, s, s)."""
    count, size = features.shape[1], features.shape[-1]
    channels = [0, count // 8 - 1, count // 8, count // 4 - 1, count // 4, *range(count - 4, count)]
    step = max(1, size // 16)
    return features[0, channels][:, step // 2 :: step, step // 2 :: step]


@pytest.mark.parity_items("04_generator_*_planes")
def test_blocks_give_the_recorded_outputs(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """What each block hands on, conditioned; caught where the next block takes it in."""
    network: Any = make_generator(case).backbone.synthesis
    image = condition_image(make_published_head(case).front_rgb[None], 4.0)
    semantic = case.normal("chonk_seed", (1, 512, 8, 8))
    ws = case["w"][None, None].expand(1, network.w_count, -1)
    x, planes = network.b4(None, None, ws[:, :2], "const")
    for i, resolution in enumerate(network.resolutions):
        conditioned = network.condition(x, image, semantic)
        assert_close(chosen(conditioned), case[f"b{resolution}_x_after"], "04")
        assert_stats(conditioned, case[f"b{resolution}_x_after__stats"], "04")
        if resolution == network.resolutions[-1]:
            planes = backbone.add_to_first_channels(planes, resize_bilinear(image, resolution))
        step = max(1, resolution // 16)
        part = planes[0, ::9, step // 2 :: step, step // 2 :: step]
        assert_close(part, case[f"b{resolution}_img_after"], "04")
        assert_stats(planes, case[f"b{resolution}_img_after__stats"], "04")
        if resolution < network.resolutions[-1]:
            block = network.get_submodule(f"b{2 * resolution}")
            x, planes = block(conditioned, planes, ws[:, 1 + 2 * i : 4 + 2 * i], "const")


@pytest.mark.parity_items("04_generator_*_planes")
@pytest.mark.parametrize("quick", [True, False])
def test_density_and_colours_at_points_are_the_recorded_ones(case: Case, quick: bool) -> None:
    made, points = make_published_head(case), case["points"]
    if quick:
        density, colours = made.field.density(points[0])[None], made.field.colours(points[0])[None]
    else:
        values = made.model.query(made.encoded, points)
        density, colours = values.density, values.colours
    assert_close(density[..., None], case["points_sigma"], "04", relative=True)
    assert_close(colours, case["points_rgb"], "04")


def view_of(case: Case, group: str, edits: str, quick: bool) -> tuple[VolumeHead, PublishedView]:
    if match := re.search(r"_(stream|mid)_(\d+)_(plain|post)$", group):  # the `extra` files say how
        made = make_published_head(case, match[3], int(match[2]), quick, stream=match[1] == "stream")
    else:
        made = make_published_head(case, edits, quick=quick)
    return made, made.render_view(make_camera(case[f"{group}_elev_azim_fov"]))


def assert_maps(actual: torch.Tensor, expected: torch.Tensor) -> None:
    off = (actual - expected).abs()
    assert_close(actual, expected, "04_maps")
    share, most = SHARE_WITHIN["04_maps_worst"]
    assert (off > most).double().mean() <= share
    assert off.mean() <= TOLERANCE["04_maps_mean"]


def check_view(case: Case, group: str, edits: str, quick: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    size = case[f"{group}_image_raw"].shape[-1]
    monkeypatch.setattr(
        "panic3d.models.reconstructor.rendering.ray_marching.opacity", compute_recorded_opacity
    )  # for depths of empty rays
    monkeypatch.setattr("panic3d.models.reconstructor.rendering.cpu.rays.EXPONENTIAL_ROUNDING", RECORDED_ROUNDING)
    made, view = view_of(case, group, edits, quick)
    gathered = view.gathered
    maps = {
        "image_raw": view.raw_rgb,
        "image_weights": gathered.alpha.view(1, size, size),
        "image_xyz": (gathered.xyz_head_m * GLTF_FROM_HEAD).t().reshape(3, size, size),
        "image_depth": gathered.depth_m.view(1, size, size),
        "image_sr": view.rgb[:, 3::8, 3::8],
    }
    for name, ours in maps.items():
        assert_maps(ours, case[f"{group}_{name}"])
    if f"{group}_mask" in case:  # pasted with the stream's next numbers
        check_pasted(case, group, made, view)


def check_pasted(case: Case, group: str, made: VolumeHead, view: PublishedView) -> None:
    from panic3d.models.reconstructor.rendering.camera_labels import make_unit_rays

    rays = make_unit_rays(make_camera(case[f"{group}_elev_azim_fov"]), made.config.rays)
    pasted = made.stitch(view.rgb, view.gathered, *rays)
    assert_close(pasted.mask[2::4, 2::4], case[f"{group}_mask"], "06")
    assert_close(pasted.rgb[:, 3::8, 3::8], case[f"{group}_image_final"], "06")


@pytest.mark.parity_items("04_generator_*_plain", groups=each_view)
@pytest.mark.parametrize("quick", PATHS)
def test_views_are_the_recorded_ones(case: Case, group: str, quick: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    check_view(case, group, "plain", quick, monkeypatch)


@pytest.mark.parity_items("04_generator_*_post", groups=each_view)
@pytest.mark.parametrize("quick", PATHS)
def test_views_with_density_edits_are_the_recorded_ones(
    case: Case, group: str, quick: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_view(case, group, "post", quick, monkeypatch)


@pytest.mark.parity_items("04_generator_*_extra", groups=each_view)
@pytest.mark.parametrize("quick", PATHS)
def test_views_with_other_samplings_are_the_recorded_ones(
    case: Case, group: str, quick: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_view(case, group, "", quick, monkeypatch)
