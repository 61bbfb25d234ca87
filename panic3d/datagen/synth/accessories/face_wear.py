"""Glasses, patches and masks since version 3 of the generator."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.accessories.eyewear import build_glasses_frame
from panic3d.datagen.synth.accessories.hats import build_hoop
from panic3d.datagen.synth.accessories.placement import lay_on_head
from panic3d.datagen.synth.accessories.registry import AccessoryFit, AccessoryRegistry
from panic3d.datagen.synth.accessories.swatches import (
    ACCESSORY_MATERIAL,
    BLACK,
    DARK,
    GLASS,
    MAIN,
    METAL,
    RED,
    SILVER,
    WHITE,
)
from panic3d.datagen.synth.head.cranium import direction_from_angles, place_above_cranium
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.primitives import FORWARD, build_ellipsoid, build_loft, build_tube

FACE_WEAR = AccessoryRegistry()


def _seat_on_nose(fit: AccessoryFit, parts: list[MeshPart]) -> list[MeshPart]:
    """Move glasses forward where the bridge of the nose stands out."""
    y = fit.eye_centre_m[1]
    nose_z = float(fit.surface.place_on_face(np.array([[0.0, y], [0.0, y - 0.006]]))[:, 2].max())
    ahead = max(nose_z + 0.004 - 0.105, 0.0)
    return [
        part.with_positions(part.xyz_head_m + [0.0, 0.0, ahead] * np.clip(part.xyz_head_m[:, 2:] / 0.09, 0, 1))
        for part in parts
    ]


@FACE_WEAR.register("square_glasses", "glasses", "rectangular_eyewear", slot="eyes", family="train2")
def build_square_glasses(fit: AccessoryFit) -> list[MeshPart]:
    """Build rectangular glasses with thin metal rims."""
    return _seat_on_nose(fit, build_glasses_frame(fit, (0.0285, 0.0165), 0.35, SILVER, lens=False))


@FACE_WEAR.register("oval_glasses", "glasses", "brown-framed_eyewear", slot="eyes", family="train2")
def build_oval_glasses(fit: AccessoryFit) -> list[MeshPart]:
    """Build oval glasses in the main colour."""
    return _seat_on_nose(fit, build_glasses_frame(fit, (0.0285, 0.0225), 0.9, MAIN, lens=False))


@FACE_WEAR.register("sunglasses", "sunglasses", "eyewear", slot="eyes", family="train2")
def build_sunglasses(fit: AccessoryFit) -> list[MeshPart]:
    """Build dark glasses."""
    parts = build_glasses_frame(fit, (0.0295, 0.0205), 0.60, BLACK, lens=True)
    dark = [part if i % 3 != 1 or i > 5 else _paint(part, DARK) for i, part in enumerate(parts)]
    return _seat_on_nose(fit, dark)


def _paint(part: MeshPart, swatch: int) -> MeshPart:
    """Return the part in another colour."""
    shift = np.array([swatch % 4 - GLASS % 4, swatch // 4 - GLASS // 4]) / 4
    return MeshPart(part.material, part.xyz_head_m, part.faces, part.uv + shift)


@FACE_WEAR.register("monocle", "monocle", slot="eyes", family="heldout2")
def build_monocle(fit: AccessoryFit) -> list[MeshPart]:
    """Build a golden ring before the character's left eye, with a chain."""
    x, y = fit.eye_centre_m
    turn = np.linspace(0, 2 * np.pi, 33)
    z = float(fit.surface.place_on_face(np.array([[x, y], [x, y + 0.02]]))[:, 2].max()) + 0.006
    ring = np.stack([x + 0.0265 * np.cos(turn), y - 0.002 + 0.0265 * np.sin(turn), z - 0.25 * 0.0265 * np.cos(turn)], 1)
    t = np.linspace(0, 1, 14)
    chain = ring[2] + np.stack([0.036 * t, -0.060 * np.sin(2.0 * t), -0.060 * t], axis=1)
    return [
        build_hoop(ring, 0.0018, 0.0018, METAL),
        build_tube(chain, 0.0009, 0.0009, ACCESSORY_MATERIAL, METAL, sides=5),
    ]


def _cover_face(
    fit: AccessoryFit, outline: Float[np.ndarray, "R C 2"], lift_m: Float[np.ndarray, "R C"], swatch: int
) -> MeshPart:
    """Build a cloth over points of the face, `lift_m` before it."""
    rows, columns = outline.shape[:2]
    xyz = fit.surface.place_on_face(outline.reshape(-1, 2)).reshape(rows, columns, 3)
    xyz[..., 2] += lift_m
    return build_loft(xyz, ACCESSORY_MATERIAL, swatch, closed=False)


