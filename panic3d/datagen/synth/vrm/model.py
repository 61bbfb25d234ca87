"""The contents of a VRM file."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import UInt8

from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.vrm.skeleton import HumanoidSkeleton


@dataclass(frozen=True)
class VrmMaterial:
    """How one material is rendered, and the part of the character that it belongs to."""

    texture: str
    part: str
    alpha_mode: str = "OPAQUE"
    double_sided: bool = False
    shade: tuple[float, float, float] = (0.9, 0.8, 0.85)
    """MToon's shade colour factor, in linear light."""


@dataclass(frozen=True)
class VrmCharacter:
    """Everything that goes into the file; positions are in the head frame, in T-pose."""

    name: str
    skeleton: HumanoidSkeleton
    meshes: dict[str, list[MeshPart]]
    """Mesh name -> primitives, one per material."""
    materials: dict[str, VrmMaterial]
    textures: dict[str, UInt8[np.ndarray, "H W 4"]]
    expressions: dict[str, dict[str, float]] = field(default_factory=dict)
    """VRM 1.0 preset -> {morph: weight}."""


AUTHOR = "panic3d"
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
ExpressionBinds = dict[str, list[tuple[int, int, int, float]]]
"""Preset -> (node, mesh, morph index, weight in [0, 1])."""
