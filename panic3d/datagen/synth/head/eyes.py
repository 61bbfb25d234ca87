"""The parameters of the eyes and the curves of lids and brows.

Curves are given in head units for the eye on the right of the image (the character's left), about its centre.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.families import added_in
from panic3d.datagen.synth.head.eye_styles import EYE_STYLES
from panic3d.datagen.synth.meshes.paint import Colour, fit_smooth_path

EYE_PATCH_HALF_M = 0.036
"""Half the side of the square patch about an eye's centre."""
BROW_RISE_M = 0.018
"""Height of the brow's patch above the eye's."""
CLOSED_SHARE = 0.08
"""Eyes that are open less than this are closed."""


PUPILS = ("round", "slit", "none", "heart", "star", "ring", "cross", "flower")
HIGHLIGHTS = ("two", "one", "none", "three", "large", "tall", "below", "window", "crescent")
BROWS = ("natural", "thick", "thin", "short", "arched", "straight", "angular", "dots", "split")
HELDOUT_PUPILS = ("cross", "flower", "star")
HELDOUT_HIGHLIGHTS = ("window", "crescent", "below")
HELDOUT_BROWS = ("dots", "split", "angular")
"""Values that characters of the family `heldout2` alone have."""


@dataclass(frozen=True)
class EyeDetails:
    """What is painted in and about the eyes since version 3 of the generator; 1 is the style's own size."""

    iris_size: float = 1.0
    pupil_size: float = 1.0
    pupil: str = "round"
    """One of `PUPILS`."""
    highlight: str = "two"
    """One of `HIGHLIGHTS`."""
    gaze_m: tuple[float, float] = (0.0, 0.0)
    """How far the irises lie to the right of the image, and up."""
    lash_weight: float = 1.0
    """Thickness of the upper lash line."""
    lash_length: float = 1.0
    lower_lash: float = 0.4
    """Strength of the lower lash line and its lashes."""
    crease: float = 0.7
    """Strength of the crease of the lid."""
    crease_lift: float = 0.30
    """Distance of the crease from the lid, in half heights of the eye."""
    white_shade: float = 0.4
    """Strength of the shade of the upper lid on the white."""
    white: Colour = (0.975, 0.97, 0.98)
    brow: str = "natural"
    """One of `BROWS`."""
    brow_length: float = 1.0


@dataclass(frozen=True)
class EyeParams:
    """The parameters of a character's eyes, in head units."""

    style: str = "round"
    centre_m: tuple[float, float] = (0.0370, -0.004)
    half_width_m: float = 0.0195
    half_height_m: float = 0.0175
    tilt_deg: float = 0.0
    iris_left: Colour = (0.2, 0.4, 0.8)
    iris_right: Colour = (0.2, 0.4, 0.8)
    """Colours of the character's left and right iris."""
    lash_colour: Colour = (0.16, 0.10, 0.12)
    brow_colour: Colour = (0.3, 0.2, 0.2)
    brow_lift_m: float = 0.012
    """Distance from the upper lid to the brow."""
    brow_tilt: float = 0.0
    """Height of the outer end above the inner one in metres (negative: worried)."""
    brow_thickness_m: float = 0.0026
    open_share: float = 1.0
    """1 open, 0 closed."""
    closed_smile: bool = False
    """Closed eyes are arched upwards."""
    details: EyeDetails | None = added_in(3, None)

    @property
    def is_closed(self) -> bool:
        """Whether the eyes are closed: nothing of the irises is visible."""
        return self.open_share < CLOSED_SHARE


def compute_lids(params: EyeParams) -> tuple[Float[np.ndarray, "N 2"], Float[np.ndarray, "M 2"]]:
    """Return the upper lid from the inner to the outer corner, and the lower lid back to the inner corner."""
    style = EYE_STYLES[params.style]
    half = np.array([params.half_width_m * style.width, params.half_height_m * style.height])
    upper = fit_smooth_path(np.array(style.upper), 40)
    lower = fit_smooth_path(np.array([style.upper[-1], *style.lower, style.upper[0]]), 40)
    lower_lid_y = np.interp(upper[:, 0], lower[::-1, 0], lower[::-1, 1])
    upper[:, 1] = lower_lid_y + (upper[:, 1] - lower_lid_y) * params.open_share
    if params.closed_smile and params.is_closed:
        arch = 0.75 * (1 - upper[:, 0] ** 2) - 0.1
        upper[:, 1] = upper[:, 1] - lower_lid_y + arch
        lower[:, 1] = 0.75 * (1 - lower[:, 0] ** 2) - 0.1
    angle = np.radians(params.tilt_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return (upper * half) @ turn, (lower * half) @ turn


BROW_HEIGHTS_M = {
    "arched": np.array([-0.0030, 0.0040, 0.0062, -0.0030]),
    "straight": np.array([0.0010, 0.0016, 0.0016, 0.0006]),
    "angular": np.array([-0.0045, 0.0005, 0.0055, -0.0010]),
    "short": np.array([0.0, 0.0020, 0.0020, -0.0004]),
}
"""Heights of the brow's control points, where they differ from the natural brow."""
BROW_LENGTHS = {"short": 0.52, "dots": 0.30, "thick": 0.95}


def compute_brow_path(params: EyeParams) -> Float[np.ndarray, "N 2"]:
    """Return the brow's centre line from the inner to the outer end."""
    upper, _ = compute_lids(
        EyeParams(params.style, half_width_m=params.half_width_m, half_height_m=params.half_height_m)
    )
    base = upper[:, 1].max() + params.brow_lift_m
    w = params.half_width_m
    points = np.array([[-0.95, 0.0], [-0.3, 0.0035], [0.45, 0.004], [1.15, -0.001]]) * [w, 1.0]
    if params.details is not None:
        points[:, 0] *= params.details.brow_length
        points[:, 1] = BROW_HEIGHTS_M.get(params.details.brow, points[:, 1])
        points[:, 0] *= BROW_LENGTHS.get(params.details.brow, 1.0)
    points[:, 1] += base + np.linspace(-0.5, 0.5, 4) * params.brow_tilt
    return fit_smooth_path(points, 30)
