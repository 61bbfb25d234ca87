"""Local colours as in a drawing: without the fine grain of textures, with crisp eyes and mouth."""

import cv2
import numpy as np
from jaxtyping import Float

from panic3d.datagen.illustrate import face_strokes
from panic3d.datagen.illustrate.noise import blur, blur_within, to_float32
from panic3d.datagen.illustrate.passes import PortraitPasses
from panic3d.datagen.illustrate.styles import LineStyle, ToneStyle

LUMA = to_float32([0.299, 0.587, 0.114])
YIQ = to_float32([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
HAIR_SMOOTHING_PX = 9.0


def compute_local_colours(passes: PortraitPasses, tone: ToneStyle) -> Float[np.ndarray, "S S 3"]:
    """Compute the unshaded colours of the drawing.

    Hair becomes nearly uniform and cloth loses its weave; lashes, brows and mouth are darkened; saturation and
    lightening are those of the style.
    """
    rgb, unit = passes.rgb, passes.unit
    cloth, hair = passes.mask_parts("cloth", "accessory", "other"), passes.mask_parts("hair")
    even = cv2.bilateralFilter(cv2.bilateralFilter(rgb, -1, 0.1, 3 * unit), -1, 0.12, 3 * unit)
    flat = rgb + (even - rgb) * cloth[..., None]
    if hair.any():
        strands = cv2.bilateralFilter(rgb, -1, 0.16, 4 * unit)
        even = 0.15 * strands + 0.85 * blur_within(strands, hair, HAIR_SMOOTHING_PX * unit)
        flat = flat + (even - flat) * hair[..., None]
    grey = (flat @ LUMA)[..., None]
    flat = np.clip(grey + tone.saturation * (flat - grey), 0, 1)
    dark = face_strokes.compute_feature_mask(passes)[..., None]
    flat = flat * (1 - tone.feature_strength * dark * (1 - 0.35 * flat))
    return flat + tone.lightening * (1 - flat) * (1 - 0.8 * dark)


def compute_ink_colours(lines: LineStyle, local: Float[np.ndarray, "S S 3"], unit: float) -> Float[np.ndarray, "S S 3"]:
    """Compute the colour of lines at every pixel.

    It is the ink's own colour, mixed with a dark version of the surrounding colours.
    """
    around = np.clip(blur(cv2.erode(local, np.ones((3, 3))), 2 * unit), 0, 1)
    return to_float32(lines.ink) * (1 - lines.local_tint) + around**1.6 * (0.45 * lines.local_tint)


def rotate_hue(rgb: Float[np.ndarray, "S S 3"], angle_rad: float) -> Float[np.ndarray, "S S 3"]:
    """Rotate colours about the grey axis at constant luma."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    turn = np.linalg.inv(YIQ) @ to_float32([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) @ YIQ
    return np.clip(rgb @ turn.T.astype(np.float32), 0, 1)
