"""Accessories: animal ears, horns and small things worn in the hair or on the face. Hats are in `hats`."""

import numpy as np

from panic3d.datagen.synth.accessories.fittings import (
    BLUE,
    BONE,
    DARK,
    FUR,
    GLASS,
    INNER,
    MAIN,
    MATERIAL,
    METAL,
    RED,
    SECOND,
    WHITE,
    Fit,
    accessory,
    band,
    both,
    lying,
    over_head,
    standing,
)
from panic3d.datagen.synth.hair.growth import direction, on_cranium
from panic3d.datagen.synth.meshes.mesh import Part
from panic3d.datagen.synth.meshes.primitives import basis, bow, box, ellipsoid, loft, tube, turned

FORWARD = (0.0, 0.0, 1.0)


def _ear(
    height_m: float, half_width_m: float, bulge: float, lean: float, blunt: float = 1.35, fold: float = 0.0
) -> list[Part]:
    """An animal's ear about the origin: up is +y, opening towards +z; `fold` bends the tip forward."""
    t = np.linspace(0, 1, 11)
    profile = half_width_m * (1 - t**blunt) * (1 + bulge * np.sin(np.pi * t))
    ahead = -0.10 * height_m * np.sin(np.pi * t) + fold * height_m * t**3
    path = np.stack([lean * height_m * t**2, height_m * (t - 0.5 * abs(fold) * t**3), ahead], axis=1)
    shell = tube(path, profile + 0.0008, profile * 0.42 + 0.0008, MATERIAL, FUR, up=FORWARD, sides=12)
    inset = path[1:-1].copy()
    inset[:, 2] += profile[1:-1] * 0.40
    flat = profile[1:-1] * 0.10 + 0.0005
    return [shell, tube(inset, profile[1:-1] * 0.66, flat, MATERIAL, INNER, up=FORWARD, sides=8)]


@accessory("cat_ears", "cat_ears", "animal_ears", place="top")
def cat_ears(fit: Fit) -> list[Part]:
    """Pointed ears on the crown's corners."""
    return both(
        standing(_ear(0.082, 0.036, 0.16, 0.10), 62.0, 36.0, 0.004 + fit.volume_m, (0.36, 1.0, -0.05), (0.25, 0.0, 1.0))
    )


@accessory("rabbit_ears", "rabbit_ears", "animal_ears", place="top")
def rabbit_ears(fit: Fit) -> list[Part]:
    """Long upright ears, tips a little forward."""
    return both(
        standing(
            _ear(0.165, 0.024, 0.75, 0.12, blunt=3.0, fold=0.12), 70.0, 22.0, 0.004 + fit.volume_m, (0.22, 1.0, -0.06)
        )
    )


@accessory("bear_ears", "bear_ears", "animal_ears", place="top")
def bear_ears(fit: Fit) -> list[Part]:
    """Round ears at the sides."""
    return both(
        standing(
            _ear(0.085, 0.030, 0.40, 0.35, blunt=2.2, fold=0.75), 74.0, 40.0, 0.006 + fit.volume_m, (0.75, 0.8, 0.0)
        )
    )


@accessory("fox_ears", "fox_ears", "animal_ears", place="top", family="heldout")
def fox_ears(fit: Fit) -> list[Part]:
    """Tall and wide."""
    return both(
        standing(
            _ear(0.135, 0.046, 0.10, 0.20, blunt=1.6),
            66.0,
            40.0,
            0.0 + fit.volume_m,
            (0.45, 1.0, -0.08),
            (0.3, 0.0, 1.0),
        )
    )


def _horn(path: np.ndarray, radius_m: float, swatch: int) -> Part:
    t = np.linspace(0, 1, len(path))
    thick = radius_m * (1 - t) ** 0.8 * (1 + 0.06 * np.sin(t * 50)) + 0.0008
    return tube(path, thick, thick, MATERIAL, swatch, up=FORWARD, sides=10)


@accessory("horns", "demon_horns", "horns", place="top")
def horns(fit: Fit) -> list[Part]:
    """Curved horns that rise from the temples."""
    t = np.linspace(0, 1, 14)
    path = np.stack([0.045 * np.sin(2.2 * t), 0.085 * t, 0.035 * np.sin(3 * t) - 0.02 * t], axis=1)
    return both(standing([_horn(path, 0.0135, DARK)], 58.0, 44.0, fit.volume_m, (0.4, 1.0, 0.1)))


