"""The registry of outfits of the figure."""

from collections.abc import Callable
from dataclasses import dataclass

from panic3d.datagen.synth.clothing.outfits.tailor import Tailor
from panic3d.datagen.synth.families import is_style_of

MakeFunction = Callable[[Tailor], None]


@dataclass(frozen=True)
class Outfit:
    """An outfit: the function that makes it, and what must be known to choose one."""

    make: MakeFunction
    tags: tuple[str, ...]
    family: str
    sexes: tuple[str, ...]
    patterns: tuple[str, ...]
    """The patterns that its cloth can have; others look as the first, which is `plain`."""
    hood_up: bool
    """A hood covers the hair."""
    grown_up: bool
    """Only adults wear it, and no chibi."""
    neutral: bool
    """Its main colour is muted: suits, uniforms, armour."""


class OutfitRegistry(dict[str, Outfit]):
    """Outfits by name, in the order in which they were registered."""

    def register(
        self,
        name: str,
        *tags: str,
        patterns: tuple[str, ...] = (),
        family: str = "train2",
        sexes: tuple[str, ...] = ("female", "male"),
        hood_up: bool = False,
        grown_up: bool = False,
        neutral: bool = False,
    ) -> Callable[[MakeFunction], MakeFunction]:
        """Return a decorator that registers the function that makes an outfit."""

        def enter(make: MakeFunction) -> MakeFunction:
            self[name] = Outfit(make, tags, family, sexes, ("plain", *patterns), hood_up, grown_up, neutral)
            return make

        return enter

    def list_family(self, family: str) -> list[str]:
        """List the names of the outfits that a family of characters wears."""
        return [name for name, outfit in self.items() if is_style_of(outfit.family, family)]
