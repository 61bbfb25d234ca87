"""Human and elf ears."""

import numpy as np

from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid
from panic3d.datagen.synth.meshes.primitives import build_rotation, mirror_part, rotate_part

EAR_UV = (0.02, 0.02, 0.17, 0.17)
"""The ear's square in the face texture: left, top, right, bottom."""
ROWS, ARC = 7, 15


def build_ears(shape: str, half_width_m: float) -> list[MeshPart]:
    """Build both ears in head units: a shell of rings from the opening to the border, in the skin's material."""
    angle = np.linspace(-0.60 * np.pi, 0.60 * np.pi, ARC)
    out, up = np.cos(angle) * 0.021 + 0.003, np.sin(angle) * 0.031
    if shape == "elf":
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
