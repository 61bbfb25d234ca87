"""The scalp: a hair-coloured surface under the locks, so that no gap shows skin."""

import numpy as np

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.hair.locks import COLUMNS
from panic3d.datagen.synth.hair.tails import hairline_deg
from panic3d.datagen.synth.head.cranium import direction_from_angles, place_above_cranium
from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid

CAP_ROWS, CAP_COLUMNS = 14, 49
CAP_STRIP = 2
"""The strip of the hair texture that the scalp shows."""


def build_scalp(crown_lift_m: float, strips: int = 24) -> MeshPart:
    """Build the scalp from crown to hairline, with painted strands that run down from the crown."""
    azimuth = np.linspace(-180, 180, CAP_COLUMNS)[None, :]
    share = np.linspace(0, 1, CAP_ROWS)[:, None]
    polar = share * (hairline_deg(azimuth) + 2.0)
    azimuth, share = np.broadcast_to(azimuth, polar.shape), np.broadcast_to(share, polar.shape)
    lift = 0.0045 + (crown_lift_m - 0.0045) * (1 - smoothstep(0.15, 0.55, share)) - 0.003 * smoothstep(0.85, 1.0, share)
    xyz = place_above_cranium(direction_from_angles(azimuth.ravel(), polar.ravel()), lift.ravel())
    saw = np.abs((np.arange(CAP_COLUMNS) * strips / (CAP_COLUMNS - 1)) % 2 - 1)
    u = np.broadcast_to((CAP_STRIP + 0.1 + 0.8 * saw)[None, :] / COLUMNS, polar.shape)
    v = np.clip(polar / 110, 0, 1) * 0.5
    return MeshPart("Hair", xyz, triangulate_grid(CAP_ROWS, CAP_COLUMNS), np.stack([u.ravel(), v.ravel()], axis=1))
