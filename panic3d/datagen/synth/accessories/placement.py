"""Placement of accessories on the head."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.head.cranium import direction_from_angles, place_above_cranium
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.primitives import build_rotation, mirror_part, rotate_part


def add_mirrored(parts: list[MeshPart]) -> list[MeshPart]:
    """Return the parts and their mirror images on the other side of the head."""
    return parts + [mirror_part(part) for part in parts]


def stand_on_head(
    parts: list[MeshPart],
    azimuth_deg: float,
    polar_deg: float,
    lift_m: float,
    up: tuple[float, float, float],
    facing: tuple[float, float, float] = (0.0, 0.0, 1.0),
) -> list[MeshPart]:
    """Place parts that are modelled about the origin (up +y, front +z) on the head, with their +y along `up`."""
    foot = place_above_cranium(direction_from_angles(azimuth_deg, polar_deg)[0], lift_m)
    # The direction `up` must hold exactly, so the frame is built from it.
    y = np.array(up) / np.linalg.norm(up)
    z = np.array(facing) - np.dot(facing, y) * y
    turn = build_rotation(z, (float(y[0]), float(y[1]), float(y[2])))
    return [rotate_part(part, turn, np.zeros(3), foot) for part in parts]


def lay_on_head(
    parts: list[MeshPart], azimuth_deg: float, polar_deg: float, lift_m: float, roll_deg: float = 0.0
) -> list[MeshPart]:
    """Lay parts that are modelled facing +z onto the head, facing outwards."""
    direction = direction_from_angles(azimuth_deg, polar_deg)[0]
    roll = np.radians(roll_deg)
    spin = np.array([[np.cos(roll), -np.sin(roll), 0.0], [np.sin(roll), np.cos(roll), 0.0], [0.0, 0.0, 1.0]])
    turn = build_rotation(direction) @ spin
    return [rotate_part(part, turn, np.zeros(3), place_above_cranium(direction, lift_m)) for part in parts]


def trace_band(
    polar_path: Float[np.ndarray, "M 3"], lift_m: Float[np.ndarray, " M"] | float
) -> Float[np.ndarray, "M 3"]:
    """Return the line that follows the directions `lift_m` above the cranium."""
    return place_above_cranium(polar_path / np.linalg.norm(polar_path, axis=1, keepdims=True), lift_m)


def compute_arch_directions(tilt_deg: float, from_deg: float = 95.0, count: int = 25) -> Float[np.ndarray, "M 3"]:
    """Return directions from ear to ear over the crown; the arch leans forward by `tilt_deg`."""
    angle = np.radians(np.linspace(-from_deg, from_deg, count))
    tilt = np.radians(tilt_deg)
    return np.stack([np.sin(angle), np.cos(angle) * np.cos(tilt), np.cos(angle) * np.sin(tilt)], axis=1)
