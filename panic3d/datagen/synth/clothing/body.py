"""The body: torso, arms and legs as lofts with skin weights. Clothes are painted on it or fitted around it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.families import added_in
from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid

# y, half width, z front, z back
TORSO_RINGS = np.array(
    [
        [-0.150, 0.031, 0.016, -0.047],
        [-0.168, 0.038, 0.022, -0.052],
        [-0.181, 0.056, 0.030, -0.058],
        [-0.192, 0.078, 0.036, -0.062],
        [-0.206, 0.097, 0.042, -0.065],
        [-0.235, 0.105, 0.056, -0.068],
        [-0.270, 0.104, 0.070, -0.068],
        [-0.310, 0.100, 0.078, -0.064],
        [-0.350, 0.092, 0.070, -0.058],
        [-0.420, 0.077, 0.055, -0.050],
        [-0.500, 0.088, 0.055, -0.062],
        [-0.580, 0.100, 0.055, -0.075],
    ]
)
TORSO_TOP_M, TORSO_BOTTOM_M = -0.150, -0.580
ARM_Y_M, ARM_Z_M = -0.212, -0.012
ANGLES = 24
ARM_ANGLES = 12


@dataclass(frozen=True)
class BodyShape:
    """Dimensions of the body: multipliers of the standard, and lengths in metres of an unscaled body."""

    scale: float = 1.0
    shoulders: float = 1.0
    bust: float = 1.0
    shoulder_m: float = added_in(3, 0.092)
    """The shoulder joints' distance from the middle; this and the following apply to a `Figure`."""
    slope_m: float = added_in(3, 0.0)
    """How much lower than the standard the shoulders are."""
    neck_length_m: float = added_in(3, 0.0)
    """How much longer than the standard the neck is."""
    trapezius: float = added_in(3, 0.0)
    """How much the muscles between neck and shoulders rise: 0 to 1."""
    chest_depth: float = added_in(3, 1.0)
    breadth: float = added_in(3, 1.0)
    """Width and depth of chest, waist and hips."""
    waist: float = added_in(3, 1.0)
    bust_m: float = added_in(3, 0.0)
    """How far the breasts stand out."""
    arms: float = added_in(3, 1.0)
    """Thickness of the arms."""

    @property
    def shoulder_shift_m(self) -> tuple[float, float]:
        """How far the left shoulder joint lies from the standard in x and y."""
        return self.shoulder_m - BodyShape.shoulder_m, -self.slope_m - 0.020 * (self.arms - 1)


def compute_body_weights(xyz: Float[np.ndarray, "V 3"]) -> dict[str, Float[np.ndarray, " V"]]:
    """Compute the skin weights of torso and arms from the distance to the middle and the height."""
    weights: dict[str, np.ndarray] = {}
    rest = np.ones(len(xyz))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        x = sign * xyz[:, 0]
        upper = smoothstep(0.070, 0.118, x)
        lower, hand = smoothstep(0.27, 0.33, x), smoothstep(0.485, 0.515, x)
        weights |= {f"{side}UpperArm": upper - lower, f"{side}LowerArm": lower - hand, f"{side}Hand": hand}
        rest = rest - upper
    y = xyz[:, 1]
    neck, chest, spine = smoothstep(-0.185, -0.150, y), smoothstep(-0.30, -0.22, y), smoothstep(-0.44, -0.36, y)
    hips = 1 - smoothstep(-0.50, -0.42, y)
    return weights | {
        "neck": rest * neck,
        "upperChest": rest * (chest - neck),
        "chest": rest * (spine - chest),
        "spine": rest * (1 - hips - spine),
        "hips": rest * hips,
    }


def build_torso(shape: BodyShape, inflate_m: float = 0.0) -> MeshPart:
    """Build the torso from the neck's base to the hips.

    u runs once around with the front at 0.5, v over the upper half of the texture.
    """
    rows = np.linspace(TORSO_TOP_M, TORSO_BOTTOM_M, 26)
    table = [np.interp(-rows, -TORSO_RINGS[:, 0], TORSO_RINGS[:, i]) for i in (1, 2, 3)]
    half_width, ahead, behind = (column[:, None] for column in table)
    shoulder = smoothstep(-0.17, -0.20, rows)[:, None] * (1 - smoothstep(-0.27, -0.36, rows)[:, None])
    half_width = half_width * (1 + (shape.shoulders - 1) * shoulder) + inflate_m
    chest = np.exp(-(((rows + 0.305) / 0.05) ** 2))[:, None]
    ahead = ahead * (1 + 0.30 * (shape.bust - 1) * chest) + inflate_m
    angle = np.linspace(-np.pi, np.pi, ANGLES + 1)[None]
    sine, cosine = np.sin(angle), np.cos(angle)
    x = half_width * np.sign(sine) * np.abs(sine) ** 0.85
    z = np.where(cosine > 0, ahead * np.abs(cosine) ** 0.85, (behind - inflate_m) * np.abs(cosine) ** 0.85)
    xyz = np.stack([x, np.broadcast_to(rows[:, None], x.shape), z], axis=-1).reshape(-1, 3)
    u = np.broadcast_to(angle / (2 * np.pi) + 0.5, x.shape)
    v = np.broadcast_to((np.linspace(0, 1, 26) * 0.5)[:, None], x.shape)
    uv = np.stack([u.ravel(), v.ravel()], axis=1)
    return MeshPart("Cloth", xyz, triangulate_grid(26, ANGLES + 1), uv, compute_body_weights(xyz))


