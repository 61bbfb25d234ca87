"""The parameters of the face."""

from dataclasses import dataclass, field

from panic3d.datagen.synth.head.eyes import EyeParams
from panic3d.datagen.synth.head.mouth import MouthParams
from panic3d.datagen.synth.meshes.paint import Colour


@dataclass(frozen=True)
class FaceParams:
    """The parameters of everything that is painted on the face."""

    skin: Colour = (1.0, 0.90, 0.84)
    shade: Colour = (0.93, 0.70, 0.66)
    blush: float = 0.35
    freckles: bool = False
    eyes: EyeParams = field(default_factory=EyeParams)
    mouth: MouthParams = field(default_factory=MouthParams)
