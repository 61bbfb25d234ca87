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
    shade_srgb: tuple[float, float, float] | None = None
    """The same factor as VRM 0.x has it. None: `shade` is written there as it is, as in every generated character."""


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


CHOICES = {
    "avatar_permission": ("onlyAuthor", "onlySeparatelyLicensedPerson", "everyone"),
    "commercial_usage": ("personalNonProfit", "personalProfit", "corporation"),
    "credit": ("required", "unnecessary"),
    "modification": ("prohibited", "allowModification", "allowModificationRedistribution"),
}
"""The values that VRM 1.0 knows, from the least that is allowed."""


@dataclass(frozen=True)
class VrmMeta:
    """Who made a character and what others may do with it; the values are those of VRM 1.0 (`CHOICES`).

    Raises ValueError for another value, and where an author has no name or there is none.
    """

    authors: tuple[str, ...] = (AUTHOR,)
    copyright_information: str = "CC0: no rights reserved"
    contact: str = ""
    other_licence_url: str = CC0
    avatar_permission: str = "everyone"
    violent_usage: bool = True
    sexual_usage: bool = False
    commercial_usage: str = "corporation"
    political_or_religious_usage: bool = True
    credit: str = "unnecessary"
    redistribution: bool = True
    modification: str = "allowModificationRedistribution"

    def __post_init__(self) -> None:
        if not self.authors or not all(author.strip() for author in self.authors):
            raise ValueError("a VRM needs the names of its authors")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, got {getattr(self, name)!r}")


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
