"""Animal ears, horns and antlers."""

import numpy as np

from panic3d.datagen.synth.accessories.placement import (
    add_mirrored,
    stand_on_head,
)
from panic3d.datagen.synth.accessories.registry import AccessoryFit, AccessoryRegistry
from panic3d.datagen.synth.accessories.swatches import (
    ACCESSORY_MATERIAL,
    BONE,
    DARK,
    FUR,
    INNER,
)
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.primitives import (
    FORWARD,
    build_tube,
)

ANIMAL_ACCESSORIES = AccessoryRegistry()


def build_animal_ear(
    height_m: float, half_width_m: float, bulge: float, lean: float, blunt: float = 1.35, fold: float = 0.0
) -> list[MeshPart]:
    """Build an animal's ear about the origin, up along +y, opening towards +z; `fold` bends the tip forward."""
    t = np.linspace(0, 1, 11)
    profile = half_width_m * (1 - t**blunt) * (1 + bulge * np.sin(np.pi * t))
    ahead = -0.10 * height_m * np.sin(np.pi * t) + fold * height_m * t**3
    path = np.stack([lean * height_m * t**2, height_m * (t - 0.5 * abs(fold) * t**3), ahead], axis=1)
    shell = build_tube(path, profile + 0.0008, profile * 0.42 + 0.0008, ACCESSORY_MATERIAL, FUR, up=FORWARD, sides=12)
    inset = path[1:-1].copy()
    inset[:, 2] += profile[1:-1] * 0.40
    flat = profile[1:-1] * 0.10 + 0.0005
    return [shell, build_tube(inset, profile[1:-1] * 0.66, flat, ACCESSORY_MATERIAL, INNER, up=FORWARD, sides=8)]


@ANIMAL_ACCESSORIES.register("cat_ears", "cat_ears", "animal_ears", slot="top")
def build_cat_ears(fit: AccessoryFit) -> list[MeshPart]:
    """Build pointed ears at the corners of the crown."""
    return add_mirrored(
        stand_on_head(
            build_animal_ear(0.082, 0.036, 0.16, 0.10),
            62.0,
            36.0,
            0.004 + fit.volume_m,
            (0.36, 1.0, -0.05),
            (0.25, 0.0, 1.0),
        )
    )


@ANIMAL_ACCESSORIES.register("rabbit_ears", "rabbit_ears", "animal_ears", slot="top")
def build_rabbit_ears(fit: AccessoryFit) -> list[MeshPart]:
    """Build long upright ears with their tips slightly forward."""
    return add_mirrored(
        stand_on_head(
            build_animal_ear(0.165, 0.024, 0.75, 0.12, blunt=3.0, fold=0.12),
            70.0,
            22.0,
            0.004 + fit.volume_m,
            (0.22, 1.0, -0.06),
        )
    )


@ANIMAL_ACCESSORIES.register("bear_ears", "bear_ears", "animal_ears", slot="top")
def build_bear_ears(fit: AccessoryFit) -> list[MeshPart]:
    """Build round ears at the sides."""
    return add_mirrored(
        stand_on_head(
            build_animal_ear(0.085, 0.030, 0.40, 0.35, blunt=2.2, fold=0.75),
            74.0,
            40.0,
            0.006 + fit.volume_m,
            (0.75, 0.8, 0.0),
        )
    )


@ANIMAL_ACCESSORIES.register("fox_ears", "fox_ears", "animal_ears", slot="top", family="heldout")
def build_fox_ears(fit: AccessoryFit) -> list[MeshPart]:
    """Build tall, wide ears."""
    return add_mirrored(
        stand_on_head(
            build_animal_ear(0.135, 0.046, 0.10, 0.20, blunt=1.6),
            66.0,
            40.0,
            0.0 + fit.volume_m,
            (0.45, 1.0, -0.08),
            (0.3, 0.0, 1.0),
        )
    )


def build_horn(path: np.ndarray, radius_m: float, swatch: int) -> MeshPart:
    """Build a ribbed horn along a path, tapered to its tip."""
    t = np.linspace(0, 1, len(path))
    thick = radius_m * (1 - t) ** 0.8 * (1 + 0.06 * np.sin(t * 50)) + 0.0008
    return build_tube(path, thick, thick, ACCESSORY_MATERIAL, swatch, up=FORWARD, sides=10)


@ANIMAL_ACCESSORIES.register("horns", "demon_horns", "horns", slot="top")
def build_horns(fit: AccessoryFit) -> list[MeshPart]:
    """Build curved horns that rise from the temples."""
    t = np.linspace(0, 1, 14)
    path = np.stack([0.045 * np.sin(2.2 * t), 0.085 * t, 0.035 * np.sin(3 * t) - 0.02 * t], axis=1)
    return add_mirrored(stand_on_head([build_horn(path, 0.0135, DARK)], 58.0, 44.0, fit.volume_m, (0.4, 1.0, 0.1)))


@ANIMAL_ACCESSORIES.register("ram_horns", "sheep_horns", "horns", "curled_horns", slot="top", family="heldout")
def build_ram_horns(fit: AccessoryFit) -> list[MeshPart]:
    """Build curled horns beside the ears."""
    t = np.linspace(0, 1, 26)
    turn = -0.6 + 5.4 * t
    reach = 0.056 * (1 - 0.45 * t)
    path = np.stack([0.012 + 0.030 * t, reach * np.cos(turn) - 0.010, -reach * np.sin(turn) - 0.012], axis=1)
    return add_mirrored(
        stand_on_head([build_horn(path, 0.0240, BONE)], 84.0, 62.0, 0.026 + fit.volume_m, (0.25, 1.0, 0.0))
    )


@ANIMAL_ACCESSORIES.register("antlers", "antlers", slot="top", family="heldout")
def build_antlers(fit: AccessoryFit) -> list[MeshPart]:
    """Build a deer's antlers with two tines each."""
    t = np.linspace(0, 1, 12)
    beam = np.stack([0.075 * t**0.8, 0.15 * t, -0.02 * np.sin(3 * t)], axis=1)
    parts = [build_horn(beam, 0.0095, BONE)]
    for at, direction in ((4, (-0.01, 0.05, 0.03)), (7, (0.055, 0.035, 0.0))):
        parts.append(build_horn(beam[at] + np.outer(t, direction), 0.0065, BONE))
    return add_mirrored(stand_on_head(parts, 60.0, 32.0, fit.volume_m, (0.25, 1.0, 0.0)))
