"""The scalp of version 3: a smooth surface under the locks with a rounded hairline, part of which may be shaved."""

import numpy as np
from jaxtyping import Float
from scipy.interpolate import PchipInterpolator

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.hair.scalp import CAP_STRIP
from panic3d.datagen.synth.hair.surfaces.strips import CLIPPED, STRIPS, STUBBLE
from panic3d.datagen.synth.hair.tails import HAIRLINE_DEG
from panic3d.datagen.synth.head.cranium import direction_from_angles, place_above_cranium
from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid

COLUMNS_AROUND = 73
ROWS_DOWN = 15
OVERLAP_DEG = 3.0
"""How far a shaved part reaches below the hair above it."""
FOREHEAD_DEG = 6.5
"""How much higher the forehead is than under the hair of version 2: between parted locks it is visible."""
_AZIMUTHS, _POLARS = np.array(HAIRLINE_DEG).T
_HAIRLINE = PchipInterpolator(np.concatenate([-_AZIMUTHS[:0:-1], _AZIMUTHS]), np.concatenate([_POLARS[:0:-1], _POLARS]))


def smooth_hairline_deg(azimuth_deg: Float[np.ndarray, "*any"]) -> Float[np.ndarray, "*any"]:
    """Return the polar angle at which the hair begins, without corners."""
    turned = (np.asarray(azimuth_deg) + 180) % 360 - 180
    return np.asarray(_HAIRLINE(turned)) - FOREHEAD_DEG * (1 - smoothstep(8.0, 62.0, np.abs(turned)))


def build_smooth_scalp(crown_lift_m: float, shaved_above_deg: float, clipped: bool = False) -> list[MeshPart]:
    """Build the scalp from crown to hairline.

    Below `shaved_above_deg` (polar angle at sides and back; 180: nowhere, 0: everywhere) the hair is stubble, or
    denser where it is `clipped`.
    """
    azimuth = np.linspace(-180, 180, COLUMNS_AROUND)[None, :]
    hairline = smooth_hairline_deg(azimuth) + 2.0
    beside = smoothstep(46.0, 66.0, np.abs(azimuth))
    limit = np.minimum(hairline, shaved_above_deg + (1 - beside) * 90.0 * (shaved_above_deg > 0))
    parts = []
    if shaved_above_deg > 0:
        parts.append(_build_cap(azimuth, 0 * limit, limit, crown_lift_m, CAP_STRIP))
    if shaved_above_deg < 180:
        strip, lift = (CLIPPED, 0.0048) if clipped else (STUBBLE, 0.0028)
        parts.append(_build_cap(azimuth, np.maximum(limit - OVERLAP_DEG * beside, 0), hairline, lift, strip))
    return parts


def _build_cap(
    azimuth: Float[np.ndarray, "1 A"],
    from_deg: Float[np.ndarray, "1 A"],
    to_deg: Float[np.ndarray, "1 A"],
    crown_lift_m: float,
    strip: int,
) -> MeshPart:
    share = np.linspace(0, 1, ROWS_DOWN)[:, None]
    polar = from_deg + share * (to_deg - from_deg)
    flat_lift_m = min(0.0045, crown_lift_m)
    rise = (crown_lift_m - flat_lift_m) * (1 - smoothstep(12.0, 62.0, polar))
    lift = flat_lift_m + rise - 0.55 * flat_lift_m * smoothstep(0.85, 1.0, share)
    xyz = place_above_cranium(
        direction_from_angles(np.broadcast_to(azimuth, polar.shape).ravel(), polar.ravel()), lift.ravel()
    )
    saw = np.abs((np.arange(COLUMNS_AROUND) * 24 / (COLUMNS_AROUND - 1)) % 2 - 1)
    u = np.broadcast_to((strip + 0.1 + 0.8 * saw)[None, :] / STRIPS, polar.shape)
    v = np.clip(polar / 110, 0, 1) * 0.5
    return MeshPart("Hair", xyz, triangulate_grid(*polar.shape), np.stack([u.ravel(), v.ravel()], axis=1))
