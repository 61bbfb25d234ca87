"""The published stitch against recorded numbers: by itself (item 06b), then in whole views (item 06)."""

import pytest
import torch
from torch import Tensor

from helpers.parity_cases import TOLERANCE, Case, assert_close, assert_stats, list_prefixes
from helpers.published_generator import make_camera, make_published_head
from panic3d.cameras.camera import Camera
from panic3d.cameras.tensors import resize_bilinear
from panic3d.models.reconstructor.network.inference_config import StitchThresholds
from panic3d.models.reconstructor.published.stitch import (
    StitchedView,
    compute_edge_strength,
    compute_ray_offset_m,
    compute_sobel_magnitude,
    make_rays_to_front,
    stitch_view,
)
from panic3d.models.reconstructor.rendering.camera_labels import make_unit_rays

HEAD_FROM_GLTF = torch.tensor([-1.0, 1.0, -1.0])
BITS = {"mask_weights": "opaque", "mask_edges": "smooth", "mask_dxyz": "on_ray"}


def assert_bits(pasted: StitchedView, case: Case, prefix: str) -> None:
    for name, attribute in BITS.items():
        ours, stored = getattr(pasted, attribute), case.bits(prefix + name)
        assert (ours != stored).double().mean() <= TOLERANCE["06_bits"], name
        mean = case[f"{prefix}{name}__mean"].item()
        assert abs(ours.double().mean().item() - mean) <= TOLERANCE["06_bits_mean"], name


def inputs(case: Case) -> tuple[Tensor, Tensor, Tensor]:
    """Positions in the head frame (3, R, R), and each ray's origin and direction (R R, 3)."""
    xyz = case["in_image_xyz"][0] * HEAD_FROM_GLTF[:, None, None]
    origins = case["ray_origins"][0].flatten(1).t()
    return xyz, origins, case["ray_dir"].expand_as(origins)


@pytest.mark.parity_items("06b")
def test_the_rays_to_the_front_are_the_recorded_ones(case: Case) -> None:
    xyz, origins, directions = inputs(case)
    elevation_deg, azimuth_deg, _ = case["elev_azim_r"].tolist()
    ours = make_unit_rays(Camera("ortho", azimuth_deg, elevation_deg), xyz.shape[-1])
    assert_close(ours[0], origins, "06b_rays")
    assert_close(ours[1], directions, "06b_rays")
    towards = [
        ray.t().unflatten(1, xyz.shape[1:]) for ray in make_rays_to_front(xyz.flatten(1).t(), StitchThresholds())
    ]
    assert_close(towards[0][None, :, ::3, ::3], case["occ_ray_origins"], "06b_rays")
    assert_close(towards[1][None, :, :3, :3], case["occ_ray_dirs"], "06b_rays")


@pytest.mark.parity_items("06b")
def test_edges_and_distances_from_the_ray_are_the_recorded_ones(case: Case) -> None:
    xyz, origins, directions = inputs(case)
    off_m = compute_ray_offset_m(xyz.flatten(1).t(), origins, directions).view(xyz.shape[1:])
    edges = compute_edge_strength(resize_bilinear(xyz[None], 512)[0])
    for ours, expected in (
        (off_m, case["dxyz_96"]),
        (edges[2::4, 2::4], case["sobel_norm"]),
        (compute_sobel_magnitude(case["sobel_in"][0])[None], case["sobel_out"]),
    ):
        assert_close(ours, expected, "06b")
        assert_close(ours, expected, "06b_most")
    assert_stats(edges, case["sobel_norm__stats"], "06b")
    assert_stats(case.condition_image(), case["cond_image__stats"], "06b")
    assert_close(case.condition_image()[:, 3::8, 3::8], case["cond_image"], "06b")


@pytest.mark.parity_items("06b", groups=lambda keys: [k for k in ("norm0", "norm1") if f"paste_{k}" in keys])
def test_the_stitch_by_itself_gives_the_recorded_picture(case: Case, group: str) -> None:
    xyz, origins, directions = inputs(case)
    off_m = compute_ray_offset_m(xyz.flatten(1).t(), origins, directions).view(xyz.shape[1:])
    front = case.condition_image() * 2 - 1 if group == "norm1" else case.condition_image()
    rendered = resize_bilinear(case["in_image_low24"], 512)[0]
    alpha, before = case["in_image_weights"][0, 0], case["in_occ_weights"][0, 0]
    pasted = stitch_view(rendered, front, xyz, alpha, off_m, before, StitchThresholds())
    assert_bits(pasted, case, "")
    assert_close(pasted.visible[2::4, 2::4], case["mask_occ"], "06")
    assert_close(pasted.mask[2::4, 2::4], case["mask"], "06")
    for ours, name in ((pasted.picture, "paste"), (pasted.rgb, "image_out")):
        assert_close(ours[:, 3::8, 3::8], case[f"{name}_{group}"], "06b")
        assert_close(ours[:, 3::8, 3::8], case[f"{name}_{group}"], "06b_most")


@pytest.mark.parity_items("06_paste", groups=list_prefixes("_image_final"))
@pytest.mark.parametrize(
    "quick", [pytest.param(True, id="quick"), pytest.param(False, id="plain", marks=pytest.mark.slow)]
)
def test_the_stitch_in_whole_views_gives_the_recorded_pictures(case: Case, group: str, quick: bool) -> None:
    views = case.sibling("04_generator_{case}_post")
    made, seen_from = make_published_head(case, "post", quick=quick), make_camera(views[f"{group}_elev_azim_fov"])
    view = made.render_view(seen_from)
    rays = make_unit_rays(seen_from, made.config.rays)
    pasted = made.stitch(view.rgb, view.gathered, *rays, everywhere=True)
    assert_bits(pasted, case, f"{group}_")
    for ours, name in ((pasted.visible, "mask_occ"), (pasted.mask, "mask")):
        assert_close(ours[2::4, 2::4], case[f"{group}_{name}"], "06")
    for ours, name in ((pasted.picture, "paste"), (pasted.rgb, "image_final")):
        assert_close(ours[:, 3::8, 3::8], case[f"{group}_{name}"], "06")
    shortcut = made.stitch(view.rgb, view.gathered, *rays)
    assert torch.equal(shortcut.rgb, pasted.rgb)
