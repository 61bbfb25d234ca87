"""Registries of accessories, and the dimensions that accessories are fitted to."""

from collections.abc import Callable
from dataclasses import dataclass

from panic3d.datagen.synth.head.face_surface import FaceSurface
from panic3d.datagen.synth.meshes.mesh import MeshPart


@dataclass(frozen=True)
class AccessoryFit:
    """The dimensions that an accessory is fitted to, in head units."""

    surface: FaceSurface
    eye_centre_m: tuple[float, float]
    volume_m: float
    """Distance of the hair from the skull beyond the standard."""


BuildFunction = Callable[[AccessoryFit], list[MeshPart]]


@dataclass(frozen=True)
class Accessory:
    """An accessory: its builder, Danbooru tags, family, and the slot that it occupies (one accessory per slot)."""

    build: BuildFunction
    tags: tuple[str, ...]
    family: str
    slot: str


class AccessoryRegistry(dict[str, Accessory]):
    """Accessories by name, in the order in which they were registered."""

    def register(
        self, name: str, *tags: str, slot: str, family: str = "train"
    ) -> Callable[[BuildFunction], BuildFunction]:
        """Return a decorator that registers the function that builds an accessory."""

        def enter(build: BuildFunction) -> BuildFunction:
            self[name] = Accessory(build, tags, family, slot)
            return build

        return enter
