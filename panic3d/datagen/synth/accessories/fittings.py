"""What accessories share: the registry, the swatches and the frames they stand in."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.hair.growth import direction, on_cranium
from panic3d.datagen.synth.head.skull import FaceSurface
from panic3d.datagen.synth.meshes.mesh import Part
from panic3d.datagen.synth.meshes.paint import Colour
from panic3d.datagen.synth.meshes.primitives import basis, mirrored, turned

MATERIAL = "Accessory"
FUR, INNER, MAIN, SECOND, METAL, DARK, GLASS, RED, BLUE, WHITE, BONE = range(11)
"""Swatches of the accessory texture."""


@dataclass(frozen=True)
class Fit:
    """What an accessory is fitted to, in head units."""

    surface: FaceSurface
    eye_centre_m: tuple[float, float]
    volume_m: float
    """How far hair stands off beyond standard."""


Build = Callable[[Fit], list[Part]]


@dataclass(frozen=True)
class Accessory:
    """Its builder, Danbooru tags, family, and the place that it occupies (one accessory a place)."""

    build: Build
    tags: tuple[str, ...]
    family: str
    place: str


ACCESSORIES: dict[str, Accessory] = {}


def accessory(name: str, *tags: str, place: str, family: str = "train") -> Callable[[Build], Build]:
    """Enter a builder into ACCESSORIES."""

    def enter(build: Build) -> Build:
        ACCESSORIES[name] = Accessory(build, tags, family, place)
        return build

    return enter


def swatch_colours(hair: Colour, main: Colour, second: Colour) -> list[Colour]:
    """In the order of the swatches."""
    metal, dark, glass = (0.90, 0.76, 0.36), (0.16, 0.15, 0.20), (0.62, 0.80, 0.92)
    plain = [(0.9, 0.1, 0.1), (0.1, 0.2, 0.9), (0.96, 0.95, 0.97), (0.87, 0.80, 0.70)]
    return [hair, (1.0, 0.80, 0.80), main, second, metal, dark, glass, *plain]


def both(parts: list[Part]) -> list[Part]:
    """On both sides of the head."""
    return parts + [mirrored(part) for part in parts]


def standing(
    parts: list[Part],
    azimuth_deg: float,
    polar_deg: float,
    lift_m: float,
    up: tuple[float, float, float],
    facing: tuple[float, float, float] = (0.0, 0.0, 1.0),
) -> list[Part]:
    """Things modelled about the origin (up +y, front +z) put on the head, their +y along `up`."""
    foot = on_cranium(direction(azimuth_deg, polar_deg)[0], lift_m)
    # `up` is what must hold exactly: build the frame from it
    y = np.array(up) / np.linalg.norm(up)
    z = np.array(facing) - np.dot(facing, y) * y
    turn = basis(z, (float(y[0]), float(y[1]), float(y[2])))
    return [turned(part, turn, np.zeros(3), foot) for part in parts]


def lying(parts: list[Part], azimuth_deg: float, polar_deg: float, lift_m: float, roll_deg: float = 0.0) -> list[Part]:
    """Things modelled facing +z laid onto the head, facing outwards."""
    way = direction(azimuth_deg, polar_deg)[0]
    roll = np.radians(roll_deg)
    spin = np.array([[np.cos(roll), -np.sin(roll), 0.0], [np.sin(roll), np.cos(roll), 0.0], [0.0, 0.0, 1.0]])
    turn = basis(way) @ spin
    return [turned(part, turn, np.zeros(3), on_cranium(way, lift_m)) for part in parts]


def band(polar_path: Float[np.ndarray, "M 3"], lift_m: float) -> Float[np.ndarray, "M 3"]:
    """A line over the head, `lift_m` above the cranium."""
    return on_cranium(polar_path / np.linalg.norm(polar_path, axis=1, keepdims=True), lift_m)


def over_head(tilt_deg: float, from_deg: float = 95.0, count: int = 25) -> Float[np.ndarray, "M 3"]:
    """Directions from ear to ear over the crown; the arch leans forward by `tilt_deg`."""
    angle = np.radians(np.linspace(-from_deg, from_deg, count))
    tilt = np.radians(tilt_deg)
    return np.stack([np.sin(angle), np.cos(angle) * np.cos(tilt), np.cos(angle) * np.sin(tilt)], axis=1)
