"""Hats, caps and crowns since version 3 of the generator."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.accessories.headwear import RING_ANGLES, make_ring
from panic3d.datagen.synth.accessories.placement import lay_on_head, stand_on_head
from panic3d.datagen.synth.accessories.registry import AccessoryFit, AccessoryRegistry
from panic3d.datagen.synth.accessories.swatches import (
    ACCESSORY_MATERIAL,
    BLACK,
    DARK,
    MAIN,
    METAL,
    RED,
    SECOND,
    WHITE,
)
from panic3d.datagen.synth.head.cranium import (
    CRANIUM_CENTRE_M,
    CRANIUM_RADII_M,
    direction_from_angles,
    place_above_cranium,
)
from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid
from panic3d.datagen.synth.meshes.primitives import FORWARD, build_ellipsoid, build_loft, build_tube, compute_swatch_uv

HATS = AccessoryRegistry()
LIFT_M = 0.020
"""The distance of a hat's inside from the cranium, beyond the hair's volume."""


def build_hoop(path: Float[np.ndarray, "M 3"], width_m: float, height_m: float, swatch: int) -> MeshPart:
    """Build a closed tube about the head that is light above and shaded below."""
    around = np.concatenate([path[-2:-1], path, path[1:2]])  # so that both ends have one direction
    tube = build_tube(around, width_m, height_m, ACCESSORY_MATERIAL, swatch, sides=8)
    rings = tube.xyz_head_m.reshape(len(around), -1, 3)[1:-1]
    rise = (rings - path[:, None])[..., 1] / max(height_m, width_m)
    local = np.stack([np.full(rise.size, 0.5), 0.5 - 0.5 * rise.ravel()], axis=1)
    return MeshPart(
        ACCESSORY_MATERIAL, rings.reshape(-1, 3), triangulate_grid(*rings.shape[:2]), compute_swatch_uv(local, swatch)
    )


def build_bead(centre: Float[np.ndarray, " 3"], radius_m: float, swatch: int) -> MeshPart:
    """Build a small ball of few triangles."""
    rise = np.cos(np.linspace(np.pi, 0, 6))
    path = centre + radius_m * np.outer(rise, [0.0, 1.0, 0.0])
    wide = radius_m * np.sqrt(np.maximum(1 - rise**2, 1e-4))
    return build_tube(path, wide, wide, ACCESSORY_MATERIAL, swatch, up=FORWARD, sides=8)


def _build_rings(
    fit: AccessoryFit, profile: list[tuple[float, float]], swatch: int, tilt: float = 0.06, shift_z_m: float = -0.004
) -> MeshPart:
    """Build a surface over rings: each has a distance from the hat's inside and a height over the cranium's centre."""
    lift = LIFT_M + fit.volume_m
    rings = np.stack([make_ring(lift + beyond, height + fit.volume_m, tilt, shift_z_m) for beyond, height in profile])
    return build_loft(rings, ACCESSORY_MATERIAL, swatch, closed=False)


def _make_dome(fit: AccessoryFit, edge_deg: float, tilt: float, shrink_m: float = 0.0) -> Float[np.ndarray, "R A 3"]:
    """Return rings of a cap that follows the head down to a polar angle."""
    radii = CRANIUM_RADII_M + LIFT_M + fit.volume_m - shrink_m
    polar = np.radians(np.linspace(1.0, edge_deg, 12))
    share = np.linspace(0, 1, 12)
    return np.stack(
        [make_ring(radii * np.sin(p), float(radii[1] * np.cos(p)), tilt * s) for p, s in zip(polar, share, strict=True)]
    )


def _build_peak(
    fit: AccessoryFit, height_m: float, reach_m: float, droop_m: float, swatch: int, tilt: float = 0.06
) -> MeshPart:
    """Build a peak over the forehead, from a ring at a height over the cranium's centre."""
    radii = CRANIUM_RADII_M + LIFT_M + fit.volume_m
    edge = np.linspace(-1.1, 1.1, 25)
    x, z = radii[0] * np.sin(edge), radii[2] * np.cos(edge)
    base = np.stack([x, CRANIUM_CENTRE_M[1] + height_m + fit.volume_m + tilt * z, z + CRANIUM_CENTRE_M[2]], axis=1)
    out = np.cos(edge * 1.32).clip(0) ** 0.7
    far = base + np.stack([0.10 * x * out, -droop_m * out - 0.10 * reach_m * edge**2, reach_m * out], axis=1)
    middle = 0.5 * (base + far) + np.array([0.0, 0.004, 0.0])
    thick = np.array([0.0, 0.0035, 0.0])
    rows = [base - [0, 0, 0.006], middle, far, far - thick, middle - thick, base - thick - [0, 0, 0.006]]
    return build_loft(np.stack(rows), ACCESSORY_MATERIAL, swatch, closed=False)