def _trace_strap(fit: AccessoryFit, start: Float[np.ndarray, " 3"], azimuth_deg: float, polar_deg: float) -> np.ndarray:
    """Return a line from a point of the face over the side of the head, outside it."""
    end = place_above_cranium(direction_from_angles(azimuth_deg, polar_deg)[0], 0.004)
    t = np.linspace(0, 1, 12)[:, None]
    line = start * (1 - t) + end * t
    out = line * [1.0, 0.0, 1.0] - np.array([0.0, 0.0, -0.02])
    return line + 0.020 * np.sin(np.pi * t) * out / np.linalg.norm(out, axis=1, keepdims=True)


@FACE_WEAR.register("black_eyepatch", "eyepatch", slot="eyes", family="train2", on_face=True)
def build_black_eyepatch(fit: AccessoryFit) -> list[MeshPart]:
    """Build a black patch over the character's left eye, with straps around the head."""
    u, v = np.meshgrid(np.linspace(-1, 1, 13), np.linspace(-1, 1, 13))
    half_x = 0.027 * (1 - 0.30 * np.clip(v, 0, 1) ** 2 - 0.06 * v**2)
    centre = np.array(fit.eye_centre_m)
    xy = np.stack([centre[0] + half_x * u, centre[1] - 0.025 * v * (1 - 0.25 * u**2)], axis=-1)
    bulge = 0.0030 + 0.0065 * (1 - u**2) * (1 - v**2)
    straps = []
    for corner, azimuth, polar in ((xy[1, -1], 100.0, 84.0), (xy[1, 0], -70.0, 52.0)):
        start = fit.surface.place_on_face(corner[None])[0] + [0.0, 0.0, 0.003]
        line = _trace_strap(fit, start, azimuth, polar)
        straps.append(build_tube(line, 0.0011, 0.0030, ACCESSORY_MATERIAL, BLACK, sides=6))
    return [_cover_face(fit, xy, bulge, BLACK), *straps]


@FACE_WEAR.register("mask", "mask", "mouth_mask", "surgical_mask", slot="mouth", family="train2", on_face=True)
def build_mask(fit: AccessoryFit) -> list[MeshPart]:
    """Build a cloth mask over nose and mouth with loops to the ears."""
    columns, rows = np.linspace(-1, 1, 21), np.linspace(0, 1, 13)
    u, v = np.meshgrid(columns, rows)
    top, low = fit.surface.lower_y(-0.026), fit.surface.lower_y(-0.0865)
    upper = top - 0.010 * np.abs(u) ** 1.5
    lower = low + 0.016 * np.abs(u) ** 1.8
    y = upper + (lower - upper) * v
    edge = np.array([fit.surface.find_outline_point(float(h))[0] for h in y[:, 0]])
    xy = np.stack([u * np.minimum(edge, 0.068)[:, None] * 0.90, y], axis=-1)
    flat = fit.surface.place_on_face(xy.reshape(-1, 2)).reshape(13, 21, 3)[..., 2]
    tent = np.maximum(flat, flat.max(axis=0)[None] - 0.022 * np.abs(v - 0.40)) - flat
    lift = 0.0032 + 0.7 * tent + 0.0020 * (1 - u**2) + 0.0012 * np.abs(np.sin(v * 3 * np.pi)) * (1 - u**2)
    cloth = _cover_face(fit, xy, lift, WHITE)
    loops = []
    for row in (1, 11):
        corner = cloth.xyz_head_m.reshape(13, 21, 3)[row, -1]
        ear = np.array([0.092 * fit.surface.shape.width, 0.004 if row == 1 else -0.030, -0.004])
        t = np.linspace(0, 1, 8)[:, None]
        line = corner * (1 - t) + ear * t + 0.006 * np.sin(np.pi * t) * np.array([1.0, 0.0, 0.3])
        loops += [line, line * [-1.0, 1.0, 1.0]]
    return [cloth, *(build_tube(line, 0.0009, 0.0012, ACCESSORY_MATERIAL, WHITE, sides=5) for line in loops)]


