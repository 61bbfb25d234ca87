"""Shadow as it is painted: forms turned from the light, and what fringe, chin and collar cast."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float

from panic3d.datagen.illustrate.fields import Fields
from panic3d.datagen.illustrate.noise import blur, single, smooth_noise
from panic3d.datagen.interpolation import smoothstep

CAST_STEP_PX = 1.5
CAST_REACH_PX = {"face": 12, "other": 33}
"""A fringe's shadow is drawn narrow, however far it stands off."""
CAST_BIAS_M = {"hair": 0.014, "other": 0.0035}


@dataclass(frozen=True)
class Light:
    """Where the light stands (unit vector in the head frame, from above and in front), and a hand's unevenness."""

    direction: Float[np.ndarray, "3"]
    uneven: Float[np.ndarray, "S S"]


def random_light(rng: np.random.Generator, size: int) -> Light:
    side = rng.choice([-1, 1]) * rng.uniform(0.25, 0.6)
    direction = np.array([side, rng.uniform(0.45, 0.75), rng.uniform(0.55, 0.8)])
    return Light(direction / np.linalg.norm(direction), smooth_noise(rng, size, 40 * size / 512))


def lambert(fields: Fields, light: Light) -> Float[np.ndarray, "S S"]:
    """Cosine to the light, -1 to 1."""
    return (fields.normal @ light.direction.astype(np.float32)).astype(np.float32)


def cast_shadow(fields: Fields, light: Light) -> Float[np.ndarray, "S S"]:
    """1 where something nearer stands between the surface and the light: marched through the depth map."""
    x, y, z = light.direction
    across = float(np.hypot(x, y))
    rise_m = z / across * fields.pixel_m
    bias = np.where(fields.of("hair") > 0, CAST_BIAS_M["hair"], CAST_BIAS_M["other"]).astype(np.float32)
    shaded = np.zeros(fields.depth_m.shape, bool)
    face = fields.of("face") > 0
    for reach in np.arange(2 * CAST_STEP_PX, CAST_REACH_PX["other"], CAST_STEP_PX) * fields.unit:
        # image rows grow downwards: towards the light is up
        move = single([[1, 0, reach * x / across], [0, 1, -reach * y / across]])
        towards = cv2.warpAffine(
            fields.depth_m, move, (fields.size, fields.size), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT, borderValue=2.0,
        )  # fmt: skip
        in_reach = ~face if reach > CAST_REACH_PX["face"] * fields.unit else fields.there
        shaded |= in_reach & (towards < fields.depth_m - reach * rise_m - bias)
    shaded &= fields.there & (fields.of("eye") == 0)
    return shaded.astype(np.float32)


def shadow(fields: Fields, light: Light, threshold: float, softness: float) -> Float[np.ndarray, "S S"]:
    """How much every pixel is in shadow, 0 to 1: hard-edged cel tone (softness 0) to airbrush (1)."""
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(3 * fields.unit) + 1,) * 2)  # no specks
    cast = cv2.morphologyEx(cv2.morphologyEx(cast_shadow(fields, light), cv2.MORPH_CLOSE, brush), cv2.MORPH_OPEN, brush)
    face = fields.of("face", "eye")
    form = lambert(fields, light) + 0.03 * light.uneven + 0.25 * face  # faces are kept clear
    width = 0.05 + 0.5 * softness
    turned = 1 - smoothstep(threshold - width, threshold + width, form)
    edge = (1.3 + 3.5 * softness) * fields.unit  # a brush's edge is soft enough not to be a line
    cast = smoothstep(0.12, 0.88, blur(cast, edge))
    return np.maximum(turned, cast * (1 - 0.3 * softness)) * (1 - 0.75 * fields.of("eye"))