@HATS.register("top_hat", "top_hat", "hat", slot="top", family="train2")
def build_top_hat(fit: AccessoryFit) -> list[MeshPart]:
    """Build a tall hat with a curved brim and a ribbon."""
    crown = [(-0.10, 0.196), (-0.006, 0.198), (0.002, 0.192), (-0.006, 0.130), (-0.001, 0.068)]
    brim = [(0.020, 0.062), (0.036, 0.066), (0.038, 0.063), (0.020, 0.058), (-0.001, 0.060)]
    shell = _build_rings(fit, [*crown, *brim], BLACK)
    return [shell, _build_rings(fit, [(0.000, 0.100), (0.002, 0.070)], MAIN)]


@HATS.register("fedora", "fedora", "hat", slot="top", family="train2")
def build_fedora(fit: AccessoryFit) -> list[MeshPart]:
    """Build a hat with a dented crown and a brim that falls in front."""
    crown = [(-0.085, 0.122), (-0.045, 0.128), (-0.022, 0.138), (-0.010, 0.128), (-0.002, 0.066)]
    brim = [(0.022, 0.056), (0.050, 0.054), (0.050, 0.051), (0.020, 0.052), (-0.002, 0.058)]
    shell = _build_rings(fit, [*crown, *brim], MAIN)
    rings = shell.xyz_head_m.reshape(10, len(RING_ANGLES), 3)
    front = np.clip(np.cos(RING_ANGLES), 0, 1)
    rings[:4, :, 0] *= 1 - 0.22 * front * np.array([0.4, 1.0, 1.0, 0.5])[:, None]
    rings[6:8, :, 1] -= 0.016 * front
    rings[6:8, :, 1] += 0.008 * np.abs(np.sin(RING_ANGLES))
    return [shell.with_positions(rings.reshape(-1, 3)), _build_rings(fit, [(-0.002, 0.092), (0.001, 0.067)], DARK)]


@HATS.register("bucket_hat", "bucket_hat", "hat", slot="top", family="train2")
def build_bucket_hat(fit: AccessoryFit) -> list[MeshPart]:
    """Build a soft hat whose brim slopes down all round."""
    crown = [(-0.10, 0.134), (-0.024, 0.132), (-0.012, 0.122), (0.0, 0.066)]
    return [_build_rings(fit, [*crown, (0.022, 0.042), (0.044, 0.012), (0.042, 0.010)], MAIN)]


@HATS.register("beanie", "beanie", "hat", slot="top", family="train2")
def build_beanie(fit: AccessoryFit) -> list[MeshPart]:
    """Build a knitted cap with a folded border and a bobble."""
    dome = _make_dome(fit, 70.0, 0.12, 0.003)
    ribs = 0.0012 * np.cos(RING_ANGLES * 30)[None, :, None] * np.linspace(0, 1, 12)[:, None, None]
    shell = build_loft(dome * (1 + ribs * [8, 0, 8]), ACCESSORY_MATERIAL, MAIN, closed=False)
    fold = [(-0.008, 0.056), (0.002, 0.056), (0.006, 0.044), (0.005, 0.026), (-0.001, 0.020), (-0.012, 0.022)]
    top = CRANIUM_CENTRE_M + np.array([0, CRANIUM_RADII_M[1] + LIFT_M + fit.volume_m + 0.016, -0.004])
    return [
        shell,
        _build_rings(fit, fold, SECOND, tilt=0.12, shift_z_m=0.0),
        build_ellipsoid(top, (0.026, 0.024, 0.026), ACCESSORY_MATERIAL, SECOND),
    ]


@HATS.register("flat_cap", "flat_cap", "hat", slot="top", family="train2")
def build_flat_cap(fit: AccessoryFit) -> list[MeshPart]:
    """Build a flat cap that falls to the front, with a short peak."""
    rings = [(-0.10, 0.128), (-0.040, 0.126), (0.004, 0.108), (0.016, 0.090), (0.006, 0.070), (-0.006, 0.062)]
    return [_build_rings(fit, rings, MAIN, tilt=-0.02), _build_peak(fit, 0.064, 0.040, 0.016, MAIN, tilt=-0.02)]


