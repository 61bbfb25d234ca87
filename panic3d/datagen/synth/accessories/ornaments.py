"""Ornaments of the hair: halo, ribbons, bands, flowers, clips and the ties of tails."""

import numpy as np

from panic3d.datagen.synth.accessories.placement import (
    add_mirrored,
    compute_arch_directions,
    lay_on_head,
    stand_on_head,
    trace_band,
)
from panic3d.datagen.synth.accessories.registry import AccessoryFit, AccessoryRegistry
from panic3d.datagen.synth.accessories.swatches import (
    ACCESSORY_MATERIAL,
    DARK,
    MAIN,
    METAL,
    SECOND,
    WHITE,
)
from panic3d.datagen.synth.head.cranium import CRANIUM_RADII_M, direction_from_angles, place_above_cranium
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.primitives import (
    FORWARD,
    build_bow,
    build_ellipsoid,
    build_loft,
    build_rotation,
    build_tube,
    rotate_part,
)

ORNAMENTS = AccessoryRegistry()
FRILL_M = 0.028
"""Height of frills on hair whose relief is known."""


@ORNAMENTS.register("halo", "halo", slot="above")
def build_halo(fit: AccessoryFit) -> list[MeshPart]:
    """Build a luminous ring above the crown."""
    angle = np.linspace(0, 2 * np.pi, 33)
    ring = np.stack(
        [0.066 * np.cos(angle), 0.196 + fit.volume_m - 0.022 * np.sin(angle), 0.066 * np.sin(angle) - 0.012], axis=1
    )
    return [build_tube(ring, 0.0060, 0.0060, ACCESSORY_MATERIAL, METAL, sides=8)]


@ORNAMENTS.register("hair_ribbon", "hair_ribbon", "hair_bow", slot="side")
def build_hair_ribbon(fit: AccessoryFit) -> list[MeshPart]:
    """Build a bow on the side of the head."""
    direction = direction_from_angles(76.0, 46.0)[0]
    turn = build_rotation(direction * [1.0, 0.35, 1.0] + np.array([0.0, 0.0, 0.45]))
    at = place_above_cranium(direction, fit.find_lift(76.0, 46.0, 0.030))
    return [
        rotate_part(part, turn, np.zeros(3), at) for part in build_bow(np.zeros(3), 0.066, ACCESSORY_MATERIAL, MAIN)
    ]


@ORNAMENTS.register("back_bow", "hair_bow", "large_bow", slot="behind")
def build_back_bow(fit: AccessoryFit) -> list[MeshPart]:
    """Build a large bow on the back of the head."""
    return lay_on_head(
        build_bow(np.zeros(3), 0.105, ACCESSORY_MATERIAL, MAIN), 180.0, 72.0, fit.find_lift(180.0, 72.0, 0.036)
    )


@ORNAMENTS.register("twin_ribbons", "hair_ribbon", "twin_ribbons", slot="side", family="heldout")
def build_twin_ribbons(fit: AccessoryFit) -> list[MeshPart]:
    """Build two long ribbons that rise from the crown and fall over."""
    t = np.linspace(0, 1, 16)
    fall = np.stack([0.10 * np.sin(2.2 * t), 0.10 * np.sin(2.7 * t) - 0.03 * t, -0.02 * t], axis=1)
    leaf = build_tube(
        fall, 0.004 + 0.024 * np.sin(np.pi * t**0.7), 0.0025, ACCESSORY_MATERIAL, MAIN, up=(-0.8, 1.0, 0.5)
    )
    return add_mirrored(stand_on_head([leaf], 78.0, 34.0, 0.016 + fit.volume_m, (0.3, 1.0, 0.0)))


@ORNAMENTS.register("hair_band", "hairband", slot="band")
def build_hair_band(fit: AccessoryFit) -> list[MeshPart]:
    """Build a band from ear to ear."""
    directions = compute_arch_directions(22.0)
    path = trace_band(directions, fit.trace_lift(directions, 0.019))
    return [build_tube(path, 0.0095, 0.0040, ACCESSORY_MATERIAL, MAIN, sides=8)]


@ORNAMENTS.register("maid_headdress", "maid_headdress", slot="band")
def build_maid_headdress(fit: AccessoryFit) -> list[MeshPart]:
    """Build a frilled white band."""
    directions = compute_arch_directions(20.0, 70.0, 45)
    inner = place_above_cranium(directions, fit.trace_lift(directions, 0.018))
    rise = fit.trace_lift(directions, 0.046) + (0.0 if fit.hair is None else FRILL_M)
    frill = place_above_cranium(directions, rise + 0.006 * np.cos(np.arange(45) * np.pi / 2))
    frill[:, 2] += 0.010 * np.sin(np.arange(45) * np.pi / 2)
    return [
        build_loft(np.stack([inner, frill]), ACCESSORY_MATERIAL, WHITE, closed=False),
        build_tube(inner, 0.008, 0.004, ACCESSORY_MATERIAL, DARK, sides=6),
    ]


