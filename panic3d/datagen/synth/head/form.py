"""The continuous shape of heads since version 3 of the generator: displacements of the standard head's surface.

All lengths are in head units. 0 is the standard head, unless the field says otherwise.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.head.cranium import CRANIUM_CENTRE_M

MOUTH_Y_M = -0.0615
"""Height of the mouth of the standard head."""
NOSE_TIP_Y_M = -0.0365
EYE_Y_M = -0.006
CHIN_Y_M = -0.095


@dataclass(frozen=True)
class HeadForm:
    """Face, jaw, nose, lips, skull, ears and neck."""

    face_length_m: float = 0.0
    """How much nose, mouth and chin are lowered: all of it at the chin, in proportion above."""
    jaw_corner: float = 0.0
    """Square jaws: width of the jaw's corners and their height in profile; 1 is very square, negative is round."""
    chin_width: float = 0.0
    """1 is a broad, square chin, -1 a pointed one."""
    chin_forward_m: float = 0.0
    cheekbones_m: float = 0.0
    """How far the cheekbones stand out."""
    hollow_cheeks_m: float = 0.0
    forehead_slope_m: float = 0.0
    """How far the hairline lies behind that of the standard head."""
    crown: float = 1.0
    """Height of the skull above the eyes, relative to the standard head."""
    back: float = 1.0
    """Depth of the back of the head, relative to the standard head."""
    brow_ridge_m: float = 0.0
    socket_m: float = 0.0035
    """Depth of the eye sockets."""
    nose_width: float = 1.0
    nose_bridge: float = 0.2
    """0 is a nose tip alone, 1 a straight ridge from the brows to the tip."""
    nose_tip_m: float = 0.0
    """How much the tip is raised."""
    nose_upturn: float = 0.5
    """0 is a tip that hangs down, 1 one that is turned up."""
    nose_wings_m: float = 0.0
    """How far the wings of the nose stand out."""
    lips_m: float = 0.0012
    """How far the lips stand out in profile."""
    neck_depth: float = 1.0
    """Depth of the neck from front to back, relative to its width."""
    neck_slope_m: float = 0.0
    """How much the neck widens to the shoulders."""
    adams_apple_m: float = 0.0
    ear_size: float = 1.0
    ear_angle_deg: float = 38.0
    """The angle between the ear and the side of the head."""
    ear_y_m: float = 0.0
    """How much the ears are raised."""
    ear_tip: float = 1.0
    """Length of the tips of pointed ears."""

    def lower(self, y_m: Float[np.ndarray, "*any"] | float) -> Float[np.ndarray, "*any"] | float:
        """Return the heights of features of the standard face in this face."""
        share = np.clip((EYE_Y_M - np.asarray(y_m)) / (EYE_Y_M - CHIN_Y_M), 0, 1)
        return np.asarray(y_m) - self.face_length_m * share


def _bump(value: Float[np.ndarray, "*any"], centre: float, width: float) -> Float[np.ndarray, "*any"]:
    return np.exp(-(((value - centre) / width) ** 2))


def bend_form_rings(rings: Float[np.ndarray, "R 7"], form: HeadForm) -> Float[np.ndarray, "R 7"]:
    """Return the rings of a head (`skull.RINGS`) with the form's jaw, chin and neck."""
    rings = rings.copy()
    y_front, y_back = rings[:, 0].copy(), rings[:, 1].copy()
    neck = smoothstep(-0.096, -0.125, y_back)
    # the rings of the jaw are higher behind than in front: a square jaw lowers them
    jaw = _bump(y_front, -0.080, 0.020) * (y_back > -0.085)
    rings[:, 1] -= 0.013 * form.jaw_corner * jaw
    corner = _bump(y_front, -0.068, 0.014) * (1 - neck)
    rings[:, 2] += (0.0036 * form.jaw_corner) * corner
    rings[:, 6] += 0.15 * form.jaw_corner * corner
    chin = smoothstep(-0.070, -0.088, y_front) * (y_back > -0.07)
    rings[:, 6] += (0.55 if form.chin_width > 0 else 0.30) * form.chin_width * chin
    rings[:, 2] *= 1 + 0.10 * form.chin_width * chin
    depth = 1 + (form.neck_depth - 1) * neck
    rings[:, 3:5] = rings[:, 5:6] + (rings[:, 3:5] - rings[:, 5:6]) * depth[:, None]
    flare = smoothstep(-0.115, -0.170, y_back)
    rings[:, 2] += form.neck_slope_m * flare
    rings[:, 3] -= 0.6 * form.neck_slope_m * flare
    return rings


