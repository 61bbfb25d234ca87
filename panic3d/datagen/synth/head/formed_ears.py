"""Ears of heads with a form: rim, bowl and lobe, of several sizes and angles, human or pointed."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.head.form import HeadForm
from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid
from panic3d.datagen.synth.meshes.primitives import mirror_part

EAR_UV = (0.02, 0.02, 0.17, 0.17)
"""The ear's square in the face texture: left, top, right, bottom."""
EAR_TIPS = {
    "elf": ((0.80, 1.15, 0.050, 0.024),),
    "drooping": ((0.10, 1.15, 0.066, -0.026),),
    "bat": ((1.10, 1.05, 0.034, 0.050),),
    "fin": ((1.05, 0.60, 0.036, 0.044), (0.25, 0.55, 0.056, 0.006), (-0.55, 0.55, 0.034, -0.026)),
}
"""Tips of ears that are not human: direction and half span around the ear in radians (0 is backwards, positive up),
then how far they reach away from the head and up."""
EAR_KINDS = ("human", *EAR_TIPS, "hidden")
HELDOUT_EARS = ("drooping", "bat", "fin")
"""Ears that characters of the family `heldout2` alone have."""
# Share of the way from the bowl's middle to the border, and height above the ear's plane in metres.
PROFILE = np.array(
    [
        [0.00, -0.0060], [0.26, -0.0055], [0.44, -0.0025], [0.58, 0.0022], [0.70, 0.0012], [0.80, 0.0002],
        [0.89, 0.0028], [0.97, 0.0030], [1.00, 0.0004], [0.97, -0.0022], [0.80, -0.0050], [0.55, -0.0090],
        [0.40, -0.0160], [0.05, -0.0190],
    ]
)  # fmt: skip
AROUND = 22
FRONT_ROWS = 9


LOBE_M = np.array([0.0075, -0.0262, 0.0012])
"""The middle of the lobe: away from the head, up, and above the ear's plane."""


def _place_on_ear(
    local: Float[np.ndarray, "*any 3"], half_width_m: float, form: HeadForm
) -> Float[np.ndarray, "*any 3"]:
    """Return points (away from the head, up, above the ear's plane) of the left ear in head units."""
    angle, lean = np.radians(form.ear_angle_deg), 0.16
    axes = np.array([[np.sin(angle), 0.0, -np.cos(angle)], [0.02, 1.0, -lean], [np.cos(angle), 0.0, np.sin(angle)]])
    foot = np.array([half_width_m - 0.0015, -0.013 + form.ear_y_m, -0.006])
    return foot + form.ear_size * (local @ axes)


def find_earlobe(half_width_m: float, form: HeadForm) -> tuple[float, float, float]:
    """Return the front of the lobe of the left ear in head units."""
    x, y, z = _place_on_ear(LOBE_M, half_width_m, form)
    return float(x), float(y), float(z)


def build_formed_ears(kind: str, half_width_m: float, form: HeadForm) -> list[MeshPart]:
    """Build both ears in head units, in the skin's material."""
    tips = EAR_TIPS.get(kind, ())
    around = AROUND * (2 if len(tips) > 1 else 1)
    turn = np.linspace(-np.pi, np.pi, around + 1)
    back, up = np.cos(turn), np.sin(turn)
    out = 0.0085 + 0.0140 * back * (1 + 0.16 * up) - 0.002 * np.clip(-up, 0, 1) * (1 + back)
    rise = 0.0290 * up + 0.002 * back
    for middle_turn, span, away_m, up_m in tips:
        reach = np.clip(1 - np.abs(turn - middle_turn) / span, 0, 1) ** 1.7 * form.ear_tip
        out, rise = out + away_m * reach, rise + up_m * reach
    share, height = PROFILE[:, :1], PROFILE[:, 1:]
    middle = np.array([0.0080, -0.003])
    along = middle[0] + (out - middle[0]) * share
    upward = middle[1] + (rise - middle[1]) * share
    # the border is thin at the lobe and at a tip
    thin = 1 - 0.45 * np.clip(-up, 0, 1)
    for middle_turn, *_ in tips:
        thin = thin - 0.4 * np.exp(-(((turn - middle_turn) / 0.5) ** 2))
    lift = height * thin + 0.10 * np.maximum(along - 0.008, 0) ** 2 / 0.03
    xyz = _place_on_ear(np.stack([along, upward, lift], axis=-1), half_width_m, form)
    left, top, right, bottom = EAR_UV
    spread = np.where(np.arange(len(PROFILE)) < FRONT_ROWS, PROFILE[:, 0], 1.0)[:, None]
    u = left + (right - left) * (0.5 + 0.46 * spread * back)
    v = top + (bottom - top) * (0.5 - 0.46 * spread * up)
    uv = np.stack([u.ravel(), v.ravel()], axis=1)
    part = MeshPart("FaceSkin", xyz.reshape(-1, 3), triangulate_grid(len(PROFILE), around + 1), uv)
    return [part, mirror_part(part)]
