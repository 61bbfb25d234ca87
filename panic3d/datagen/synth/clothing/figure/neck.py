"""The neck of a figure, which covers that of the head's skin."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.clothing.body import BodyShape
from panic3d.datagen.synth.head.skull import HeadShape, sample_head_surface, scale_about_head_bone
from panic3d.datagen.synth.vrm.skeleton import NECK_BASE_M, NECK_RISE_M

TOP_Y, SLIM_Y, LOW_Y = -0.082, -0.116, -0.142
"""Heights in head units: below the jaw, where the neck is free of it, and where the shoulders begin."""
APPLE_Y = -0.124
CLEARANCE_M = 0.0014


@dataclass(frozen=True)
class NeckFit:
    """A neck in body units."""

    top_y_m: float
    half_width_m: float
    front_m: float
    back_m: float
    apple_y_m: float
    apple_m: float
    """Height and size of the Adam's apple."""


def fit_neck(shape: BodyShape, head: HeadShape) -> NeckFit:
    """Compute the neck of a body about the neck of a head."""
    apple = 0.0 if head.form is None else head.form.adams_apple_m
    neck = sample_head_surface(head).reshape(-1, 3)
    neck = neck[(neck[:, 1] < SLIM_Y) & (neck[:, 1] > LOW_Y)]
    beside = neck[np.abs(neck[:, 0]) > 0.012, 2].max()
    front, back = max(float(beside), float(neck[:, 2].max()) - apple), float(neck[:, 2].min())
    half = float(np.abs(neck[:, 0]).max())
    points = np.array([[half, TOP_Y, front], [0.0, APPLE_Y, back]])
    (half, top, front), (_, apple_y, back) = convert_to_body(scale_about_head_bone(points, head.scale), shape)
    return NeckFit(
        top, half + CLEARANCE_M, front + CLEARANCE_M, back - CLEARANCE_M, apple_y, apple * head.scale / shape.scale
    )


def convert_to_body(xyz_head_m: Float[np.ndarray, "V 3"], shape: BodyShape) -> Float[np.ndarray, "V 3"]:
    """Convert metres of the head frame to body units."""
    base = NECK_BASE_M + np.array([0.0, NECK_RISE_M - shape.neck_length_m, 0.0])
    return (xyz_head_m - base) / shape.scale + NECK_BASE_M