@accessory("ram_horns", "sheep_horns", "horns", "curled_horns", place="top", family="heldout")
def ram_horns(fit: Fit) -> list[Part]:
    """Curled beside the ears."""
    t = np.linspace(0, 1, 26)
    turn = -0.6 + 5.4 * t
    reach = 0.056 * (1 - 0.45 * t)
    path = np.stack([0.012 + 0.030 * t, reach * np.cos(turn) - 0.010, -reach * np.sin(turn) - 0.012], axis=1)
    return both(standing([_horn(path, 0.0240, BONE)], 84.0, 62.0, 0.026 + fit.volume_m, (0.25, 1.0, 0.0)))


@accessory("antlers", "antlers", place="top", family="heldout")
def antlers(fit: Fit) -> list[Part]:
    """A deer's, with two tines."""
    t = np.linspace(0, 1, 12)
    beam = np.stack([0.075 * t**0.8, 0.15 * t, -0.02 * np.sin(3 * t)], axis=1)
    parts = [_horn(beam, 0.0095, BONE)]
    for at, way in ((4, (-0.01, 0.05, 0.03)), (7, (0.055, 0.035, 0.0))):
        parts.append(_horn(beam[at] + np.outer(t, way), 0.0065, BONE))
    return both(standing(parts, 60.0, 32.0, fit.volume_m, (0.25, 1.0, 0.0)))


@accessory("halo", "halo", place="above")
def halo(fit: Fit) -> list[Part]:
    """A ring of light above the crown."""
    angle = np.linspace(0, 2 * np.pi, 33)
    ring = np.stack(
        [0.066 * np.cos(angle), 0.196 + fit.volume_m - 0.022 * np.sin(angle), 0.066 * np.sin(angle) - 0.012], axis=1
    )
    return [tube(ring, 0.0060, 0.0060, MATERIAL, METAL, sides=8)]


@accessory("hair_ribbon", "hair_ribbon", "hair_bow", place="side")
def hair_ribbon(fit: Fit) -> list[Part]:
    """A bow on the side of the head."""
    way = direction(76.0, 46.0)[0]
    turn = basis(way * [1.0, 0.35, 1.0] + np.array([0.0, 0.0, 0.45]))
    at = on_cranium(way, 0.030 + fit.volume_m)
    return [turned(part, turn, np.zeros(3), at) for part in bow(np.zeros(3), 0.066, MATERIAL, MAIN)]


@accessory("back_bow", "hair_bow", "large_bow", place="behind")
def back_bow(fit: Fit) -> list[Part]:
    """A great bow on the back of the head."""
    return lying(bow(np.zeros(3), 0.105, MATERIAL, MAIN), 180.0, 72.0, 0.036 + fit.volume_m)


@accessory("twin_ribbons", "hair_ribbon", "twin_ribbons", place="side", family="heldout")
def twin_ribbons(fit: Fit) -> list[Part]:
    """Long ribbons that rise from the crown like leaves and fall over."""
    t = np.linspace(0, 1, 16)
    fall = np.stack([0.10 * np.sin(2.2 * t), 0.10 * np.sin(2.7 * t) - 0.03 * t, -0.02 * t], axis=1)
    leaf = tube(fall, 0.004 + 0.024 * np.sin(np.pi * t**0.7), 0.0025, MATERIAL, MAIN, up=(-0.8, 1.0, 0.5))
    return both(standing([leaf], 78.0, 34.0, 0.016 + fit.volume_m, (0.3, 1.0, 0.0)))


@accessory("hair_band", "hairband", place="band")
def hair_band(fit: Fit) -> list[Part]:
    """A band from ear to ear."""
    path = band(over_head(22.0), 0.019 + fit.volume_m)
    return [tube(path, 0.0095, 0.0040, MATERIAL, MAIN, sides=8)]


@accessory("maid_headdress", "maid_headdress", place="band")
def maid_headdress(fit: Fit) -> list[Part]:
    """A frilled white band."""
    ways = over_head(20.0, 70.0, 45)
    inner = on_cranium(ways, 0.018 + fit.volume_m)
    frill = on_cranium(ways, 0.046 + fit.volume_m + 0.006 * np.cos(np.arange(45) * np.pi / 2))
    frill[:, 2] += 0.010 * np.sin(np.arange(45) * np.pi / 2)
    return [
        loft(np.stack([inner, frill]), MATERIAL, WHITE, closed=False),
        tube(inner, 0.008, 0.004, MATERIAL, DARK, sides=6),
    ]


