"""Headwear that is worn over the hair: tiara, hats, hood, veil."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.accessories.placement import (
    compute_arch_directions,
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
from panic3d.datagen.synth.head.cranium import CRANIUM_CENTRE_M, CRANIUM_RADII_M, place_above_cranium
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.primitives import build_ellipsoid, build_loft, build_tube

HEADWEAR = AccessoryRegistry()
RING_ANGLES = np.linspace(0, 2 * np.pi, 41)[::-1]


def make_ring(
    radius: Float[np.ndarray, " 3"] | float, height_m: float, tilt: float = 0.0, shift_z_m: float = 0.0
) -> np.ndarray:
    """Make a horizontal ellipse about the cranium's axis that rises in front by `tilt` times z."""
    rx, rz = (CRANIUM_RADII_M[[0, 2]] + radius) if np.isscalar(radius) else np.asarray(radius)[[0, 2]]
    x, z = rx * np.sin(RING_ANGLES), rz * np.cos(RING_ANGLES)
    return np.stack([x, CRANIUM_CENTRE_M[1] + height_m + tilt * z, z + CRANIUM_CENTRE_M[2] + shift_z_m], axis=1)


@HEADWEAR.register("tiara", "tiara", slot="band", family="heldout")
def build_tiara(fit: AccessoryFit) -> list[MeshPart]:
    """Build a golden tiara with points and gems over the forehead."""
    directions = compute_arch_directions(34.0, 62.0, 33)
    low = place_above_cranium(directions, 0.020 + fit.volume_m)
    points = np.abs((np.arange(33) - 16) % 8 - 4) / 4
    high = place_above_cranium(directions, 0.026 + fit.volume_m + 0.040 * points * np.cos(np.linspace(-1.3, 1.3, 33)))
    gems = [build_ellipsoid(high[i], (0.005, 0.005, 0.005), ACCESSORY_MATERIAL, MAIN) for i in (4, 12, 20, 28)]
    return [
        build_loft(np.stack([low, high]), ACCESSORY_MATERIAL, METAL, closed=False),
        build_tube(low, 0.004, 0.003, ACCESSORY_MATERIAL, METAL, sides=6),
        *gems,
    ]


@HEADWEAR.register("beret", "beret", "hat", slot="top")
def build_beret(fit: AccessoryFit) -> list[MeshPart]:
    """Build a soft, round beret, tilted to one side."""
    lift = 0.020 + fit.volume_m
    rings = [
        make_ring(lift - 0.018, 0.062),
        make_ring(lift + 0.006, 0.066),
        make_ring(lift + 0.026, 0.086),
        make_ring(lift + 0.020, 0.112),
    ]
    rings += [make_ring(lift - 0.030, 0.134), make_ring(-0.075, 0.142)]
    shell = np.stack(rings) + np.array([0.0, fit.volume_m - 0.008, -0.010])
    shell[..., 1] -= 0.22 * shell[..., 0]
    stalk = build_tube(
        np.array([[0.0, 0.0, 0.0], [0.002, 0.012, 0.0], [0.006, 0.020, 0.0]]) + shell[-1].mean(axis=0),
        0.003,
        0.003,
        ACCESSORY_MATERIAL,
        MAIN,
        up=(0.0, 0.0, 1.0),
        sides=6,
    )
    return [build_loft(shell[::-1], ACCESSORY_MATERIAL, MAIN, closed=False), stalk]


@HEADWEAR.register("cap", "baseball_cap", "hat", slot="top")
def build_cap(fit: AccessoryFit) -> list[MeshPart]:
    """Build a baseball cap with its peak in front."""
    lift = 0.022 + fit.volume_m
    polar = np.linspace(0.02, 1.10, 10)
    radii = CRANIUM_RADII_M + lift
    dome = np.stack([make_ring(radii * np.sin(p), float(radii[1] * np.cos(p))) for p in polar])
    dome[..., 1] += 0.10 * (dome[..., 2]) * np.linspace(0, 1, 10)[:, None]
    edge = np.linspace(-1.15, 1.15, 25)
    border = np.array([radii[0] * np.sin(1.10), 0.0, radii[2] * np.sin(1.10)])
    base = np.stack(
        [
            border[0] * np.sin(edge),
            np.full(25, CRANIUM_CENTRE_M[1] + radii[1] * np.cos(1.10)),
            border[2] * np.cos(edge) + CRANIUM_CENTRE_M[2],
        ],
        axis=1,
    )
    base[:, 1] += 0.10 * base[:, 2]
    far = base + np.stack(
        [0.12 * base[:, 0], -0.012 - 0.10 * np.abs(edge) ** 2 * 0.1, 0.075 * np.cos(edge * 1.25)], axis=1
    )
    peak = np.stack(
        [
            base - [0.0, 0.004, 0.004],
            base * 0.5 + far * 0.5 + np.array([0.0, 0.004, 0.0]),
            far,
            far - [0.0, 0.003, 0.0],
            base - [0.0, 0.010, 0.004],
        ]
    )
    button = build_ellipsoid(dome[0].mean(axis=0), (0.007, 0.004, 0.007), ACCESSORY_MATERIAL, SECOND)
    return [
        build_loft(dome, ACCESSORY_MATERIAL, MAIN, closed=False),
        build_loft(peak, ACCESSORY_MATERIAL, SECOND, closed=False),
        button,
    ]


