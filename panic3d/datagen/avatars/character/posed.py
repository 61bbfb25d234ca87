"""A character read from its file and posed, but not yet moved to its head: what every reader returns."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from panic3d.datagen.avatars.character.surfaces import MaterialSurface

AvatarKind = Literal["vrm0", "vrm1", "gltf", "pmx"]


@dataclass(frozen=True)
class PosedCharacter:
    """A character in metres, y up, facing +z; the origin is that of the file."""

    kind: AvatarKind
    surfaces: list[MaterialSurface]
    upright_from_file: Float[np.ndarray, "4 4"]
    """From the file's axes and unit to metres, y up, facing +z."""
    head_m: Float[np.ndarray, "3"] | None
    """The head bone at rest; None where the file does not name it."""
    bones: frozenset[str]
    """The bones that were found, by VRM's names."""
    title: str = ""
    author: str = ""
    licence: str = ""
    backwards: bool = False
    """Whether the arms of a VRM say that it faces -z, although its format says +z."""
