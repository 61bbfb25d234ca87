"""Glasses, goggles and the eye patch."""

import numpy as np

from panic3d.datagen.synth.accessories.placement import (
    add_mirrored,
    compute_arch_directions,
    lay_on_head,
    trace_band,
)
from panic3d.datagen.synth.accessories.registry import AccessoryFit, AccessoryRegistry
from panic3d.datagen.synth.accessories.swatches import (
    ACCESSORY_MATERIAL,
    DARK,
    GLASS,
    METAL,
    RED,
    WHITE,
)
from panic3d.datagen.synth.head.cranium import direction_from_angles, place_above_cranium
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.primitives import (
    FORWARD,
    build_loft,
    build_tube,
)

EYEWEAR = AccessoryRegistry()


def build_glasses_frame(
    fit: AccessoryFit, half: tuple[float, float], power: float, swatch: int, lens: bool
) -> list[MeshPart]:
    """Build rims of superellipses (power 1 is round, lower is squarer), bridge and temples."""
    angle = np.linspace(0, 2 * np.pi, 29)
    cx, cy = fit.eye_centre_m
    cy -= 0.003
    sine, cosine = np.sin(angle), np.cos(angle)
    border = np.stack([np.sign(cosine) * np.abs(cosine) ** power, np.sign(sine) * np.abs(sine) ** power], axis=1)
    border = border * half + np.array([cx, cy])
    points = np.column_stack([border, 0.104 - 3.2 * border[:, 0] ** 2])
    side = [build_tube(points, 0.0014, 0.0014, ACCESSORY_MATERIAL, swatch, up=FORWARD, sides=6)]
    if lens:
        centre = points.mean(axis=0)
        side.append(
            build_loft(np.stack([points, centre + 0.02 * (points - centre)]), ACCESSORY_MATERIAL, GLASS, closed=False)
        )
    hinge = np.array(
        [[cx + half[0] * 0.97, cy + 0.004, 0.090], [0.092, cy + 0.006, 0.055], [0.094, cy + 0.006, -0.004]]
    )
    side.append(build_tube(hinge, 0.0012, 0.0018, ACCESSORY_MATERIAL, swatch, sides=6))
    x = np.linspace(-(cx - half[0]), cx - half[0], 7)
    bridge = np.stack([x, cy + 0.003 + 0.002 * np.cos(x * 150), np.full(7, 0.105)], axis=1)
    return [*add_mirrored(side), build_tube(bridge, 0.0012, 0.0012, ACCESSORY_MATERIAL, swatch, up=FORWARD, sides=6)]


@EYEWEAR.register("glasses", "glasses", "black-framed_eyewear", slot="eyes")
def build_glasses(fit: AccessoryFit) -> list[MeshPart]:
    """Build glasses of rounded rectangles."""
    return build_glasses_frame(fit, (0.0275, 0.0205), 0.62, DARK, lens=False)


@EYEWEAR.register("glasses_red", "glasses", "semi-rimless_eyewear", "red-framed_eyewear", slot="eyes")
def build_glasses_red(fit: AccessoryFit) -> list[MeshPart]:
    """Build narrow red glasses."""
    return build_glasses_frame(fit, (0.0270, 0.0150), 0.55, RED, lens=False)


@EYEWEAR.register("round_glasses", "round_eyewear", "glasses", slot="eyes", family="heldout")
def build_round_glasses(fit: AccessoryFit) -> list[MeshPart]:
    """Build large round golden glasses."""
    return build_glasses_frame(fit, (0.0290, 0.0290), 1.0, METAL, lens=False)


@EYEWEAR.register("goggles", "goggles_on_head", "goggles", slot="band", family="heldout")
def build_goggles(fit: AccessoryFit) -> list[MeshPart]:
    """Build goggles that are pushed up onto the fringe."""
    strap = build_tube(
        trace_band(compute_arch_directions(38.0, 150.0, 37), 0.022 + fit.volume_m),
        0.010,
        0.003,
        ACCESSORY_MATERIAL,
        DARK,
        sides=8,
    )
    disc = np.linspace(0, 2 * np.pi, 21)
    ring = np.stack([0.030 * np.cos(disc), 0.026 * np.sin(disc), 0 * disc], axis=1)
    glass = build_loft(np.stack([ring, ring * 0.02]) + np.array([0, 0, 0.004]), ACCESSORY_MATERIAL, GLASS, closed=False)
    lens = [build_tube(ring, 0.006, 0.006, ACCESSORY_MATERIAL, METAL, up=FORWARD, sides=8), glass]
    return [strap, *add_mirrored(lay_on_head(lens, 26.0, 48.0, 0.034 + fit.volume_m))]


@EYEWEAR.register("eye_patch", "eyepatch", "medical_eyepatch", slot="eyes")
def build_eye_patch(fit: AccessoryFit) -> list[MeshPart]:
    """Build a patch with strings over the character's right eye."""
    side = np.linspace(-1, 1, 11)
    u, v = np.meshgrid(side, side)
    xy = np.stack(
        [-fit.eye_centre_m[0] + 0.027 * u * (1 - 0.18 * v**2), fit.eye_centre_m[1] - 0.024 * v * (1 - 0.12 * u**2)], -1
    )
    xyz = fit.surface.place_on_face(xy.reshape(-1, 2)).reshape(11, 11, 3)
    xyz[..., 2] += 0.0035 + 0.005 * (1 - u**2) * (1 - v**2)
    strings = []
    for x, y in ((-0.062, 0.016), (-0.010, 0.016)):
        end = direction_from_angles(-100.0 if x < -0.03 else 60.0, 74.0)[0]
        start = fit.surface.place_on_face(np.array([[x, y]]))[0] + np.array([0.0, 0.0, 0.003])
        t = np.linspace(0, 1, 9)[:, None]
        line = start * (1 - t) + place_above_cranium(end, 0.003) * t
        out = line - np.array([0.0, 0.02, -0.01])
        line = line + 0.012 * np.sin(np.pi * t) * out / np.linalg.norm(out, axis=1, keepdims=True)
        strings.append(build_tube(line, 0.0010, 0.0010, ACCESSORY_MATERIAL, WHITE, sides=5))
    return [build_loft(xyz, ACCESSORY_MATERIAL, WHITE, closed=False), *strings]