@HEADWEAR.register("straw_hat", "straw_hat", "sun_hat", "hat", slot="top")
def build_straw_hat(fit: AccessoryFit) -> list[MeshPart]:
    """Build a straw hat with a round crown, a wide brim and a ribbon."""
    lift = 0.020 + fit.volume_m
    waves = 0.004 * np.sin(RING_ANGLES * 5)
    crown = [
        make_ring(-0.060, 0.160),
        make_ring(lift - 0.030, 0.152),
        make_ring(lift - 0.004, 0.125),
        make_ring(lift, 0.070),
    ]
    brim = [make_ring(lift + 0.030, 0.063), make_ring(lift + 0.085, 0.050)]
    brim[1][:, 1] += waves
    rings = np.stack([*crown, *brim]) + np.array([0.0, fit.volume_m - 0.014, -0.004])
    rings[..., 1] += 0.08 * rings[..., 2]
    ribbon = np.stack([make_ring(lift + 0.0025, 0.098), make_ring(lift + 0.0035, 0.072)]) + np.array(
        [0.0, fit.volume_m, -0.004]
    )
    ribbon[..., 1] += 0.08 * ribbon[..., 2]
    return [
        build_loft(rings, ACCESSORY_MATERIAL, METAL, closed=False),
        build_loft(ribbon, ACCESSORY_MATERIAL, MAIN, closed=False),
    ]


@HEADWEAR.register("witch_hat", "witch_hat", "hat", slot="top", family="heldout")
def build_witch_hat(fit: AccessoryFit) -> list[MeshPart]:
    """Build a bent cone with a wide brim."""
    lift = 0.022 + fit.volume_m
    rings = []
    for t in np.linspace(0.97, 0.0, 9):
        ring = make_ring((CRANIUM_RADII_M + lift) * (1 - t) ** 0.85, 0.072 + 0.20 * t)
        rings.append(ring + np.array([0.055 * t**2, -0.03 * t**3, -0.07 * t**2]))
    brim = [make_ring(lift + 0.045, 0.062), make_ring(lift + 0.100, 0.066)]
    shell = np.stack([*rings, *brim]) + np.array([0.0, fit.volume_m, 0.0])
    band = np.stack([make_ring(lift - 0.004, 0.096), make_ring(lift + 0.004, 0.074)]) + np.array(
        [0.0, fit.volume_m, 0.0]
    )
    return [
        build_loft(shell, ACCESSORY_MATERIAL, DARK, closed=False),
        build_loft(band, ACCESSORY_MATERIAL, MAIN, closed=False),
    ]


def _build_shroud(
    fit: AccessoryFit, swatch: int, opening: float, flare: float, low_m: float, points: bool
) -> list[MeshPart]:
    """Build a cloth over the whole head that is open in front of the face."""
    radii = CRANIUM_RADII_M + 0.046 + fit.volume_m
    below = CRANIUM_CENTRE_M[1] - low_m
    rings = []
    for polar in np.linspace(0.03, 1.78, 16):
        gap = opening * float(np.clip((polar - 0.55) / 0.4, 0.0, 1.0))
        angle = np.linspace(gap, 2 * np.pi - gap, 45)
        fall = max(0.0, polar - np.pi / 2) / (1.78 - np.pi / 2)
        wide = np.sin(min(polar, np.pi / 2)) * (1 + flare * fall)
        y = CRANIUM_CENTRE_M[1] + radii[1] * np.cos(min(polar, np.pi / 2)) - fall * below
        z = radii[2] * wide * np.cos(angle) + CRANIUM_CENTRE_M[2] + 0.012 * np.clip(np.cos(angle), 0, 1)
        rings.append(np.stack([radii[0] * wide * np.sin(angle), np.full(45, y), z], axis=1))
    shell = build_loft(np.stack(rings)[:, ::-1], ACCESSORY_MATERIAL, swatch, closed=False)
    border = np.concatenate([np.stack(rings)[6:, 0][::-1], np.stack(rings)[6:, -1]])
    trim = build_tube(border, 0.005, 0.005, ACCESSORY_MATERIAL, SECOND if swatch != WHITE else WHITE, sides=6)
    return [shell, trim] if points else [shell]


@HEADWEAR.register("hood", "hood_up", "hood", slot="top")
def build_hood(fit: AccessoryFit) -> list[MeshPart]:
    """Build a hood over the hair."""
    return _build_shroud(fit, MAIN, 0.98, -0.15, -0.135, points=True)


@HEADWEAR.register("veil", "veil", "nun", "habit", slot="top", family="heldout")
def build_veil(fit: AccessoryFit) -> list[MeshPart]:
    """Build a white veil that falls over the shoulders."""
    return _build_shroud(fit, WHITE, 1.15, 0.35, -0.26, points=False)
