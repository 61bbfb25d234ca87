"""Headwear that presses down the hair below it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.head.cranium import CRANIUM_CENTRE_M, CRANIUM_RADII_M


@dataclass(frozen=True)
class HeadCover:
    """The part of the head that headwear covers, in head units."""

    edge_deg: float
    """Polar angle of its edge; beyond 90 degrees it falls straight down."""
    clearance_m: float
    """The distance from the cranium, beyond the hair's own volume, that hair below it may have."""
    opening_deg: float = 0.0
    """Half the angle of its opening in front; 0 where it is closed."""


HEAD_COVERS = {
    "beret": HeadCover(50.0, 0.006),
    "cap": HeadCover(62.0, 0.010),
    "straw_hat": HeadCover(54.0, 0.008),
    "witch_hat": HeadCover(54.0, 0.008),
    "top_hat": HeadCover(54.0, 0.006),
    "fedora": HeadCover(54.0, 0.006),
    "bucket_hat": HeadCover(58.0, 0.006),
    "beanie": HeadCover(68.0, 0.004),
    "flat_cap": HeadCover(54.0, 0.004),
    "peaked_cap": HeadCover(58.0, 0.006),
    "sailor_hat": HeadCover(54.0, 0.004),
    "chef_hat": HeadCover(55.0, 0.006),
    "bandana": HeadCover(68.0, 0.003),
    "santa_hat": HeadCover(54.0, 0.006),
    "rice_hat": HeadCover(48.0, 0.006),
    "hood": HeadCover(180.0, 0.020, 56.0),
    "veil": HeadCover(180.0, 0.024, 66.0),
}
FULL_COVERS = ("hood", "veil")
WORN_ON_CROWN = ("crown", "mini_crown", "mini_hat", "nurse_cap", "party_hat", "bow_hairband")
"""Ornaments that stand where single locks would rise from the crown."""
EDGE_FADE_DEG = 14.0


def press_hair_down(
    xyz_head_m: Float[np.ndarray, "V 3"], accessories: tuple[str, ...], volume_m: float
) -> Float[np.ndarray, "V 3"]:
    """Return points of hair in head units, moved inwards where one of `HEAD_COVERS` lies over them.

    `volume_m` is the hair's distance from the skull beyond the standard.
    """
    for cover in (HEAD_COVERS[item] for item in accessories if item in HEAD_COVERS):
        offset = xyz_head_m - CRANIUM_CENTRE_M
        share = offset / (CRANIUM_RADII_M + cover.clearance_m + volume_m)
        share[:, 1] = np.maximum(share[:, 1], 0.0)  # a cylinder below the equator
        reach = np.linalg.norm(share, axis=1)
        flat_m = np.hypot(offset[:, 0], offset[:, 2])
        polar_deg = np.degrees(np.arctan2(flat_m, offset[:, 1]))
        azimuth_deg = np.abs(np.degrees(np.arctan2(offset[:, 0], offset[:, 2])))
        hold = 1 - smoothstep(cover.edge_deg, cover.edge_deg + EDGE_FADE_DEG, polar_deg)
        if cover.opening_deg:
            in_front = smoothstep(30.0, 50.0, polar_deg)
            hold *= 1 - in_front * (1 - smoothstep(cover.opening_deg - 8.0, cover.opening_deg + 4.0, azimuth_deg))
        inward = 1 - hold * (1 - 1 / np.maximum(reach, 1.0))
        upright = np.where(offset[:, 1] > 0, inward, 1.0)
        offset = offset * np.stack([inward, upright, inward], axis=1)
        xyz_head_m = CRANIUM_CENTRE_M + offset
    return xyz_head_m
