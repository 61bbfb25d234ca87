"""Registries of the styles of one region of the hair."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from panic3d.datagen.synth.families import is_style_of
from panic3d.datagen.synth.hair.locks import HairLocks
from panic3d.datagen.synth.hair.params import HairParams

HairTie = tuple[float, float, float]
"""Azimuth and polar angle in degrees and radius in metres of a band that holds a tail."""
GrowFunction = Callable[[HairParams, np.random.Generator], list[HairLocks]]


@dataclass(frozen=True)
class HairStyle:
    """A direction to grow one region of the hair."""

    grow: GrowFunction
    tags: tuple[str, ...]
    family: str
    ties: tuple[HairTie, ...]
    short: bool
    """Short enough for a hood."""
    pulled_back: bool
    """Combed close to the skull."""
    tied_high: bool
    """Gathered at a place that hats cover."""
    shaved_above_deg: float = 180.0
    """Polar angle below which sides and back are shaved, for cuts that are; 180: nowhere, 0: all over."""
    clipped: bool = False
    """The shaved part is dense hair of a centimetre."""
    bald: bool = False
    """There is no hair at all on the scalp."""
    cloud_m: float = 0.0
    """Thickness of the ball of curls that the scalp carries; 0: none."""
    fringes: tuple[str, ...] = ()
    """The fringes with which a back is drawn; any where it names none."""
    sides: tuple[str, ...] = ()
    """The sides with which a back is drawn; any where it names none."""


class HairStyleRegistry(dict[str, HairStyle]):
    """Styles by name, in the order in which they were registered."""

    def register(
        self,
        name: str,
        *tags: str,
        family: str = "train",
        ties: tuple[HairTie, ...] = (),
        short: bool = False,
        pulled_back: bool = False,
        high: bool = False,
        shaved_above_deg: float = 180.0,
        clipped: bool = False,
        bald: bool = False,
        cloud_m: float = 0.0,
        fringes: tuple[str, ...] = (),
        sides: tuple[str, ...] = (),
    ) -> Callable[[GrowFunction], GrowFunction]:
        """Return a decorator that registers the function that grows a style."""

        def enter(grow: GrowFunction) -> GrowFunction:
            self[name] = HairStyle(
                grow,
                tags,
                family,
                ties,
                short,
                pulled_back,
                high,
                shaved_above_deg,
                clipped,
                bald,
                cloud_m,
                fringes,
                sides,
            )
            return grow

        return enter

    def list_family(self, family: str) -> list[str]:
        """List the names of the styles that a family of characters uses."""
        return [name for name, style in self.items() if is_style_of(style.family, family)]