def build_arm(
    material: str,
    stations: list[tuple[float, float]],
    v_range: tuple[float, float],
    sign: float,
    droop_m: float = 0.0,
) -> MeshPart:
    """Build a loft along one arm through (x, radius) stations; v runs from the first to the last station."""
    table = np.array(stations)
    rows = len(table)
    angle = np.linspace(0, 2 * np.pi, ARM_ANGLES + 1)[None]
    x = np.broadcast_to(table[:, :1], (rows, ARM_ANGLES + 1))
    sag = droop_m * np.linspace(0, 1, rows)[:, None]
    y = ARM_Y_M + table[:, 1:] * np.sin(angle) - sag * (np.sin(angle) < 0)
    z = ARM_Z_M + table[:, 1:] * 0.95 * np.cos(angle)
    xyz = np.stack([sign * x, y, z], axis=-1).reshape(-1, 3)
    v, u = np.meshgrid(np.linspace(*v_range, rows), np.linspace(0.02, 0.98, ARM_ANGLES + 1), indexing="ij")
    faces = triangulate_grid(rows, ARM_ANGLES + 1)
    if sign > 0:
        faces = faces[:, ::-1].copy()
    return MeshPart(material, xyz, faces, np.stack([u.ravel(), v.ravel()], axis=1), compute_body_weights(xyz))


def build_leg(
    material: str, stations: list[tuple[float, float]], v_range: tuple[float, float], sign: float
) -> MeshPart:
    """Build a loft down one leg through (y, radius) stations."""
    table = np.array(stations)
    rows = len(table)
    angle = np.linspace(-np.pi, np.pi, ARM_ANGLES + 1)[None]
    x = sign * 0.070 + table[:, 1:] * np.sin(angle)
    z = -0.008 + table[:, 1:] * np.cos(angle)
    y = np.broadcast_to(table[:, :1], x.shape)
    xyz = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    side = "left" if sign > 0 else "right"
    height = xyz[:, 1]
    hips, lower, foot = (
        smoothstep(-0.56, -0.50, height),
        1 - smoothstep(-0.98, -0.90, height),
        1 - smoothstep(-1.43, -1.40, height),
    )
    weights = {
        "hips": hips,
        f"{side}UpperLeg": 1 - hips - lower,
        f"{side}LowerLeg": lower - foot,
        f"{side}Foot": foot,
    }
    v, u = np.meshgrid(np.linspace(*v_range, rows), np.linspace(0.02, 0.98, ARM_ANGLES + 1), indexing="ij")
    return MeshPart(
        material, xyz, triangulate_grid(rows, ARM_ANGLES + 1), np.stack([u.ravel(), v.ravel()], axis=1), weights
    )


ARM_SKIN = [(0.075, 0.026), (0.11, 0.027), (0.20, 0.025), (0.30, 0.022), (0.40, 0.021), (0.49, 0.016), (0.52, 0.020)]
HAND = [(0.55, 0.022), (0.59, 0.018), (0.63, 0.012), (0.645, 0.002)]
LEG_SKIN = [
    (-0.54, 0.062),
    (-0.65, 0.061),
    (-0.80, 0.052),
    (-0.94, 0.043),
    (-1.05, 0.043),
    (-1.20, 0.036),
    (-1.42, 0.026),
]
SHOE = [(-1.36, 0.030), (-1.42, 0.034), (-1.46, 0.040), (-1.495, 0.042), (-1.5, 0.001)]


def build_skin() -> list[MeshPart]:
    """Build arms with hands, and legs, in the skin's material."""
    parts = []
    for sign in (-1.0, 1.0):
        parts.append(build_arm("BodySkin", ARM_SKIN + HAND, (0.1, 0.9), sign))
        parts.append(build_leg("BodySkin", LEG_SKIN, (0.1, 0.9), sign))
    return parts
