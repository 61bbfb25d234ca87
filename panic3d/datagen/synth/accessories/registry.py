"""Registries of accessories, and the dimensions that accessories are fitted to."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.accessories.hair_relief import HairRelief
from panic3d.datagen.synth.head.cranium import direction_from_angles
from panic3d.datagen.synth.head.face_surface import FaceSurface
from panic3d.datagen.synth.meshes.mesh import MeshPart


@dataclass(frozen=True)
class AccessoryFit:
    """The dimensions that an accessory is fitted to, in head units."""

    surface: FaceSurface
    eye_centre_m: tuple[float, float]
    volume_m: float
    """Distance of the hair from the skull beyond the standard."""
    hair: HairRelief | None = None
    """The hair, since version 3 of the generator."""
    earlobe_m: tuple[float, float, float] | None = None
    """The lower end of the character's left ear, since version 3; None where ears are hidden."""

    def find_lift(self, azimuth_deg: float, polar_deg: float, standard_m: float, radius_deg: float = 8.0) -> float:
        """Return the distance from the cranium at which something lies on the hair; `standard_m` without a relief."""
        if self.hair is None:
            return standard_m + self.volume_m
        return float(self.hair.measure(direction_from_angles(azimuth_deg, polar_deg), radius_deg)[0]) + GAP_M

    def trace_lift(self, directions: Float[np.ndarray, "M 3"], standard_m: float) -> Float[np.ndarray, " M"] | float:
        """Return the distances from the cranium of a band that lies on the hair along these directions."""
        if self.hair is None:
            return standard_m + self.volume_m
        unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
        lift = self.hair.measure(unit, 7.0)
        wide = np.pad(lift, 2, mode="edge")
        return np.stack([wide[i : i + len(lift)] for i in range(5)]).mean(axis=0) + 0.5 * GAP_M


GAP_M = 0.004
"""The distance of accessories from the hair below them."""
BuildFunction = Callable[[AccessoryFit], list[MeshPart]]


@dataclass(frozen=True)
class Accessory:
    """An accessory: its builder, Danbooru tags, family, and the slot that it occupies (one accessory per slot)."""

    build: BuildFunction
    tags: tuple[str, ...]
    family: str
    slot: str
    on_face: bool = False
    """Whether it is built on this face's surface; others are built on the standard head and fitted to this one."""


class AccessoryRegistry(dict[str, Accessory]):
    """Accessories by name, in the order in which they were registered."""

    def register(
        self, name: str, *tags: str, slot: str, family: str = "train", on_face: bool = False
    ) -> Callable[[BuildFunction], BuildFunction]:
        """Return a decorator that registers the function that builds an accessory."""

        def enter(build: BuildFunction) -> BuildFunction:
            self[name] = Accessory(build, tags, family, slot, on_face)
            return build

        return enter
