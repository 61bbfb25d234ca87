"""Ears, horns, wings and halos since version 3 of the generator."""

import numpy as np

from panic3d.datagen.synth.accessories.animal import build_animal_ear, build_horn
from panic3d.datagen.synth.accessories.placement import add_mirrored, lay_on_head, stand_on_head
from panic3d.datagen.synth.accessories.registry import AccessoryFit, AccessoryRegistry
from panic3d.datagen.synth.accessories.swatches import ACCESSORY_MATERIAL, BONE, DARK, FUR, INNER, METAL, WHITE
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.primitives import FORWARD, build_ellipsoid, build_tube

BEASTS = AccessoryRegistry()


@BEASTS.register("dog_ears", "dog_ears", "animal_ears", slot="top", family="train2")
def build_dog_ears(fit: AccessoryFit) -> list[MeshPart]:
    """Build ears that stand out a little and hang down."""
    t = np.linspace(0, 1, 14)
    path = np.stack([0.052 * np.sin(1.75 * t), 0.030 * np.sin(2.6 * t) - 0.085 * t**2.2, 0.006 * t], axis=1)
    wide = 0.010 + 0.024 * np.sin(np.pi * np.clip(0.15 + 0.80 * t, 0, 1)) ** 0.8
    wide = wide * np.where(t > 0.9, np.sqrt(np.clip((1.02 - t) / 0.12, 0.05, 1)), 1)
    ear = build_tube(path, 0.0045, wide, ACCESSORY_MATERIAL, FUR, up=FORWARD, sides=12)
    return add_mirrored(stand_on_head([ear], 86.0, 36.0, fit.find_lift(86.0, 36.0, 0.02) - 0.012, (0.30, 1.0, 0.0)))


@BEASTS.register("mouse_ears", "mouse_ears", "animal_ears", slot="top", family="train2")
def build_mouse_ears(fit: AccessoryFit) -> list[MeshPart]:
    """Build large round ears."""
    ear = build_animal_ear(0.086, 0.036, 0.42, 0.10, blunt=4.5)
    return add_mirrored(stand_on_head(ear, 78.0, 36.0, fit.find_lift(78.0, 36.0, 0.02) - 0.016, (0.62, 1.0, -0.05)))


@BEASTS.register("cow_ears", "cow_ears", "cow_horns", "animal_ears", "horns", slot="top", family="train2")
def build_cow_ears(fit: AccessoryFit) -> list[MeshPart]:
    """Build ears to the sides and short horns above them."""
    t = np.linspace(0, 1, 12)
    path = np.stack([0.095 * t, 0.006 * np.sin(3 * t) - 0.022 * t**2, 0 * t], axis=1)
    wide = 0.008 + 0.014 * np.sin(np.pi * np.clip(0.1 + 0.86 * t, 0, 1))
    ear = build_tube(path, wide * 0.30, wide, ACCESSORY_MATERIAL, FUR, up=FORWARD, sides=10)
    inner = build_tube(
        path[2:-1] + np.array([0, -0.001, 0.0045]), wide[2:-1] * 0.08, wide[2:-1] * 0.6, ACCESSORY_MATERIAL, INNER
    )
    horn = np.stack([0.030 * np.sin(1.6 * t), 0.052 * t, 0.004 * t], axis=1)
    lift = fit.find_lift(90.0, 54.0, 0.02) - 0.014
    ears = stand_on_head([ear, inner], 90.0, 54.0, lift, (0.0, 1.0, 0.0))
    horns = stand_on_head(
        [build_horn(horn, 0.0105, BONE)], 70.0, 38.0, fit.find_lift(70.0, 38.0, 0.02) - 0.012, (0.3, 1.0, 0.0)
    )
    return add_mirrored([*ears, *horns])


@BEASTS.register("oni_horns", "oni_horns", "horns", slot="top", family="train2")
def build_oni_horns(fit: AccessoryFit) -> list[MeshPart]:
    """Build two short straight horns above the forehead."""
    t = np.linspace(0, 1, 12)
    path = np.stack([0.004 * t, 0.058 * t, 0.008 * np.sin(2.5 * t)], axis=1)
    lift = fit.find_lift(28.0, 46.0, 0.02) - 0.014
    return add_mirrored(stand_on_head([build_horn(path, 0.0125, BONE)], 28.0, 46.0, lift, (0.22, 1.0, 0.35)))


@BEASTS.register("dragon_horns", "dragon_horns", "horns", slot="top", family="train2")
def build_dragon_horns(fit: AccessoryFit) -> list[MeshPart]:
    """Build long horns that sweep back."""
    t = np.linspace(0, 1, 18)
    path = np.stack([0.030 * np.sin(2.6 * t), 0.075 * t + 0.02 * np.sin(3 * t), -0.135 * t**1.2], axis=1)
    lift = fit.find_lift(58.0, 42.0, 0.02) - 0.014
    return add_mirrored(stand_on_head([build_horn(path, 0.0155, DARK)], 58.0, 42.0, lift, (0.3, 1.0, 0.0)))


@BEASTS.register("single_horn", "single_horn", "horns", slot="top", family="heldout2")
def build_single_horn(fit: AccessoryFit) -> list[MeshPart]:
    """Build a twisted white horn in the middle of the forehead."""
    t = np.linspace(0, 1, 26)
    path = np.stack([0.0012 * np.cos(34 * t), 0.100 * t, 0.0012 * np.sin(34 * t)], axis=1)
    lift = fit.find_lift(0.0, 50.0, 0.02) - 0.014
    return stand_on_head([build_horn(path, 0.0125, WHITE)], 0.0, 50.0, lift, (0.0, 1.0, 0.85))


