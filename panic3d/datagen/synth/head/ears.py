"""Human and elf ears."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.head.formed_ears import EAR_UV, build_formed_ears, find_earlobe
from panic3d.datagen.synth.head.skull import HeadShape
from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid
from panic3d.datagen.synth.meshes.primitives import build_rotation, mirror_part, rotate_part

SIDE_M = 0.0865
"""Half the width of the standard head between the ears."""
ROWS, ARC = 7, 15


def build_ears(kind: str, shape: HeadShape) -> list[MeshPart]:
    """Build both ears in head units, in the skin's material; none where they are hidden."""
    if kind == "hidden":
        return []
    half_width_m = SIDE_M * shape.width
    if shape.form is not None:
        return build_formed_ears(kind, half_width_m, shape.form)
    return _build_plain_ears(kind, half_width_m)


def find_ornament_place(kind: str, shape: HeadShape) -> tuple[float, float, float] | None:
    """Return the left earlobe in head units, where earrings hang; None where there is none, or before version 3."""
    return find_earlobe(SIDE_M * shape.width, shape.form) if shape.form is not None and kind != "hidden" else None


def push_out_of_ears(xyz: Float[np.ndarray, "V 3"], kind: str, shape: HeadShape) -> Float[np.ndarray, "V 3"]:
    """Move points of hair in head units sideways over human ears of a form; pointed ears stick out of the hair."""
    form = shape.form
    if form is None or kind != "human":
        return xyz
    angle = np.radians(form.ear_angle_deg)
    foot = np.array(
        [SIDE_M * shape.width - 0.002, -0.013 + form.ear_y_m, -0.006 - 0.011 * np.cos(angle) * form.ear_size]
    )
    radii = np.array([0.0235 * np.sin(angle) + 0.006, 0.033, 0.0235 * np.cos(angle) + 0.006]) * form.ear_size + 0.003
    offset = np.stack([np.abs(xyz[:, 0]) - foot[0], xyz[:, 1] - foot[1], xyz[:, 2] - foot[2]], axis=1) / radii
    reach = np.sqrt(np.clip(1 - offset[:, 1] ** 2 - offset[:, 2] ** 2, 0, 1))
    moved = np.where((offset[:, 0] > -0.35) & (offset[:, 0] < reach), foot[0] + radii[0] * reach, np.abs(xyz[:, 0]))
    return np.stack([np.sign(xyz[:, 0]) * moved, xyz[:, 1], xyz[:, 2]], axis=1)


def _build_plain_ears(kind: str, half_width_m: float) -> list[MeshPart]:
    """Build shells of rings from the opening to the border."""
    angle = np.linspace(-0.60 * np.pi, 0.60 * np.pi, ARC)
    out, up = np.cos(angle) * 0.021 + 0.003, np.sin(angle) * 0.031
    if kind == "elf":
        tip = np.exp(-(((angle - 0.30 * np.pi) / 0.42) ** 2))
        out, up = out + 0.062 * tip, up + 0.030 * tip
    reach = np.array([0.15, 0.45, 0.72, 0.90, 1.0, 1.0, 0.80])[:, None]
    height = np.array([-0.004, -0.004, -0.001, 0.005, 0.004, -0.003, -0.009])[:, None]
    xyz = np.stack([reach * out, reach * up, np.broadcast_to(height, (ROWS, ARC))], axis=-1).reshape(-1, 3)
    share = np.array([0.0, 0.25, 0.55, 0.85, 1.0, 1.0, 1.0])[:, None]
    left, top, right, bottom = EAR_UV
    u = left + (right - left) * (0.5 + 0.46 * share * np.cos(angle))
    v = top + (bottom - top) * (0.5 - 0.46 * share * np.sin(angle))
    part = MeshPart(
        "FaceSkin", xyz, triangulate_grid(ROWS, ARC)[:, ::-1].copy(), np.stack([u.ravel(), v.ravel()], axis=1)
    )
    # the shell's x points outwards and backwards, its z to the side and the front
    turn = build_rotation(np.array([0.62, 0.0, 0.78]), (0.0, 1.0, -0.16))
    placed = rotate_part(part, turn, np.zeros(3), np.array([half_width_m - 0.004, -0.014, -0.010]))
    return [placed, mirror_part(placed)]
