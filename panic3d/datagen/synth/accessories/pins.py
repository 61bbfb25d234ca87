"""Pins, bows and bands for the hair, headsets and earrings since version 3 of the generator."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.accessories.hats import build_hoop
from panic3d.datagen.synth.accessories.ornaments import build_headphones, make_flower
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
    LEAF,
    MAIN,
    METAL,
    SECOND,
    SILVER,
    WHITE,
)
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.primitives import FORWARD, build_bow, build_ellipsoid, build_loft, build_tube

PINS = AccessoryRegistry()


def build_plate(outline: Float[np.ndarray, "N 2"], thick_m: float, swatch: int) -> MeshPart:
    """Build a flat plate about the origin that faces +z, with bevelled edges."""
    closed = np.concatenate([outline, outline[:1]])
    flat = np.column_stack([closed, np.zeros(len(closed))])
    rows = [flat * 0.02, flat * 0.80, flat, flat * 0.9, flat * 0.02]
    heights = [1.0, 0.9, 0.2, -0.4, -0.4]
    return build_loft(
        np.stack([row + np.array([0.0, 0.0, thick_m * h]) for row, h in zip(rows, heights, strict=True)]),
        ACCESSORY_MATERIAL, swatch, closed=False,
    )  # fmt: skip


@PINS.register("star_pin", "star_hair_ornament", "hair_ornament", slot="clip", family="train2")
def build_star_pin(fit: AccessoryFit) -> list[MeshPart]:
    """Build a star on the fringe."""
    turn = np.pi / 2 + np.arange(10) * np.pi / 5
    star = np.stack([np.cos(turn), np.sin(turn)], 1) * np.where(np.arange(10) % 2, 0.45, 1.0)[:, None] * 0.021
    plate = build_plate(star, 0.005, METAL)
    return lay_on_head([plate], 42.0, 62.0, fit.find_lift(42.0, 62.0, 0.03) + 0.003, roll_deg=12.0)


@PINS.register("x_pin", "x_hair_ornament", "hair_ornament", slot="clip", family="train2")
def build_x_pin(fit: AccessoryFit) -> list[MeshPart]:
    """Build a cross of two bars on the fringe."""
    bars = [
        build_tube(
            np.linspace(-0.020, 0.020, 5)[:, None] * np.array([np.cos(a), np.sin(a), 0.0]),
            0.0042, 0.0030, ACCESSORY_MATERIAL, MAIN, up=FORWARD, sides=8,
        )
        for a in (0.8, -0.8)
    ]  # fmt: skip
    return lay_on_head(bars, -44.0, 62.0, fit.find_lift(-44.0, 62.0, 0.03) + 0.002)


@PINS.register("leaf_pin", "leaf_hair_ornament", "hair_ornament", slot="clip", family="train2")
def build_leaf_pin(fit: AccessoryFit) -> list[MeshPart]:
    """Build two leaves and a berry."""
    t = np.linspace(0, 1, 10)
    parts = [build_ellipsoid(np.zeros(3), (0.0065, 0.0065, 0.006), ACCESSORY_MATERIAL, MAIN)]
    for angle in (0.5, 2.3):
        path = np.outer(0.036 * t, [np.cos(angle), np.sin(angle), 0.0]) + np.outer(0.005 * np.sin(3 * t), [0, 0, 1.0])
        wide = 0.0008 + 0.010 * np.sin(np.pi * t) ** 0.8
        parts.append(build_tube(path, wide, 0.0018, ACCESSORY_MATERIAL, LEAF, up=FORWARD, sides=8))
    return lay_on_head(parts, 58.0, 52.0, fit.find_lift(58.0, 52.0, 0.03, 12.0))


@PINS.register("rose", "hair_rose", "hair_flower", "hair_ornament", slot="side", family="train2")
def build_rose(fit: AccessoryFit) -> list[MeshPart]:
    """Build a rose with leaves above one ear."""
    parts = [build_ellipsoid(np.array([0, 0, 0.010]), (0.010, 0.010, 0.010), ACCESSORY_MATERIAL, MAIN)]
    for count, radius, lift in ((6, 0.030, 0.0), (5, 0.021, 0.006)):
        parts += [
            part.with_positions(part.xyz_head_m * [1.0, 1.0, 1.5] + [0, 0, lift])
            for part in make_flower(radius, count, MAIN)[1:]
        ]
    t = np.linspace(0, 1, 9)
    for angle in (3.5, 5.6):
        path = np.outer(0.045 * t, [np.cos(angle), np.sin(angle), -0.10])
        parts.append(build_tube(path, 0.001 + 0.011 * np.sin(np.pi * t), 0.0016, ACCESSORY_MATERIAL, LEAF, up=FORWARD))
    return lay_on_head(parts, -66.0, 56.0, fit.find_lift(-66.0, 56.0, 0.03, 14.0) - 0.002)


@PINS.register("butterfly", "butterfly_hair_ornament", "hair_ornament", slot="side", family="heldout2")
def build_butterfly(fit: AccessoryFit) -> list[MeshPart]:
    """Build a butterfly with raised wings at the side of the head."""
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    parts = [build_ellipsoid(np.array([0, 0, 0.004]), (0.003, 0.016, 0.003), ACCESSORY_MATERIAL, DARK)]
    for centre, radii, swatch in (((0.019, 0.012), (0.019, 0.016), MAIN), ((0.014, -0.011), (0.013, 0.012), SECOND)):
        wing = np.stack([np.cos(turn) * radii[0] * (1 + 0.15 * np.sin(turn)), np.sin(turn) * radii[1]], 1)
        plate = build_plate(wing, 0.0018, swatch)
        placed = plate.xyz_head_m + np.array([*centre, 0.0])
        placed[:, 2] += 0.45 * placed[:, 0]
        parts += add_mirrored([plate.with_positions(placed)])
    return lay_on_head(parts, 60.0, 50.0, fit.find_lift(60.0, 50.0, 0.03, 12.0), roll_deg=-20.0)


@PINS.register("hair_stick", "hair_stick", "hair_ornament", "kanzashi", slot="behind", family="heldout2")
def build_hair_stick(fit: AccessoryFit) -> list[MeshPart]:
    """Build two long sticks with beads behind the head."""
    parts = []
    for roll in (0.6, -0.6):
        along = np.array([np.cos(roll), np.sin(roll), 0.0])
        path = np.linspace(-0.075, 0.075, 7)[:, None] * along
        parts.append(build_tube(path, 0.0024, 0.0024, ACCESSORY_MATERIAL, DARK, up=FORWARD, sides=6))
        parts.append(build_ellipsoid(path[-1], (0.0075, 0.0075, 0.0075), ACCESSORY_MATERIAL, MAIN))
        parts.append(build_ellipsoid(path[0], (0.004, 0.004, 0.004), ACCESSORY_MATERIAL, METAL))
    return lay_on_head(parts, 180.0, 58.0, fit.find_lift(180.0, 58.0, 0.03, 16.0) - 0.002)


@PINS.register("bow_hairband", "hairband", "bow_hairband", "hair_bow", slot="band", family="train2")
def build_bow_hairband(fit: AccessoryFit) -> list[MeshPart]:
    """Build a band with a large bow on top."""
    directions = compute_arch_directions(24.0, 92.0)
    band = build_tube(
        trace_band(directions, fit.trace_lift(directions, 0.019)), 0.0080, 0.0036, ACCESSORY_MATERIAL, MAIN
    )
    bow = build_bow(np.zeros(3), 0.058, ACCESSORY_MATERIAL, MAIN, tails=False)
    return [band, *stand_on_head(bow, 40.0, 32.0, fit.find_lift(40.0, 32.0, 0.03, 12.0) + 0.010, (0.28, 1.0, 0.2))]


@PINS.register("frilled_hairband", "lolita_hairband", "frilled_hairband", "hairband", slot="band", family="train2")
def build_frilled_hairband(fit: AccessoryFit) -> list[MeshPart]:
    """Build a flat dark band with frills at both edges and bows at its ends."""
    directions = compute_arch_directions(20.0, 78.0, 49)
    lift = fit.trace_lift(directions, 0.024)
    path = trace_band(directions, lift)
    parts = [build_tube(path, 0.0130, 0.0036, ACCESSORY_MATERIAL, DARK)]
    wave = np.arange(49) * np.pi / 2
    for side in (-1.0, 1.0):
        edge = path + np.outer(np.full(49, side), [0.0, -0.004, 0.011])
        rim = edge + np.outer(side * (0.014 + 0.003 * np.cos(wave)), [0.0, -0.35, 1.0])
        rim += 0.004 * np.sin(wave)[:, None] * directions
        parts.append(build_loft(np.stack([edge, rim]), ACCESSORY_MATERIAL, WHITE, closed=False))
    bow = lay_on_head(
        build_bow(np.zeros(3), 0.034, ACCESSORY_MATERIAL, MAIN),
        82.0,
        70.0,
        fit.find_lift(82.0, 70.0, 0.03, 12.0) + 0.008,
    )
    return [*parts, *add_mirrored(bow)]


@PINS.register("headset", "headset", "headphones", slot="band", family="train2")
def build_headset(fit: AccessoryFit) -> list[MeshPart]:
    """Build headphones with a microphone before the mouth."""
    parts = build_headphones(fit)
    start = np.array([float(parts[1].xyz_head_m[:, 0].mean()), -0.030, 0.020])
    t = np.linspace(0, 1, 14)[:, None]
    end = np.array([0.040, -0.068, 0.112])
    knee = np.array([start[0] - 0.004, -0.066, 0.085])
    path = (1 - t) ** 2 * start + 2 * t * (1 - t) * knee + t**2 * end
    boom = build_tube(path, 0.0020, 0.0020, ACCESSORY_MATERIAL, DARK, sides=6)
    return [*parts, boom, build_ellipsoid(end, (0.009, 0.006, 0.006), ACCESSORY_MATERIAL, DARK)]


@PINS.register("earmuffs", "earmuffs", slot="band", family="train2")
def build_earmuffs(fit: AccessoryFit) -> list[MeshPart]:
    """Build fluffy balls over the ears and a thin arch."""
    parts = build_headphones(fit)
    arch = trace_band(directions := compute_arch_directions(0.0, 88.0), fit.trace_lift(directions, 0.027))
    x = float(parts[1].xyz_head_m[:, 0].mean())
    ball = build_ellipsoid(np.array([x, -0.004, -0.004]), (0.026, 0.040, 0.040), ACCESSORY_MATERIAL, WHITE)
    lumps = 1 + 0.05 * np.sin(ball.xyz_head_m @ np.array([[260.0], [310.0], [290.0]]))
    centre = np.array([x, -0.004, -0.004])
    ball = ball.with_positions(centre + (ball.xyz_head_m - centre) * lumps)
    return [build_tube(arch, 0.0050, 0.0034, ACCESSORY_MATERIAL, SECOND), *add_mirrored([ball])]


def _hang_earrings(fit: AccessoryFit, parts: list[MeshPart]) -> list[MeshPart]:
    """Hang parts that are modelled below the origin at both earlobes."""
    if fit.earlobe_m is None:
        return []
    return add_mirrored([part.with_positions(part.xyz_head_m + np.array(fit.earlobe_m)) for part in parts])


@PINS.register("drop_earrings", "earrings", "jewelry", slot="ears", family="train2", on_face=True)
def build_drop_earrings(fit: AccessoryFit) -> list[MeshPart]:
    """Build gems that hang from short chains."""
    chain = np.array([[0.0, 0.0, 0.0], [0.001, -0.006, 0.0], [0.001, -0.013, 0.0]])
    gem = build_ellipsoid(np.array([0.001, -0.020, 0.0]), (0.0048, 0.0082, 0.0048), ACCESSORY_MATERIAL, MAIN)
    return _hang_earrings(fit, [build_tube(chain, 0.0010, 0.0010, ACCESSORY_MATERIAL, METAL, up=FORWARD, sides=6), gem])


@PINS.register("hoop_earrings", "hoop_earrings", "earrings", "jewelry", slot="ears", family="train2", on_face=True)
def build_hoop_earrings(fit: AccessoryFit) -> list[MeshPart]:
    """Build rings that hang from the ears."""
    turn = np.linspace(0, 2 * np.pi, 25)
    path = np.stack([0.003 + 0 * turn, -0.0125 - 0.0135 * np.sin(turn), 0.0135 * np.cos(turn)], axis=1)
    return _hang_earrings(fit, [build_hoop(path, 0.0014, 0.0014, SILVER)])


@PINS.register("ear_studs", "stud_earrings", "earrings", "jewelry", slot="ears", family="train2", on_face=True)
def build_ear_studs(fit: AccessoryFit) -> list[MeshPart]:
    """Build small round studs."""
    stud = build_ellipsoid(np.array([0.0015, 0.0, 0.002]), (0.0042, 0.0042, 0.0036), ACCESSORY_MATERIAL, SILVER)
    return _hang_earrings(fit, [stud])


@PINS.register(
    "tassel_earrings", "tassel_earrings", "earrings", "jewelry", slot="ears", family="heldout2", on_face=True
)
def build_tassel_earrings(fit: AccessoryFit) -> list[MeshPart]:
    """Build long tassels below beads."""
    t = np.linspace(0, 1, 8)
    path = np.outer(-0.012 - 0.050 * t, [0.0, 1.0, 0.0]) + np.array([0.002, 0.0, 0.0])
    tassel = build_tube(path, 0.0028 + 0.0042 * t, 0.0028 + 0.0042 * t, ACCESSORY_MATERIAL, MAIN, up=FORWARD, sides=8)
    bead = build_ellipsoid(np.array([0.002, -0.009, 0.0]), (0.005, 0.005, 0.005), ACCESSORY_MATERIAL, METAL)
    return _hang_earrings(fit, [tassel, bead])
