"""Local colours as an illustrator lays them: the texture's fine grain gone, eyes and mouth crisp."""

import cv2
import numpy as np
from jaxtyping import Float

from panic3d.datagen.illustrate import face
from panic3d.datagen.illustrate.fields import Fields
from panic3d.datagen.illustrate.noise import blur, blur_within, single
from panic3d.datagen.illustrate.styles import Lines, Tone

LUMA = single([0.299, 0.587, 0.114])
YIQ = single([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
HAIR_SMOOTHING_PX = 9.0


def local_colours(fields: Fields, tone: Tone) -> Float[np.ndarray, "S S 3"]:
    """Hair nearly even, cloth without its weave, lashes, brows and mouth darkened, saturation and lift of the style."""
    rgb, unit = fields.rgb, fields.unit
    cloth, hair = fields.of("cloth", "accessory", "other"), fields.of("hair")
    even = cv2.bilateralFilter(cv2.bilateralFilter(rgb, -1, 0.1, 3 * unit), -1, 0.12, 3 * unit)
    flat = rgb + (even - rgb) * cloth[..., None]
    if hair.any():
        strands = cv2.bilateralFilter(rgb, -1, 0.16, 4 * unit)
        even = 0.15 * strands + 0.85 * blur_within(strands, hair, HAIR_SMOOTHING_PX * unit)
        flat = flat + (even - flat) * hair[..., None]
    grey = (flat @ LUMA)[..., None]
    flat = np.clip(grey + tone.saturation * (flat - grey), 0, 1)
    dark = face.features(fields)[..., None]
    flat = flat * (1 - tone.feature * dark * (1 - 0.35 * flat))
    return flat + tone.lift * (1 - flat) * (1 - 0.8 * dark)


def ink_colours(lines: Lines, local: Float[np.ndarray, "S S 3"], unit: float) -> Float[np.ndarray, "S S 3"]:
    """The line's colour at every pixel: the ink's own, turned to a dark of what lies around."""
    around = np.clip(blur(cv2.erode(local, np.ones((3, 3))), 2 * unit), 0, 1)
    return single(lines.ink) * (1 - lines.tint) + around**1.6 * (0.45 * lines.tint)


def hue_turned(rgb: Float[np.ndarray, "S S 3"], angle_rad: float) -> Float[np.ndarray, "S S 3"]:
    """Colours turned about the grey axis at the same luma."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    turn = np.linalg.inv(YIQ) @ single([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) @ YIQ
    return np.clip(rgb @ turn.T.astype(np.float32), 0, 1)