@HATS.register("peaked_cap", "peaked_cap", "hat", slot="top", family="train2")
def build_peaked_cap(fit: AccessoryFit) -> list[MeshPart]:
    """Build an officer's cap: band, wide top, peak and badge."""
    top = [(-0.10, 0.116), (-0.030, 0.120), (0.026, 0.112), (0.034, 0.104), (0.020, 0.092), (0.0, 0.078)]
    shell = _build_rings(fit, top, MAIN, tilt=0.16, shift_z_m=0.0)
    badge = place_above_cranium(direction_from_angles(0.0, 52.0)[0], LIFT_M + fit.volume_m + 0.012)
    return [
        shell,
        _build_rings(fit, [(0.0, 0.082), (0.001, 0.046), (-0.012, 0.046)], SECOND, shift_z_m=0.0),
        _build_peak(fit, 0.048, 0.042, 0.026, BLACK),
        build_ellipsoid(badge, (0.011, 0.013, 0.005), ACCESSORY_MATERIAL, METAL),
    ]


@HATS.register("sailor_hat", "sailor_hat", "hat", slot="top", family="train2")
def build_sailor_hat(fit: AccessoryFit) -> list[MeshPart]:
    """Build a round white hat with an upright border and a stripe."""
    rings = [(-0.10, 0.126), (-0.040, 0.122), (-0.004, 0.100), (0.010, 0.104), (0.014, 0.100), (0.004, 0.058),
             (-0.008, 0.058)]  # fmt: skip
    stripe = [(0.0145, 0.093), (0.0135, 0.084)]
    return [_build_rings(fit, rings, WHITE, tilt=0.10), _build_rings(fit, stripe, SECOND, tilt=0.10)]


@HATS.register("chef_hat", "chef_hat", "hat", slot="top", family="train2")
def build_chef_hat(fit: AccessoryFit) -> list[MeshPart]:
    """Build a tall white hat with a pleated top."""
    puff = _build_rings(fit, [(-0.10, 0.186), (-0.030, 0.192), (0.030, 0.176), (0.036, 0.150), (0.010, 0.112)], WHITE)
    rings = puff.xyz_head_m.reshape(5, len(RING_ANGLES), 3)
    pleats = 1 + 0.04 * np.cos(RING_ANGLES * 10)[None] * np.array([0.2, 0.6, 1.0, 1.0, 0.4])[:, None]
    rings[..., 0] *= pleats
    rings[..., 2] *= pleats
    return [
        puff.with_positions(rings.reshape(-1, 3)),
        _build_rings(fit, [(0.004, 0.118), (0.0, 0.060), (-0.010, 0.060)], WHITE),
    ]


