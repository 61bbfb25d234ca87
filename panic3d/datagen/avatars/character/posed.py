"""A character out of its file, posed, but not yet brought to its head: what every reader gives."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from panic3d.datagen.avatars.character.surfaces import Surface

Kind = Literal["vrm0", "vrm1", "gltf", "pmx"]


@dataclass(frozen=True)
class Character:
    """Metres, y up, facing +z; the origin is the file's own."""

    kind: Kind
    surfaces: list[Surface]
    turned_from_file: Float[np.ndarray, "4 4"]
    """From the file's axes and unit to these."""
    head_m: Float[np.ndarray, "3"] | None
    """The head bone at rest; None where the file does not tell."""
    bones: frozenset[str]
    """The bones that it has, by VRM's names."""
    title: str = ""
    author: str = ""
    licence: str = ""
