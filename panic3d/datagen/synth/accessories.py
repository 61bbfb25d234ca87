"""Accessories on the head, in head units, coloured from the swatches of one texture."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from panic3d.datagen.synth.hair.growth import direction, on_cranium
from panic3d.datagen.synth.mesh import Part
from panic3d.datagen.synth.paint import Colour
from panic3d.datagen.synth.primitives import basis, bow, box, mirrored, tube, turned
from panic3d.datagen.synth.skull import FaceSurface

FUR, INNER, MAIN, SECOND, METAL, DARK, GLASS, RED, BLUE = range(9)
"""Swatches of the accessory texture."""


@dataclass(frozen=True)
class Fit:
    """What an accessory is fitted to."""

    surface: FaceSurface
    eye_centre_m: tuple[float, float]
    volume_m: float
    """How far hair stands off beyond standard."""


Build = Callable[[Fit], list[Part]]


@dataclass(frozen=True)
class Accessory:
    """Its builder, Danbooru tags, family and the place that it occupies (one accessory a place)."""

    build: Build
    tags: tuple[str, ...]
    family: str
    place: str


ACCESSORIES: dict[str, Accessory] = {}


def accessory(name: str, *tags: str, place: str, family: str = "train") -> Callable[[Build], Build]:
    def enter(build: Build) -> Build:
        ACCESSORIES[name] = Accessory(build, tags, family, place)
        return build

    return enter


def swatch_colours(hair: Colour, main: Colour, second: Colour) -> list[Colour]:
    """In the order of the swatches."""
    metal, dark, glass = (0.86, 0.72, 0.36), (0.16, 0.15, 0.20), (0.75, 0.88, 0.95)
    return [hair, (1.0, 0.80, 0.80), main, second, metal, dark, glass, (0.9, 0.1, 0.1), (0.1, 0.2, 0.9)]


def _animal_ear(height_m: float, half_width_m: float, bulge: float, lean: float) -> list[Part]:
    """An ear about the origin: up is +y, opening towards +z."""
    t = np.linspace(0, 1, 9)
    profile = half_width_m * (1 - t**1.35) * (1 + bulge * np.sin(np.pi * t))
    path = np.stack([lean * height_m * t**2, height_m * t, -0.10 * height_m * np.sin(np.pi * t)], axis=1)
    shell = tube(path, profile + 0.0008, profile * 0.42 + 0.0008, "Accessory", FUR, up=(0.0, 0.0, 1.0), sides=12)
    inset = path[1:-1].copy()
    inset[:, 2] += profile[1:-1] * 0.42
    hollow = tube(
        inset, profile[1:-1] * 0.66, profile[1:-1] * 0.10 + 0.0005, "Accessory", INNER, up=(0.0, 0.0, 1.0), sides=8
    )
    return [shell, hollow]


def _both(parts: list[Part]) -> list[Part]:
    return parts + [mirrored(part) for part in parts]


@accessory("cat_ears", "cat_ears", "animal_ears", place="top")
def cat_ears(fit: Fit) -> list[Part]:
    """Pointed ears on the crown's corners."""
    way = direction(58.0, 34.0)[0]
    foot = on_cranium(way, np.array(0.004 + 0.6 * fit.volume_m))
    turn = basis(np.array([0.30, 0.0, 1.0]), (0.34, 1.0, -0.05))
    return _both([turned(p, turn, np.zeros(3), foot) for p in _animal_ear(0.088, 0.038, 0.16, 0.10)])


@accessory("hair_ribbon", "hair_ribbon", "hair_bow", place="side")
def hair_ribbon(fit: Fit) -> list[Part]:
    """A bow on the side of the head."""
    way = direction(80.0, 48.0)[0]
    at = on_cranium(way, np.array(0.026 + fit.volume_m))
    turn = basis(way * [1.0, 0.35, 1.0] + [0, 0, 0.45])
    return [turned(part, turn, np.zeros(3), at) for part in bow(np.zeros(3), 0.050, "Accessory", MAIN)]


@accessory("glasses", "glasses", place="eyes")
def glasses(fit: Fit) -> list[Part]:
    """Rims, a bridge and temples."""
    parts = []
    angle = np.linspace(0, 2 * np.pi, 29)
    cx, cy = fit.eye_centre_m
    half = np.array([0.0265, 0.0205])
    rim = np.stack(
        [
            np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.75,
            np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** 0.75,
        ],
        1,
    )
    rim = rim * half + [cx, cy - 0.003]
    depth = 0.103 - 3.2 * (rim[:, :1] ** 2)
    parts.append(
        tube(np.concatenate([rim, depth], axis=1), 0.0013, 0.0013, "Accessory", DARK, up=(0.0, 0.0, 1.0), sides=6)
    )
    hinge = np.array(
        [
            [cx + half[0] * 0.96, cy, 0.086],
            [0.090, cy + 0.002, 0.060],
            [0.093, cy + 0.002, 0.0],
            [0.090, cy - 0.006, -0.02],
        ]
    )
    parts.append(tube(hinge, 0.0012, 0.0016, "Accessory", DARK, sides=6))
    bridge_x = np.linspace(-(cx - half[0]), cx - half[0], 7)
    bridge = np.stack([bridge_x, cy + 0.002 + 0.002 * np.cos(bridge_x * 150), 0.104 + 0 * bridge_x], axis=1)
    return [*_both(parts), tube(bridge, 0.0012, 0.0012, "Accessory", DARK, sides=6)]


def markers() -> list[Part]:
    """A red cube at the character's left ear and a blue one on the back of the head, for tests of geometry."""
    return [
        box(np.array([0.125, 0.0, 0.0]), 0.05, "Accessory", RED),
        box(np.array([0.0, 0.05, -0.145]), 0.06, "Accessory", BLUE),
    ]


def hair_tie(way: np.ndarray, lift_m: float, radius_m: float) -> Part:
    """A band around the root of a tail."""
    angle = np.linspace(0, 2 * np.pi, 15)
    turn = basis(way)
    ring = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1) * radius_m
    part = tube(ring, radius_m * 0.42, radius_m * 0.42, "Accessory", MAIN, up=(0.0, 0.0, 1.0), sides=8)
    return turned(part, turn, np.zeros(3), on_cranium(way, np.array(lift_m)))