@FACE_WEAR.register("masquerade_mask", "domino_mask", "mask", slot="eyes", family="heldout2", on_face=True)
def build_masquerade_mask(fit: AccessoryFit) -> list[MeshPart]:
    """Build a mask around the eyes with pointed wings."""
    x0, y0 = fit.eye_centre_m
    turn = np.linspace(0, 2 * np.pi, 41)
    hole = np.stack([x0 + 0.0255 * np.cos(turn), y0 + 0.0205 * np.sin(turn)], axis=1)
    border = np.stack([x0 + 0.004 + 0.036 * np.cos(turn), y0 + 0.002 + 0.030 * np.sin(turn)], axis=1)
    border[:, 0] = np.maximum(border[:, 0], 0.0)
    border[:, 1] += 0.014 * np.clip(np.cos(turn), 0, 1) ** 3
    grid = np.stack([hole, 0.5 * (hole + border), border])
    left = _cover_face(fit, grid, np.array([0.0035, 0.0065, 0.0035])[:, None] + 0 * turn, BLACK)
    right = left.with_positions(left.xyz_head_m * [-1.0, 1.0, 1.0])
    edge = left.xyz_head_m.reshape(3, 41, 3)[2]
    trims = [build_tube(line, 0.0013, 0.0013, ACCESSORY_MATERIAL, METAL, sides=5) for line in (edge, edge * [-1, 1, 1])]
    return [left, right, *trims]


@FACE_WEAR.register("blindfold", "blindfold", slot="eyes", family="heldout2", on_face=True)
def build_blindfold(fit: AccessoryFit) -> list[MeshPart]:
    """Build a cloth around the head over both eyes."""
    shape, y = fit.surface.shape, fit.eye_centre_m[1]
    ahead = float(fit.surface.place_on_face(np.array([[x, y] for x in (0.0, 0.02, 0.04)]))[:, 2].max()) + 0.004
    turn = np.linspace(-np.pi, np.pi, 65)
    sine, cosine = np.sin(turn), np.cos(turn)
    power = np.where(cosine > 0, 2 / 3.0, 2 / 2.2)
    x = 0.0900 * shape.width * np.sign(sine) * np.abs(sine) ** power
    z = np.where(cosine > 0, ahead, 0.106 * shape.depth) * np.sign(cosine) * np.abs(cosine) ** power
    middle = np.stack([x, y + 0.010 * (1 - cosine) / 2, z], axis=1)
    half_m = 0.0115 + 0.0100 * smoothstep(-0.2, 0.8, cosine)
    rows = [middle + np.outer(half_m, [0.0, v, 0.0]) for v in (1.0, 0.5, 0.0, -0.5, -1.0)]
    return [build_loft(np.stack(rows), ACCESSORY_MATERIAL, BLACK, closed=False)]


@FACE_WEAR.register("fox_mask", "fox_mask", "mask_on_head", "mask", slot="side", family="train2")
def build_fox_mask(fit: AccessoryFit) -> list[MeshPart]:
    """Build a white fox's mask with red marks, worn at the side of the head."""
    u, v = np.meshgrid(np.linspace(-1, 1, 13), np.linspace(-1, 1, 15))
    wide = 0.040 * (1 - 0.55 * np.clip(v, 0, 1) ** 1.5) * (1 - 0.12 * np.clip(-v, 0, 1))
    x, y = u * wide, -0.050 * v
    snout = 0.026 * np.exp(-((u / 0.42) ** 2) - ((v - 0.45) / 0.40) ** 2)
    z = 0.016 * (1 - u**2) + snout
    face = build_loft(np.stack([x, y, z], axis=-1), ACCESSORY_MATERIAL, WHITE, closed=False)
    parts = [face, build_ellipsoid(np.array([0, -0.028, 0.042]), (0.005, 0.004, 0.004), ACCESSORY_MATERIAL, BLACK)]
    for side in (-1.0, 1.0):
        t = np.linspace(0, 1, 8)
        ear = np.stack([side * (0.024 + 0.012 * t), 0.040 + 0.036 * t, 0.008 - 0.004 * t], axis=1)
        parts.append(build_tube(ear, 0.015 * (1 - t) + 0.001, 0.004, ACCESSORY_MATERIAL, WHITE, up=FORWARD, sides=8))
        brow = np.stack([side * (0.010 + 0.018 * t), 0.006 + 0.012 * t, 0.021 - 0.007 * t], axis=1)
        parts.append(build_tube(brow, 0.0022, 0.0016, ACCESSORY_MATERIAL, RED, up=FORWARD, sides=6))
        mark = np.stack([side * (0.016 + 0.012 * t), -0.018 + 0.005 * t, 0.024 - 0.010 * t], axis=1)
        parts.append(build_tube(mark, 0.0016, 0.0014, ACCESSORY_MATERIAL, RED, up=FORWARD, sides=6))
    return lay_on_head(parts, 72.0, 52.0, fit.find_lift(72.0, 52.0, 0.03, 18.0) + 0.002, roll_deg=-14.0)
