"""A ball of dense curls around the head: one surface with rounded bumps."""

import numpy as np

from panic3d.datagen.synth.hair.params import HairParams
from panic3d.datagen.synth.hair.surfaces.smooth_scalp import smooth_hairline_deg
from panic3d.datagen.synth.hair.surfaces.strips import STRIPS
from panic3d.datagen.synth.head.cranium import direction_from_angles, place_above_cranium
from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid

COLUMNS_AROUND, ROWS_DOWN = 109, 52
ROWS_OF_EDGE = 12
"""The last rows, which bend around the lower edge back to the skin."""
CURLS, CURL_DEG, CURL_M = 300, 11.0, 0.017
"""Number, half width and height of the bumps."""
DARKEST_V, BRIGHTEST_V = 0.01, 0.20
"""Texture coordinates between the bumps and on them: the shade at the roots of locks."""


def compute_cloud_lift(thickness_m: float, params: HairParams) -> float:
    """Return how far the surface lies above the cranium."""
    return (thickness_m + 1.2 * params.volume_m) * params.length


def build_cloud(lift_m: float, rng: np.random.Generator) -> MeshPart:
    """Build the surface from the crown to the hairline, over which it bulges."""
    azimuth = np.linspace(-180, 180, COLUMNS_AROUND)[None]
    around = np.minimum(np.arange(ROWS_DOWN) / (ROWS_DOWN - ROWS_OF_EDGE), 1.0)[:, None]
    fold = np.clip((np.arange(ROWS_DOWN) - (ROWS_DOWN - ROWS_OF_EDGE)) / (ROWS_OF_EDGE - 1), 0, 1)[:, None]
    hairline = smooth_hairline_deg(azimuth) - 4.0
    polar = hairline * around + 9.0 * np.sin(np.pi * fold)
    level = 0.5 + 0.5 * np.cos(np.pi * fold)
    out = direction_from_angles(np.broadcast_to(azimuth, polar.shape).ravel(), polar.ravel())
    height = 1 - 1.8 * (np.arange(CURLS) + 0.5) / CURLS
    turn = np.arange(CURLS) * 2.39996 + rng.uniform(0, 0.5, CURLS)
    reach = np.sqrt(1 - height**2)
    curls = np.stack([reach * np.sin(turn), height, reach * np.cos(turn)], axis=1)
    size = np.radians(CURL_DEG) * rng.uniform(0.8, 1.25, CURLS)
    angle = np.arccos(np.clip(out @ curls.T, -1, 1)) / size
    dome = np.sqrt(np.clip(1 - angle**2, 0, 1)).max(axis=1).reshape(polar.shape)
    bump = np.clip((dome - 0.60) / 0.40, 0, 1)
    lift = (lift_m + CURL_M * (bump - 0.5)) * level + 0.002
    xyz = place_above_cranium(out, lift.ravel())
    v = DARKEST_V + (BRIGHTEST_V - DARKEST_V) * bump**0.8 * level
    uv = np.stack([np.full(v.size, 0.5 / STRIPS), v.ravel()], axis=1)
    return MeshPart("Hair", xyz, triangulate_grid(*polar.shape), uv)
