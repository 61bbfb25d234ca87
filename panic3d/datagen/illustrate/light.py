"""Painted shadow: surfaces that face away from the light, and shadows cast by fringe, chin and collar."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float

from panic3d.datagen.illustrate.noise import blur, make_smooth_noise, to_float32
from panic3d.datagen.illustrate.passes import PortraitPasses
from panic3d.datagen.interpolation import smoothstep

CAST_STEP_PX = 1.5
CAST_REACH_PX = {"face": 12, "other": 33}
"""The length of cast shadows on these parts: that of a fringe is narrow however far it stands off the face."""
CAST_BIAS_M = {"hair": 0.014, "other": 0.0035}


@dataclass(frozen=True)
class Light:
    """The direction of the light, and a field of unevenness.

    The direction is a unit vector in the head frame, from above and in front.
    """

    direction: Float[np.ndarray, "3"]
    uneven: Float[np.ndarray, "S S"]


def draw_light(rng: np.random.Generator, size: int) -> Light:
    """Draw a random light from above and in front, on the left or right."""
    side = rng.choice([-1, 1]) * rng.uniform(0.25, 0.6)
    direction = np.array([side, rng.uniform(0.45, 0.75), rng.uniform(0.55, 0.8)])
    return Light(direction / np.linalg.norm(direction), make_smooth_noise(rng, size, 40 * size / 512))


def compute_lambert(passes: PortraitPasses, light: Light) -> Float[np.ndarray, "S S"]:
    """Return the cosine between normal and light, -1 to 1."""
    return (passes.normal @ light.direction.astype(np.float32)).astype(np.float32)


def compute_cast_shadow(passes: PortraitPasses, light: Light) -> Float[np.ndarray, "S S"]:
    """Return 1 where something nearer lies between the surface and the light, by marching through the depth map."""
    x, y, z = light.direction
    across = float(np.hypot(x, y))
    rise_m = z / across * passes.pixel_m
    bias = np.where(passes.mask_parts("hair") > 0, CAST_BIAS_M["hair"], CAST_BIAS_M["other"]).astype(np.float32)
    shaded = np.zeros(passes.depth_m.shape, bool)
    face = passes.mask_parts("face") > 0
    for reach in np.arange(2 * CAST_STEP_PX, CAST_REACH_PX["other"], CAST_STEP_PX) * passes.unit:
        # Image rows grow downwards, so that the direction to the light is negative.
        move = to_float32([[1, 0, reach * x / across], [0, 1, -reach * y / across]])
        towards = cv2.warpAffine(
            passes.depth_m, move, (passes.size, passes.size), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT, borderValue=2.0,
        )  # fmt: skip
        in_reach = ~face if reach > CAST_REACH_PX["face"] * passes.unit else passes.covered
        shaded |= in_reach & (towards < passes.depth_m - reach * rise_m - bias)
    shaded &= passes.covered & (passes.mask_parts("eye") == 0)
    return shaded.astype(np.float32)


def compute_shadow(passes: PortraitPasses, light: Light, threshold: float, softness: float) -> Float[np.ndarray, "S S"]:
    """Return the shadow of every pixel, 0 to 1: from hard-edged cel shading (softness 0) to airbrush (softness 1)."""
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(3 * passes.unit) + 1,) * 2)  # removes specks
    cast = cv2.morphologyEx(
        cv2.morphologyEx(compute_cast_shadow(passes, light), cv2.MORPH_CLOSE, brush), cv2.MORPH_OPEN, brush
    )
    face = passes.mask_parts("face", "eye")
    form = compute_lambert(passes, light) + 0.03 * light.uneven + 0.25 * face  # faces get less shadow
    width = 0.05 + 0.5 * softness
    turned = 1 - smoothstep(threshold - width, threshold + width, form)
    edge = (1.3 + 3.5 * softness) * passes.unit  # a softer edge than that of a line
    cast = smoothstep(0.12, 0.88, blur(cast, edge))
    return np.maximum(turned, cast * (1 - 0.3 * softness)) * (1 - 0.75 * passes.mask_parts("eye"))
