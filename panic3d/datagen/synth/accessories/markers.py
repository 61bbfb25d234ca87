"""Coloured cubes that mark the sides of a head in tests of geometry."""

import numpy as np

from panic3d.datagen.synth.accessories.swatches import (
    ACCESSORY_MATERIAL,
    BLUE,
    RED,
)
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.meshes.primitives import (
    build_cube,
)


def build_markers() -> list[MeshPart]:
    """Build a red cube at the character's left ear and a blue one on the back of the head."""
    return [
        build_cube(np.array([0.125, 0.0, 0.0]), 0.05, ACCESSORY_MATERIAL, RED),
        build_cube(np.array([0.0, 0.05, -0.145]), 0.06, ACCESSORY_MATERIAL, BLUE),
    ]
