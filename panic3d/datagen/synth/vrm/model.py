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
class SpringChain:
    """Bones that swing, from the root to the tip, which moves no vertex."""

    name: str
    bones: tuple[str, ...]
    stiffness: float = 0.9
    drag: float = 0.45
    hit_radius_m: float = 0.012


@dataclass(frozen=True)
class SphereCollider:
    """A sphere that swinging bones do not enter."""

    bone: str
    offset_m: tuple[float, float, float]
    """From the joint of the bone, in the axes of the head frame."""
    radius_m: float


AUTHOR = "panic3d"
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"


@dataclass(frozen=True)
class VrmMeta:
    """Who made a character and what others may do with it; the values are those of VRM 1.0."""

    authors: tuple[str, ...] = (AUTHOR,)
    copyright_information: str = "CC0: no rights reserved"
    contact: str = ""
    other_licence_url: str = CC0
    avatar_permission: str = "everyone"
    """everyone, onlySeparatelyLicensedPerson or onlyAuthor."""
    violent_usage: bool = True
    sexual_usage: bool = False
    commercial_usage: str = "corporation"
    """corporation, personalProfit or personalNonProfit."""
    political_or_religious_usage: bool = True
    credit: str = "unnecessary"
    """unnecessary or required."""
    redistribution: bool = True
    modification: str = "allowModificationRedistribution"
    """allowModificationRedistribution, allowModification or prohibited."""


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
    meta: VrmMeta = field(default_factory=VrmMeta)
    springs: tuple[SpringChain, ...] = ()
    colliders: tuple[SphereCollider, ...] = ()
    thumbnail: UInt8[np.ndarray, "S S 3"] | None = None
    """A square picture for programs that list avatars."""
    generator: str = "panic3d synth"


ExpressionBinds = dict[str, list[tuple[int, int, int, float]]]
"""Preset -> (node, mesh, morph index, weight in [0, 1])."""