@HATS.register("bandana", "bandana", slot="top", family="train2")
def build_bandana(fit: AccessoryFit) -> list[MeshPart]:
    """Build a cloth tied over the head, with its knot behind."""
    dome = _make_dome(fit, 66.0, 0.14, 0.007)
    knot = dome[-1, len(RING_ANGLES) // 2] + np.array([0.0, 0.004, -0.004])
    t = np.linspace(0, 1, 9)
    tails = []
    for side in (-1.0, 1.0):
        path = knot + np.stack([side * (0.004 + 0.030 * t), -0.075 * t, -0.020 * np.sin(2.5 * t)], axis=1)
        wide = 0.004 + 0.014 * np.sin(np.pi * np.clip(t + 0.12, 0, 1))
        tails.append(build_tube(path, wide, 0.0020, ACCESSORY_MATERIAL, MAIN, up=(0.0, 0.0, 1.0), sides=8))
    return [
        build_loft(dome, ACCESSORY_MATERIAL, MAIN, closed=False),
        build_ellipsoid(knot, (0.011, 0.009, 0.009), ACCESSORY_MATERIAL, MAIN),
        *tails,
    ]


@HATS.register("santa_hat", "santa_hat", "hat", slot="top", family="heldout2")
def build_santa_hat(fit: AccessoryFit) -> list[MeshPart]:
    """Build a red hat whose point falls to one side, with a white border and bobble."""
    lift = LIFT_M + fit.volume_m
    rings = []
    for t in np.linspace(1.0, 0.0, 14):
        ring = make_ring((CRANIUM_RADII_M + lift) * (1 - t) ** 0.75 * (1 - 0.15 * t), 0.060 + fit.volume_m)
        rings.append(ring + np.array([0.15 * t**2.2, 0.105 * np.sin(2.5 * t), -0.02 * t]))
    shell = np.stack(rings)
    border = build_hoop(make_ring(lift + 0.002, 0.060 + fit.volume_m, 0.05), 0.015, 0.017, WHITE)
    bobble = build_ellipsoid(shell[0].mean(axis=0), (0.022, 0.022, 0.022), ACCESSORY_MATERIAL, WHITE)
    return [build_loft(shell, ACCESSORY_MATERIAL, RED, closed=False), border, bobble]


@HATS.register("rice_hat", "rice_hat", "hat", slot="top", family="heldout2")
def build_rice_hat(fit: AccessoryFit) -> list[MeshPart]:
    """Build a wide cone of straw."""
    rings = [(-0.108, 0.196), (-0.070, 0.166), (0.020, 0.098), (0.085, 0.050), (0.100, 0.038), (0.080, 0.046)]
    return [_build_rings(fit, [*rings, (-0.004, 0.086)], METAL)]


@HATS.register("nurse_cap", "nurse_cap", "hat", slot="band", family="heldout2")
def build_nurse_cap(fit: AccessoryFit) -> list[MeshPart]:
    """Build a folded white cap with a red cross."""
    azimuth = np.linspace(-64, 64, 21)
    low = direction_from_angles(azimuth, 38.0 + 0 * azimuth)
    foot = place_above_cranium(low, fit.trace_lift(low, 0.030) - 0.008)
    rise = np.outer(0.046 - 0.018 * (azimuth / 64) ** 2, [0.0, 1.0, -0.15])
    out = np.outer(np.full(21, 0.12), [1.0, 0.0, 0.9]) * (foot - CRANIUM_CENTRE_M)
    top = foot + rise + out
    panel = np.stack([foot, 0.5 * (foot + top) + 0.3 * out, top, top - [0, 0.002, 0.012], foot - [0, 0.0, 0.016]])
    middle = (0.5 * (foot + top) + 0.45 * out)[10] + [0.0, 0.0, 0.0015]
    bars = [
        build_tube(middle + np.outer([-1.0, 0.0, 1.0], axis), 0.0034, 0.0022, ACCESSORY_MATERIAL, RED, up=FORWARD)
        for axis in ([0.011, 0.0, 0.0], [0.0, 0.010, 0.0])
    ]
    return [build_loft(panel, ACCESSORY_MATERIAL, WHITE, closed=False), *bars]


def _build_small_hat(radius_m: float, height_m: float, swatch: int) -> list[MeshPart]:
    """Build a small top hat about the origin."""
    turn = np.linspace(0, 2 * np.pi, 25)
    profile = [(0.02, height_m), (1.02, height_m), (0.92, 0.45 * height_m), (1.0, 0.0), (1.60, 0.003), (1.60, 0.0)]
    rings = np.stack(
        [np.stack([r * radius_m * np.cos(turn), np.full(25, y), r * radius_m * np.sin(turn)], 1) for r, y in profile]
    )
    band = np.stack([rings[3] * 1.03 + [0, 0.0025, 0], rings[3] * 1.0 + [0, 0.28 * height_m, 0]])
    return [
        build_loft(rings[::-1], ACCESSORY_MATERIAL, swatch, closed=False),
        build_loft(band, ACCESSORY_MATERIAL, MAIN, closed=False),
    ]


@HATS.register("mini_hat", "mini_hat", "mini_top_hat", "hat", slot="side", family="train2")
def build_mini_hat(fit: AccessoryFit) -> list[MeshPart]:
    """Build a small top hat at the side of the crown."""
    lift = fit.find_lift(52.0, 34.0, 0.024, 12.0) - 0.006
    return stand_on_head(_build_small_hat(0.028, 0.046, BLACK), 52.0, 34.0, lift, (0.42, 1.0, 0.22))


@HATS.register("party_hat", "party_hat", "hat", slot="top", family="train2")
def build_party_hat(fit: AccessoryFit) -> list[MeshPart]:
    """Build a paper cone with a bobble."""
    turn = np.linspace(0, 2 * np.pi, 25)
    rings = np.stack(
        [np.stack([r * np.cos(turn), np.full(25, y), r * np.sin(turn)], 1) for r, y in ((0.038, 0.0), (0.001, 0.095))]
    )
    parts = [
        build_loft(rings, ACCESSORY_MATERIAL, MAIN, closed=False),
        build_ellipsoid(np.array([0, 0.098, 0]), (0.013, 0.013, 0.013), ACCESSORY_MATERIAL, SECOND),
    ]
    lift = fit.find_lift(20.0, 12.0, 0.024, 14.0) - 0.008
    return stand_on_head(parts, 20.0, 12.0, lift, (0.10, 1.0, 0.08))


def _build_crown(radius_m: float, height_m: float, points: int) -> list[MeshPart]:
    """Build a golden crown about the origin."""
    turn = np.linspace(0, 2 * np.pi, 8 * points + 1)
    peak = np.abs((np.arange(len(turn)) % 8) - 4) / 4
    flat = np.stack([np.cos(turn), 0 * turn, np.sin(turn)], axis=1)
    low, high = flat * radius_m, flat * radius_m * 1.10
    high[:, 1] = height_m * (0.42 + 0.58 * peak**0.8)
    gems = [build_bead(high[i], 0.0044, MAIN) for i in range(0, 8 * points, 8)]
    band = build_hoop(low, 0.0030, 0.0052, METAL)
    return [build_loft(np.stack([low, high]), ACCESSORY_MATERIAL, METAL, closed=False), band, *gems]


@HATS.register("crown", "crown", slot="top", family="train2")
def build_crown(fit: AccessoryFit) -> list[MeshPart]:
    """Build a crown around the top of the hair."""
    around = direction_from_angles(np.linspace(0, 315, 8), np.full(8, 36.0))
    lift = float(np.median(fit.trace_lift(around, 0.024)))
    radius = (CRANIUM_RADII_M[0] + lift) * np.sin(np.radians(36.0))
    foot = direction_from_angles(0.0, 1.0)[0]
    height = (CRANIUM_RADII_M[1] + lift) * np.cos(np.radians(36.0)) - CRANIUM_RADII_M[1] - 0.004
    crown = _build_crown(radius, 0.046, 8)
    place = place_above_cranium(foot, height)
    return [part.with_positions(part.xyz_head_m * [1.0, 1.0, 1.06] + place) for part in crown]


@HATS.register("mini_crown", "mini_crown", "crown", "tilted_headwear", slot="side", family="train2")
def build_mini_crown(fit: AccessoryFit) -> list[MeshPart]:
    """Build a small crown at the side of the head."""
    lift = fit.find_lift(-48.0, 32.0, 0.024, 12.0) - 0.005
    return stand_on_head(_build_crown(0.026, 0.032, 5), -48.0, 32.0, lift, (-0.45, 1.0, 0.25))


@HATS.register("circlet", "circlet", slot="band", family="train2")
def build_circlet(fit: AccessoryFit) -> list[MeshPart]:
    """Build a thin golden band across the forehead with a gem."""
    azimuth = np.linspace(-180, 180, 49)
    around = direction_from_angles(azimuth, 62.0 + 8.0 * (1 - np.cos(np.radians(azimuth))))
    path = place_above_cranium(around, fit.trace_lift(around, 0.026))
    gem = lay_on_head(
        [build_ellipsoid(np.zeros(3), (0.008, 0.011, 0.005), ACCESSORY_MATERIAL, MAIN)],
        0.0, 64.0, fit.find_lift(0.0, 64.0, 0.028),
    )  # fmt: skip
    return [build_hoop(path, 0.0022, 0.0030, METAL), *gem]


@HATS.register("headband", "hachimaki", "headband", slot="band", family="train2")
def build_headband(fit: AccessoryFit) -> list[MeshPart]:
    """Build a band of cloth around the forehead, tied behind."""
    azimuth = np.linspace(-180, 180, 49)
    around = direction_from_angles(azimuth, 66.0 + 6.0 * (1 - np.cos(np.radians(azimuth))))
    path = place_above_cranium(around, fit.trace_lift(around, 0.026))
    t = np.linspace(0, 1, 10)
    tails = []
    for side in (-1.0, 1.0):
        fall = path[0] + np.stack([side * (0.003 + 0.034 * t), -0.13 * t, -0.012 - 0.022 * np.sin(2.2 * t)], axis=1)
        tails.append(build_tube(fall, 0.0085, 0.0018, ACCESSORY_MATERIAL, MAIN, up=(0.0, 0.0, 1.0), sides=6))
    knot = build_ellipsoid(path[0] + [0, 0, -0.004], (0.011, 0.010, 0.008), ACCESSORY_MATERIAL, MAIN)
    return [build_hoop(path, 0.0026, 0.0105, MAIN), knot, *tails]