@accessory("headphones", "headphones", place="band")
def headphones(fit: Fit) -> list[Part]:
    """Cups over the ears and an arch."""
    arch = tube(band(over_head(0.0, 88.0), 0.027 + fit.volume_m), 0.0100, 0.0055, MATERIAL, DARK, sides=8)
    x = 0.110 + fit.volume_m
    cup = [
        ellipsoid(np.array([x, -0.004, -0.004]), (0.020, 0.042, 0.038), MATERIAL, MAIN),
        ellipsoid(np.array([x + 0.012, -0.004, -0.004]), (0.014, 0.030, 0.027), MATERIAL, SECOND),
    ]
    return [arch, *both(cup)]


def _flower(radius_m: float, petals: int, swatch: int) -> list[Part]:
    """Petals around a heart, facing +z."""
    parts = [
        ellipsoid(np.array([0.0, 0.0, 0.006]), (radius_m * 0.30, radius_m * 0.30, radius_m * 0.22), MATERIAL, METAL)
    ]
    t = np.linspace(0, 1, 7)
    for turn in np.arange(petals) * 2 * np.pi / petals:
        way = np.array([np.cos(turn), np.sin(turn), 0.0])
        path = np.outer(t * radius_m, way) + np.outer(0.25 * radius_m * np.sin(2.4 * t), [0.0, 0.0, 1.0])
        wide = radius_m * 0.46 * np.sin(np.pi * (0.12 + 0.80 * t)) ** 0.8
        parts.append(tube(path, wide, radius_m * 0.07, MATERIAL, swatch, up=FORWARD, sides=8))
    return parts


@accessory("flower", "hair_flower", "hair_ornament", place="side")
def flower(fit: Fit) -> list[Part]:
    """A flower above one ear."""
    return lying(_flower(0.038, 5, MAIN), 64.0, 60.0, 0.032 + fit.volume_m)


@accessory("flower_wreath", "head_wreath", "hair_flower", place="band", family="heldout")
def flower_wreath(fit: Fit) -> list[Part]:
    """Flowers all around the head."""
    parts = []
    for i, azimuth in enumerate(np.arange(0, 360, 40)):
        swatch = (MAIN, SECOND, WHITE)[i % 3]
        parts += lying(_flower(0.024, 5, swatch), float(azimuth), 52.0, 0.030 + fit.volume_m)
    return parts


@accessory("hair_clips", "hairclip", "hair_ornament", place="clip")
def hair_clips(fit: Fit) -> list[Part]:
    """Two crossed clips in the fringe."""
    parts = []
    for polar, roll in ((58.0, 0.45), (66.0, -0.45)):
        bar = np.linspace(-0.021, 0.021, 5)[:, None] * np.array([np.cos(roll), np.sin(roll), 0.0])
        parts += lying(
            [tube(bar, 0.0040, 0.0030, MATERIAL, MAIN, up=FORWARD, sides=8)], 40.0, polar, 0.036 + fit.volume_m
        )
    return parts


def _frame(fit: Fit, half: tuple[float, float], power: float, swatch: int, lens: bool) -> list[Part]:
    """Rims of superellipses (power 1 round, less: squarer), bridge, temples."""
    angle = np.linspace(0, 2 * np.pi, 29)
    cx, cy = fit.eye_centre_m
    cy -= 0.003
    sine, cosine = np.sin(angle), np.cos(angle)
    rim = np.stack([np.sign(cosine) * np.abs(cosine) ** power, np.sign(sine) * np.abs(sine) ** power], axis=1)
    rim = rim * half + np.array([cx, cy])
    points = np.column_stack([rim, 0.104 - 3.2 * rim[:, 0] ** 2])
    side = [tube(points, 0.0014, 0.0014, MATERIAL, swatch, up=FORWARD, sides=6)]
    if lens:
        centre = points.mean(axis=0)
        side.append(loft(np.stack([points, centre + 0.02 * (points - centre)]), MATERIAL, GLASS, closed=False))
    hinge = np.array(
        [[cx + half[0] * 0.97, cy + 0.004, 0.090], [0.092, cy + 0.006, 0.055], [0.094, cy + 0.006, -0.004]]
    )
    side.append(tube(hinge, 0.0012, 0.0018, MATERIAL, swatch, sides=6))
    x = np.linspace(-(cx - half[0]), cx - half[0], 7)
    bridge = np.stack([x, cy + 0.003 + 0.002 * np.cos(x * 150), np.full(7, 0.105)], axis=1)
    return [*both(side), tube(bridge, 0.0012, 0.0012, MATERIAL, swatch, up=FORWARD, sides=6)]


@accessory("glasses", "glasses", "black-framed_eyewear", place="eyes")
def glasses(fit: Fit) -> list[Part]:
    """Rounded rectangles."""
    return _frame(fit, (0.0275, 0.0205), 0.62, DARK, lens=False)