@ORNAMENTS.register("headphones", "headphones", slot="band")
def build_headphones(fit: AccessoryFit) -> list[MeshPart]:
    """Build headphones: cups over the ears and an arch."""
    directions = compute_arch_directions(0.0, 88.0)
    arch = build_tube(
        trace_band(directions, fit.trace_lift(directions, 0.027)),
        0.0100,
        0.0055,
        ACCESSORY_MATERIAL,
        DARK,
        sides=8,
    )
    x = 0.110 + fit.volume_m
    if fit.hair is not None:
        x = CRANIUM_RADII_M[0] + max(fit.find_lift(90.0, 104.0, 0.0, 20.0), 0.012)
    cup = [
        build_ellipsoid(np.array([x, -0.004, -0.004]), (0.020, 0.042, 0.038), ACCESSORY_MATERIAL, MAIN),
        build_ellipsoid(np.array([x + 0.012, -0.004, -0.004]), (0.014, 0.030, 0.027), ACCESSORY_MATERIAL, SECOND),
    ]
    return [arch, *add_mirrored(cup)]


def make_flower(radius_m: float, petals: int, swatch: int) -> list[MeshPart]:
    """Build petals around a centre, facing +z."""
    parts = [
        build_ellipsoid(
            np.array([0.0, 0.0, 0.006]), (radius_m * 0.30, radius_m * 0.30, radius_m * 0.22), ACCESSORY_MATERIAL, METAL
        )
    ]
    t = np.linspace(0, 1, 7)
    for turn in np.arange(petals) * 2 * np.pi / petals:
        direction = np.array([np.cos(turn), np.sin(turn), 0.0])
        path = np.outer(t * radius_m, direction) + np.outer(0.25 * radius_m * np.sin(2.4 * t), [0.0, 0.0, 1.0])
        wide = radius_m * 0.46 * np.sin(np.pi * (0.12 + 0.80 * t)) ** 0.8
        parts.append(build_tube(path, wide, radius_m * 0.07, ACCESSORY_MATERIAL, swatch, up=FORWARD, sides=8))
    return parts


@ORNAMENTS.register("flower", "hair_flower", "hair_ornament", slot="side")
def build_flower(fit: AccessoryFit) -> list[MeshPart]:
    """Build a flower above one ear."""
    return lay_on_head(make_flower(0.038, 5, MAIN), 64.0, 60.0, fit.find_lift(64.0, 60.0, 0.032))


@ORNAMENTS.register("flower_wreath", "head_wreath", "hair_flower", slot="band", family="heldout")
def build_flower_wreath(fit: AccessoryFit) -> list[MeshPart]:
    """Build a wreath of flowers around the head."""
    parts = []
    for i, azimuth in enumerate(np.arange(0, 360, 40)):
        swatch = (MAIN, SECOND, WHITE)[i % 3]
        parts += lay_on_head(
            make_flower(0.024, 5, swatch), float(azimuth), 52.0, fit.find_lift(float(azimuth), 52.0, 0.030)
        )
    return parts


@ORNAMENTS.register("hair_clips", "hairclip", "hair_ornament", slot="clip")
def build_hair_clips(fit: AccessoryFit) -> list[MeshPart]:
    """Build two crossed clips in the fringe."""
    parts = []
    for polar, roll in ((58.0, 0.45), (66.0, -0.45)):
        bar = np.linspace(-0.021, 0.021, 5)[:, None] * np.array([np.cos(roll), np.sin(roll), 0.0])
        parts += lay_on_head(
            [build_tube(bar, 0.0040, 0.0030, ACCESSORY_MATERIAL, MAIN, up=FORWARD, sides=8)],
            40.0,
            polar,
            fit.find_lift(40.0, polar, 0.036),
        )
    return parts


def build_hair_tie(azimuth_deg: float, polar_deg: float, radius_m: float) -> MeshPart:
    """Build a band around the root of a tail at this direction from the cranium's centre."""
    angle = np.linspace(0, 2 * np.pi, 15)
    ring = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1) * radius_m
    part = build_tube(ring, radius_m * 0.42, radius_m * 0.42, ACCESSORY_MATERIAL, MAIN, up=FORWARD, sides=8)
    return lay_on_head([part], azimuth_deg, polar_deg, 0.017)[0]