def stretch_skull(xyz: Float[np.ndarray, "*any 3"], form: HeadForm) -> Float[np.ndarray, "*any 3"]:
    """Fit points of the standard skull, or hair and hats on it, to the form's crown, back and forehead."""
    x, y, z = np.moveaxis(xyz, -1, 0)
    behind = np.minimum(z - CRANIUM_CENTRE_M[2], 0.0)
    on_skull = smoothstep(-0.075, -0.010, y)
    ahead = smoothstep(0.0, 0.07, z) * smoothstep(0.005, 0.115, y)
    z = z + (form.back - 1) * behind * on_skull - form.forehead_slope_m * ahead
    y = y + (form.crown - 1) * np.maximum(y - CRANIUM_CENTRE_M[1], 0.0)
    return np.stack([x, y, z], axis=-1)


def sculpt_face(points: Float[np.ndarray, "*any 3"], form: HeadForm, nose_m: float) -> Float[np.ndarray, "*any 3"]:
    """Raise nose, lips, brows, cheekbones and sockets from a smooth head.

    `nose_m` is the height of the nose's tip above the face.
    """
    x, y, z = (axis.copy() for axis in np.moveaxis(points, -1, 0))
    front = smoothstep(0.0, 0.05, z)
    side = np.sign(x) * smoothstep(0.020, 0.060, np.abs(x))
    x = x + side * front * form.cheekbones_m * _bump(y, -0.026, 0.016)
    x = x - side * front * form.hollow_cheeks_m * _bump(y, -0.058, 0.014)
    z = z + front * 0.6 * form.cheekbones_m * _bump(y, -0.028, 0.014) * _bump(np.abs(x), 0.050, 0.018)
    z = z - front * form.socket_m * _bump(np.abs(x), 0.034, 0.019) * _bump(y, -0.004, 0.015)
    z = z + front * form.brow_ridge_m * _bump(np.abs(x), 0.020, 0.026) * _bump(y, 0.017, 0.009)
    z = z + front * _measure_nose(x, y, form, nose_m)
    across = _bump(x, 0.0, 0.013)
    lips = _bump(y, MOUTH_Y_M + 0.0042, 0.0034) + 0.85 * _bump(y, MOUTH_Y_M - 0.0052, 0.0038)
    fold = _bump(y, MOUTH_Y_M, 0.0018) + 0.5 * _bump(y, MOUTH_Y_M - 0.0125, 0.0045)
    z = z + front * across * form.lips_m * (lips - 0.55 * fold)
    z = z + front * form.chin_forward_m * _bump(y, -0.086, 0.014) * _bump(x, 0.0, 0.022)
    z = z + form.adams_apple_m * _bump(x, 0.0, 0.008) * _bump(y, -0.124, 0.008) * (z > -0.02)
    # last, nose, mouth and chin move down together, and the neck below them is pressed together
    share = np.clip((EYE_Y_M - y) / (EYE_Y_M - CHIN_Y_M), 0, 1) * (1 - smoothstep(-0.100, -0.165, y))
    return np.stack([x, y - form.face_length_m * share, z], axis=-1)


def _measure_nose(
    x: Float[np.ndarray, "*any"], y: Float[np.ndarray, "*any"], form: HeadForm, nose_m: float
) -> Float[np.ndarray, "*any"]:
    """Measure how far the nose stands out of the face."""
    tip = NOSE_TIP_Y_M + form.nose_tip_m
    above = (y - tip) / (0.006 - tip)
    ridge = np.clip(1 - above, 0, 1) ** (3.2 - 2.0 * form.nose_bridge)
    length = 0.0095 - 0.004 * form.nose_upturn
    below = np.clip(1 - ((tip - y) / length) ** 2, 0, 1)
    profile = np.where(y > tip, ridge, below)
    wide = form.nose_width * (0.0046 + 0.0034 * _bump(y, tip - 0.001, 0.010))
    wings = form.nose_wings_m * _bump(np.abs(x), 0.0085 * form.nose_width, 0.0042) * _bump(y, tip - 0.0025, 0.0055)
    return nose_m * profile * np.exp(-((np.abs(x) / wide) ** 2.2)) + wings
