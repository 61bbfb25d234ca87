"""The ellipsoid of the cranium, to which hair and accessories are fitted, and directions from its centre.

Directions are unit vectors: azimuth 0 is the face, +90 the character's left, polar angle 0 the top.
"""

import numpy as np
from jaxtyping import Float

Values = Float[np.ndarray, " N"] | float | int
"""One value per direction, or one for all."""
CRANIUM_CENTRE_M = np.array([0.0, 0.035, -0.008])
CRANIUM_RADII_M = np.array([0.0890, 0.1030, 0.1000])
"""The ellipsoid that hair and hats are fitted to."""


def direction_from_angles(azimuth_deg: Values, polar_deg: Values) -> Float[np.ndarray, "N 3"]:
    """Return unit vectors from azimuth and polar angle; one vector for two numbers."""
    azimuth, polar = np.broadcast_arrays(*np.atleast_1d(np.radians(azimuth_deg), np.radians(polar_deg)))
    return np.stack([np.sin(polar) * np.sin(azimuth), np.cos(polar), np.sin(polar) * np.cos(azimuth)], axis=-1)


def place_above_cranium(
    direction: Float[np.ndarray, "*any 3"], lift_m: Float[np.ndarray, "*any"] | float
) -> np.ndarray:
    """Return the points `lift_m` above the cranium in these directions."""
    return CRANIUM_CENTRE_M + (CRANIUM_RADII_M + np.asarray(lift_m)[..., None]) * direction
