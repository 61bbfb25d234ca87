"""A turned head in the portrait's frame: its pose by landmarks, and the way back to a head that faces the front."""

import logging
import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy.optimize import least_squares

from panic3d.datagen.synth.head_pose import FRONTAL, HeadPose

logger = logging.getLogger(__name__)

MIN_TURN_DEG = 6.0
"""A head that is turned by less is reconstructed as one that faces the front: landmarks tell no smaller angles."""
MAX_YAW_DEG, MAX_PITCH_DEG, MAX_ROLL_DEG = 35.0, 16.0, 35.0
"""Larger angles are set to these."""
NOISE_M = 0.008
"""Standard deviation of the landmarks of a portrait about those of a character ..."""
PRIOR_DEG = (60.0, 12.0)
"""... and of the angles yaw and pitch of portraits about zero."""
JAW, CHIN, JAW_WEIGHT = 5, 2, 0.5
"""The first landmarks are the jaw's; those beside the chin lie on the drawn outline, which depends on the pose."""


@dataclass(frozen=True)
class HeadTurn:
    """The map from a character that faces the front to the portrait's frame: turned, scaled, then moved."""

    pose: HeadPose = FRONTAL
    scale: float = 1.0
    shift_m: tuple[float, float] = (0.0, 0.0)
    front_shift_m: tuple[float, float] = (0.0, 0.0)
    """Of the head that faces the front, so that its face lies where the portrait has its face."""

    def turn(self, xyz_head_m: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
        """Return points of a head that faces the front in the portrait's frame."""
        if self.pose.is_frontal:
            return xyz_head_m
        return self.scale * self.pose.apply(self._unscale(xyz_head_m, self.front_shift_m)) + [*self.shift_m, 0.0]

    def turn_back(self, xyz_portrait_m: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
        """Return points of the portrait's frame as those of a head that faces the front."""
        if self.pose.is_frontal:
            return xyz_portrait_m
        placed = self.pose.invert(self._unscale(xyz_portrait_m, self.shift_m))
        return self.scale * placed + [*self.front_shift_m, 0.0]

    def turn_normals(
        self, normals: Float32[np.ndarray, "N 3"], xyz_head_m: Float32[np.ndarray, "N 3"]
    ) -> Float32[np.ndarray, "N 3"]:
        """Return normals at points of a head that faces the front in the portrait's frame."""
        return self.pose.rotate(normals, self._unscale(xyz_head_m, self.front_shift_m)).astype(np.float32)

    def _unscale(self, xyz_m: Float[np.ndarray, "N 3"], shift_m: tuple[float, float]) -> Float[np.ndarray, "N 3"]:
        return (xyz_m - [*shift_m, 0.0]) / self.scale


UNTURNED = HeadTurn()


def estimate_head_pose(landmarks_head_m: Float[np.ndarray, "28 3"], targets_m: Float[np.ndarray, "28 2"]) -> HeadPose:
    """Return the pose in which a character's landmarks lie nearest to a portrait's, up to scale and place.

    Yaw and pitch are fitted with a prior, since proportions of faces differ; roll is what is left. A head that is
    hardly turned counts as frontal; of one that is turned too far the angles are limited, with a warning.
    """
    weights = np.ones(len(targets_m))
    weights[:JAW] = JAW_WEIGHT
    weights[CHIN] = 1.0
    weights /= weights.sum()
    target = targets_m @ [1, 1j]
    target = target - weights @ target

    def fit(angles: Float[np.ndarray, "2"]) -> tuple[complex, np.ndarray]:
        turned = landmarks_head_m @ HeadPose(float(angles[0]), float(angles[1])).get_matrix().T
        points = turned[:, :2] @ [1, 1j]
        points = points - weights @ points
        factor = complex((weights * points.conj()) @ target / max(float(weights @ np.abs(points) ** 2), 1e-12))
        return factor, factor * points - target

    def compute_residuals(angles: Float[np.ndarray, "2"]) -> Float[np.ndarray, "58"]:
        error = fit(angles)[1] * np.sqrt(weights) / NOISE_M
        return np.concatenate([error.real, error.imag, angles / PRIOR_DEG])

    yaw, pitch = (float(angle) for angle in least_squares(compute_residuals, np.zeros(2)).x)
    roll = math.degrees(float(np.angle(fit(np.array([yaw, pitch]))[0])))
    if max(abs(yaw), abs(pitch), abs(roll)) < MIN_TURN_DEG:
        return FRONTAL
    if abs(yaw) > MAX_YAW_DEG:
        logger.warning(
            "the face is turned by about %.0f degrees, of which %.0f are corrected: what the portrait does not show is "
            "a guess",
            abs(yaw),
            MAX_YAW_DEG,
        )
    limits = np.array([MAX_YAW_DEG, MAX_PITCH_DEG, MAX_ROLL_DEG])
    return HeadPose(*np.clip([yaw, pitch, roll], -limits, limits).tolist())