@BEASTS.register("head_wings", "head_wings", slot="side", family="heldout2")
def build_head_wings(fit: AccessoryFit) -> list[MeshPart]:
    """Build small feathered wings at the sides of the head."""
    t = np.linspace(0, 1, 9)
    feathers = []
    for i, (angle, long) in enumerate(((1.15, 0.105), (0.85, 0.095), (0.52, 0.078), (0.18, 0.058))):
        path = np.outer(t * long, [np.cos(angle), np.sin(angle), 0.0]) + np.outer(np.sin(2.6 * t), [0.0, 0.010, 0.0])
        wide = 0.006 + 0.011 * np.sin(np.pi * np.clip(0.2 + 0.78 * t, 0, 1))
        feathers.append(
            build_tube(
                path + np.array([0, 0, -0.003 * i]), wide, 0.0022, ACCESSORY_MATERIAL, WHITE, up=FORWARD, sides=8
            )
        )
    lift = fit.find_lift(98.0, 58.0, 0.03, 12.0) - 0.010
    return add_mirrored(stand_on_head(feathers, 98.0, 58.0, lift, (0.0, 1.0, 0.0), (0.5, 0.0, 1.0)))


@BEASTS.register("antennae", "antennae", slot="top", family="train2")
def build_antennae(fit: AccessoryFit) -> list[MeshPart]:
    """Build two thin feelers with balls."""
    t = np.linspace(0, 1, 16)
    path = np.stack([0.050 * t**1.5, 0.105 * np.sin(1.9 * t), 0.045 * t**2], axis=1)
    parts = [
        build_tube(path, 0.0016, 0.0016, ACCESSORY_MATERIAL, DARK, up=FORWARD, sides=6),
        build_ellipsoid(path[-1], (0.008, 0.008, 0.008), ACCESSORY_MATERIAL, METAL),
    ]
    lift = fit.find_lift(32.0, 30.0, 0.02) - 0.010
    return add_mirrored(stand_on_head(parts, 32.0, 30.0, lift, (0.2, 1.0, 0.15)))


@BEASTS.register("back_halo", "halo", slot="above", family="train2")
def build_back_halo(fit: AccessoryFit) -> list[MeshPart]:
    """Build an upright ring behind the head."""
    angle = np.linspace(0, 2 * np.pi, 49)
    rings = []
    for radius, thick in ((0.150, 0.0048), (0.128, 0.0022)):
        path = np.stack([radius * np.cos(angle), radius * np.sin(angle) + 0.055, 0 * angle], axis=1)
        rings.append(build_tube(path, thick, thick, ACCESSORY_MATERIAL, METAL, up=FORWARD, sides=8))
    behind = -0.108 - fit.find_lift(180.0, 70.0, 0.03, 25.0) - 0.014
    return [part.with_positions(part.xyz_head_m + np.array([0.0, 0.0, behind])) for part in rings]


@BEASTS.register("spiked_halo", "halo", slot="above", family="heldout2")
def build_spiked_halo(fit: AccessoryFit) -> list[MeshPart]:
    """Build a flat ring with rays above the crown."""
    angle = np.linspace(0, 2 * np.pi, 41)
    height = 0.138 + fit.find_lift(0.0, 1.0, 0.02, 16.0) + 0.034
    ring = np.stack([0.058 * np.cos(angle), 0 * angle, 0.058 * np.sin(angle)], axis=1)
    parts = [build_tube(ring, 0.0042, 0.0042, ACCESSORY_MATERIAL, METAL, sides=8)]
    t = np.linspace(0, 1, 5)
    for turn in np.arange(8) * np.pi / 4:
        out = np.array([np.cos(turn), 0.0, np.sin(turn)])
        path = np.outer(0.064 + 0.034 * t, out)
        parts.append(build_tube(path, 0.0055 * (1 - t) + 0.0003, 0.0030 * (1 - t) + 0.0003, ACCESSORY_MATERIAL, METAL))
    return [part.with_positions(part.xyz_head_m + np.array([0.0, height, -0.010])) for part in parts]


@BEASTS.register("feathers", "hair_ornament", "feather_hair_ornament", slot="clip", family="train2")
def build_feather(fit: AccessoryFit) -> list[MeshPart]:
    """Build two long feathers behind one ear."""
    t = np.linspace(0, 1, 12)
    parts = []
    for angle, swatch, long in ((0.35, WHITE, 0.115), (0.70, METAL, 0.090)):
        path = np.stack([0.016 * np.sin(2 * t), -long * t * np.cos(angle), 0 * t], axis=1)
        path[:, 0] += long * t * np.sin(angle)
        wide = 0.003 + 0.011 * np.sin(np.pi * np.clip(0.1 + 0.88 * t, 0, 1))
        parts.append(build_tube(path, wide, 0.0016, ACCESSORY_MATERIAL, swatch, up=FORWARD, sides=8))
    parts.append(build_ellipsoid(np.zeros(3), (0.008, 0.008, 0.006), ACCESSORY_MATERIAL, METAL))
    return lay_on_head(parts, 84.0, 70.0, fit.find_lift(84.0, 78.0, 0.03, 12.0))