@accessory("glasses_red", "glasses", "semi-rimless_eyewear", "red-framed_eyewear", place="eyes")
def glasses_red(fit: Fit) -> list[Part]:
    """Narrow and red."""
    return _frame(fit, (0.0270, 0.0150), 0.55, RED, lens=False)


@accessory("round_glasses", "round_eyewear", "glasses", place="eyes", family="heldout")
def round_glasses(fit: Fit) -> list[Part]:
    """Great golden circles."""
    return _frame(fit, (0.0290, 0.0290), 1.0, METAL, lens=False)


@accessory("goggles", "goggles_on_head", "goggles", place="band", family="heldout")
def goggles(fit: Fit) -> list[Part]:
    """Pushed up onto the fringe."""
    strap = tube(band(over_head(38.0, 150.0, 37), 0.022 + fit.volume_m), 0.010, 0.003, MATERIAL, DARK, sides=8)
    disc = np.linspace(0, 2 * np.pi, 21)
    ring = np.stack([0.030 * np.cos(disc), 0.026 * np.sin(disc), 0 * disc], axis=1)
    glass = loft(np.stack([ring, ring * 0.02]) + np.array([0, 0, 0.004]), MATERIAL, GLASS, closed=False)
    lens = [tube(ring, 0.006, 0.006, MATERIAL, METAL, up=FORWARD, sides=8), glass]
    return [strap, *both(lying(lens, 26.0, 48.0, 0.034 + fit.volume_m))]


@accessory("eye_patch", "eyepatch", "medical_eyepatch", place="eyes")
def eye_patch(fit: Fit) -> list[Part]:
    """A patch over the character's right eye, with its string."""
    side = np.linspace(-1, 1, 11)
    u, v = np.meshgrid(side, side)
    xy = np.stack(
        [-fit.eye_centre_m[0] + 0.027 * u * (1 - 0.18 * v**2), fit.eye_centre_m[1] - 0.024 * v * (1 - 0.12 * u**2)], -1
    )
    xyz = fit.surface.on_face(xy.reshape(-1, 2)).reshape(11, 11, 3)
    xyz[..., 2] += 0.0035 + 0.005 * (1 - u**2) * (1 - v**2)
    strings = []
    for x, y in ((-0.062, 0.016), (-0.010, 0.016)):
        end = direction(-100.0 if x < -0.03 else 60.0, 74.0)[0]
        start = fit.surface.on_face(np.array([[x, y]]))[0] + np.array([0.0, 0.0, 0.003])
        t = np.linspace(0, 1, 9)[:, None]
        line = start * (1 - t) + on_cranium(end, 0.003) * t
        out = line - np.array([0.0, 0.02, -0.01])
        line = line + 0.012 * np.sin(np.pi * t) * out / np.linalg.norm(out, axis=1, keepdims=True)
        strings.append(tube(line, 0.0010, 0.0010, MATERIAL, WHITE, sides=5))
    return [loft(xyz, MATERIAL, WHITE, closed=False), *strings]


@accessory("tiara", "tiara", place="band", family="heldout")
def tiara(fit: Fit) -> list[Part]:
    """Golden points over the forehead."""
    ways = over_head(34.0, 62.0, 33)
    low = on_cranium(ways, 0.020 + fit.volume_m)
    points = np.abs((np.arange(33) - 16) % 8 - 4) / 4
    high = on_cranium(ways, 0.026 + fit.volume_m + 0.040 * points * np.cos(np.linspace(-1.3, 1.3, 33)))
    gems = [ellipsoid(high[i], (0.005, 0.005, 0.005), MATERIAL, MAIN) for i in (4, 12, 20, 28)]
    return [
        loft(np.stack([low, high]), MATERIAL, METAL, closed=False),
        tube(low, 0.004, 0.003, MATERIAL, METAL, sides=6),
        *gems,
    ]


def markers() -> list[Part]:
    """A red cube at the character's left ear and a blue one on the back of the head, for tests of geometry."""
    return [
        box(np.array([0.125, 0.0, 0.0]), 0.05, MATERIAL, RED),
        box(np.array([0.0, 0.05, -0.145]), 0.06, MATERIAL, BLUE),
    ]


def hair_tie(azimuth_deg: float, polar_deg: float, radius_m: float) -> Part:
    """A band around the root of a tail."""
    angle = np.linspace(0, 2 * np.pi, 15)
    ring = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1) * radius_m
    part = tube(ring, radius_m * 0.42, radius_m * 0.42, MATERIAL, MAIN, up=FORWARD, sides=8)
    return lying([part], azimuth_deg, polar_deg, 0.017)[0]
