"""The pose of a face from its 28 landmarks; the paper keeps front-facing, neutral drawings only."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

EYES = (slice(11, 17), slice(17, 23))
NOSE, MOUTH_LEFT, MOUTH_TOP, MOUTH_RIGHT, MOUTH_BOTTOM = 23, 24, 25, 26, 27


@dataclass(frozen=True)
class FacePose:
    """The pose and expression of one face in the picture."""

    roll_deg: float
    """Angle of the line through the eyes, clockwise."""
    turned: float
    """Offset of nose and mouth from the line midway between the eyes, in eye distances."""
    narrowed: float
    """Width of the narrower eye over that of the wider one."""
    eyes_open: float
    """Height over width of the wider open eye."""
    mouth_open: float
    """Height over width of the mouth."""


@dataclass(frozen=True)
class FacePoseLimits:
    """What counts as front-facing and neutral. The paper gives no numbers.

    docs/experiments/portraits.md says what these keep.
    """

    roll_deg: float = 12.0
    turned: float = 0.08
    narrowed: float = 0.75
    eyes_open: float = 0.4
    """Least height over width of the eyes."""
    mouth_open: float = 0.45


def estimate_face_pose(landmarks_px: Float[np.ndarray, "28 2"]) -> FacePose:
    """Estimate the pose from columns and rows in any frame that is not mirrored."""
    eyes = [landmarks_px[eye] for eye in EYES]
    left, right = (eye.mean(axis=0) for eye in eyes)
    across = right - left
    distance = max(float(np.linalg.norm(across)), 1e-6)
    along = across / distance
    upright = np.array([along, [-along[1], along[0]]])  # rows: towards the image's right, and down the face
    own = [eye @ upright.T for eye in eyes]
    sizes = np.array([np.ptp(eye, axis=0) for eye in own])
    middle = (left + right) / 2
    below = (landmarks_px[[NOSE, MOUTH_LEFT, MOUTH_RIGHT]] - middle) @ upright[0]
    beside = (below[0] + (below[1] + below[2]) / 2) / 2
    mouth = landmarks_px[[MOUTH_LEFT, MOUTH_TOP, MOUTH_RIGHT, MOUTH_BOTTOM]] @ upright.T
    return FacePose(
        roll_deg=float(np.degrees(np.arctan2(along[1], along[0]))),
        turned=float(beside / distance),
        narrowed=float(sizes[:, 0].min() / max(sizes[:, 0].max(), 1e-6)),
        eyes_open=float((sizes[:, 1] / np.maximum(sizes[:, 0], 1e-6)).max()),
        mouth_open=float(np.ptp(mouth[:, 1]) / max(np.ptp(mouth[:, 0]), 1e-6)),
    )


def explain_not_frontal(pose: FacePose, limits: FacePoseLimits = FacePoseLimits()) -> str | None:
    """Return why a face is not front-facing, as written to manifests; None if it is."""
    if abs(pose.roll_deg) > limits.roll_deg:
        return f"check front: the head is tilted by {pose.roll_deg:.0f} degrees, more than {limits.roll_deg:.0f}"
    if abs(pose.turned) > limits.turned:
        return f"check front: nose and mouth lie {abs(pose.turned):.2f} eye distances aside, more than {limits.turned}"
    if pose.narrowed < limits.narrowed:
        return f"check front: one eye has {pose.narrowed:.2f} of the other's width, less than {limits.narrowed}"
    return None


def explain_not_neutral(pose: FacePose, limits: FacePoseLimits = FacePoseLimits()) -> str | None:
    """Return why an expression is not neutral, as written to manifests; None if it is."""
    if pose.eyes_open < limits.eyes_open:
        return (
            f"check neutral: the eyes are closed, height over width {pose.eyes_open:.2f}, less than {limits.eyes_open}"
        )
    if pose.mouth_open > limits.mouth_open:
        return (
            f"check neutral: the mouth is open, height over width {pose.mouth_open:.2f}, more than {limits.mouth_open}"
        )
    return None
