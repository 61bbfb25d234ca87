"""Mapping, modulated convolutions, blocks and conditioning against recorded numbers (items 03a to 03d)."""

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from helpers.parity_cases import Case, assert_close, list_prefixes
from panic3d.cameras.tensors import resize_bilinear
from panic3d.models.reconstructor.network.backbone import BackboneConfig, SynthesisNetwork
from panic3d.models.reconstructor.network.conditioning import add_to_first_channels, condition_image
from panic3d.models.reconstructor.network.stylegan.discriminator import EqualisedConvolution, downsample
from panic3d.models.reconstructor.network.stylegan.layers import make_smoothing_filter, upsample
from panic3d.models.reconstructor.network.stylegan.mapping import MappingNetwork
from panic3d.models.reconstructor.network.stylegan.modulated_layers import SynthesisLayer, ToRGB
from panic3d.models.reconstructor.network.stylegan.superresolution import SuperResolution, SuperResolutionConfig
from panic3d.models.reconstructor.network.stylegan.synthesis_block import SynthesisBlock


@pytest.mark.parity_items("03a")
def test_the_mapping_network_gives_the_recorded_vectors(case: Case) -> None:
    mapping = MappingNetwork(512, 25, 512, 2)
    case.fill(mapping, "backbone.mapping.")
    nothing = torch.zeros_like(case["c"])
    assert_close(mapping(case["z"], nothing), case["w_c0"], "03")
    assert_close(mapping(case["z"], case["c"]), case["w_c"], "03")
    assert_close(mapping(case["z"], nothing, truncation=0.5), case["w_c0_psi0p5"], "03")
    stored = case["ws_c0_psi0p7_cutoff7"]  # of the 14 the 1st, 5th, 9th and 13th; the first 7 are truncated
    for place, truncation in enumerate((0.7, 0.7, 1.0, 1.0)):
        assert_close(mapping(case["z"], nothing, truncation), stored[:, place], "03")
    discriminators = MappingNetwork(0, 25, 512, 8)
    case.fill(discriminators, "mapping.")
    assert_close(discriminators(None, case["c"]), case["D_cmap"], "03")


@pytest.mark.parity_items("03b")
def test_layers_give_the_recorded_outputs(case: Case) -> None:
    for up in (1, 2):
        layer = SynthesisLayer(24, 16, 64, 16, up=up == 2)
        case.fill(layer, f"layer_up{up}.")
        x = case[f"up{up}_x"]
        for noise in ("const", "none"):
            assert_close(layer(x, case["w"], noise), case[f"up{up}_out_{noise}"], "03")
        assert_close(layer(x, case["w"], "none", gain=math.sqrt(0.5)), case[f"up{up}_out_none_gain"], "03")
        layer.clamp = 1.0
        if up == 1:
            assert_close(layer(x, case["w"], "none"), case["up1_out_none_clamp1"], "03")
    skip = ToRGB(16, 48, 64)
    case.fill(skip, "torgb.")
    assert_close(skip(case["torgb_x"], case["w"]), case["torgb_out"], "03")
    skip.clamp = 1.0
    assert_close(skip(case["torgb_x"], case["w"]), case["torgb_out_clamp1"], "03")
    assert_close(make_smoothing_filter(), case["resample_filter"], "03")
    assert_close(upsample(case["img_in"], make_smoothing_filter()), case["img_up2"], "03")
    assert_close(downsample(case["img_in"][:, :, :8, :8], make_smoothing_filter()), case["img_down2"], "03")


@pytest.mark.parity_items("03b")
def test_unfused_modulation_gives_the_recorded_outputs(case: Case) -> None:
    for up in (1, 2):  # ours never fuses: the recorded fused and unfused results are both its
        layer = SynthesisLayer(24, 16, 64, 16, up=up == 2)
        case.fill(layer, f"layer_up{up}.")
        assert_close(layer(case[f"up{up}_x"], case["w"], "const"), case[f"up{up}_out_const_unfused"], "03")


@pytest.mark.parity_items("03b")
def test_plain_convolutions_give_the_recorded_outputs(case: Case) -> None:
    x = case["img_in"][:, :, :8, :8]
    for down in (1, 2):
        convolution = EqualisedConvolution(5, 6, 3, down=down == 2)
        case.fill(convolution, f"conv_down{down}.")
        assert_close(convolution(x), case[f"conv_down{down}_out"], "03")
        assert_close(convolution(x, math.sqrt(0.5)), case[f"conv_down{down}_out_gain"], "03")


@pytest.mark.parity_items("03c")
def test_blocks_give_the_recorded_outputs(case: Case) -> None:
    first, middle = SynthesisBlock(0, 32, 64, 4, 12), SynthesisBlock(32, 24, 64, 16, 12)
    case.fill(first, "first.")
    case.fill(middle, "mid.")
    x, image = first(None, None, case["ws"][:, :2], "const")
    assert_close(x, case["first_x"], "03")
    assert_close(image, case["first_img"], "03")
    x, image = middle(case["mid_in_x"], case["mid_in_img"], case["ws"], "const")
    assert_close(x, case["mid_x"], "03")
    assert_close(image, case["mid_img"], "03")
    assert_close(middle(case["mid_in_x"], case["mid_in_img"], case["ws"], "none")[0], case["mid_x_nonoise"], "03")


@pytest.mark.parity_items("03c")
def test_super_resolution_gives_the_recorded_picture(case: Case) -> None:
    module = SuperResolution(32, SuperResolutionConfig(channels=16), 512)
    case.fill(module, "superresolution.")
    features = F.interpolate(case["sr_in_lowres_12"], (96, 96), mode="bilinear", align_corners=False)
    assert_close(resize_bilinear(features, 128, antialias=True)[:, :4, 1::8, 1::8], case["sr_in_resized_128"], "03")
    with torch.no_grad():
        out = module(features, case["sr_ws_last"])
    assert_close(out[:, :, 3::8, 3::8], case["sr_out"], "03")
    assert_close(out[:, :, :16, :16], case["sr_out_corner16"], "03")


def conditioned_network(case: Case) -> tuple[SynthesisNetwork, torch.Tensor]:
    """Return the small network filled by the recipe and its condition image."""
    config = replace(BackboneConfig(), resolution=32, channel_base=1024, channel_max=32, w_dim=64)
    network = SynthesisNetwork(config, 12)
    case.fill(network, "small.")
    return network, condition_image(case["cond_image"], config.image_gain)


@pytest.mark.parity_items("03d", groups=list_prefixes("_x_before"))
def test_conditioning_of_a_block_is_the_recorded_one(case: Case, group: str) -> None:
    network, image = conditioned_network(case)
    conditioned = network.condition(case[f"{group}_x_before"], image, case["chonk_first16"])
    assert_close(conditioned, case[f"{group}_x_after"], "03")


@pytest.mark.parity_items("03d")
def test_conditioning_of_the_picture_and_the_whole_network_are_the_recorded_ones(case: Case) -> None:
    network, image = conditioned_network(case)
    for resolution in (4, 8, 16):
        assert_close(case[f"b{resolution}_img_before"], case[f"b{resolution}_img_after"], "03")
    before, after = case["b32_img_before"], case["b32_img_after"]
    assert_close(add_to_first_channels(before, resize_bilinear(image, 32)), after, "03")
    assert_close(network(case["ws"], image, case["chonk_first16"], "const"), case["out"], "03")
