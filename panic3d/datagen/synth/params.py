"""The parameters of a character: one frozen record of choices."""

from dataclasses import dataclass

from panic3d.datagen.synth.clothing.body import BodyShape
from panic3d.datagen.synth.clothing.params import ClothesParams
from panic3d.datagen.synth.facial_hair.styles import FacialHair
from panic3d.datagen.synth.families import added_in
from panic3d.datagen.synth.hair.params import HairParams
from panic3d.datagen.synth.head.face import FaceParams
from panic3d.datagen.synth.head.skull import HeadShape
from panic3d.datagen.synth.meshes.paint import Colour


@dataclass(frozen=True)
class CharacterParams:
    """All choices of one character. Their names are fields of `labels.jsonl`."""

    head: HeadShape
    face: FaceParams
    hair: HairParams
    body: BodyShape
    clothes: ClothesParams
    accessories: tuple[str, ...]
    accessory_colours: tuple[Colour, Colour]
    ears: str
    names: dict[str, str]
    """The names of colours and proportions: hair, hair_second, eyes_left, eyes_right, skin, proportion; since
    version 3 of the generator also sex and age."""
    facial_hair: FacialHair = added_in(3, FacialHair())
