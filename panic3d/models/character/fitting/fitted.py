"""What a fit knows of the character beside its surface: parameters, the whole deformed mesh, and landmarks."""

from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.params import CharacterParams
from panic3d.models.character.fitting.head_turn import UNTURNED, HeadTurn


@dataclass(frozen=True)
class FittedCharacter:
    """A generated character that was deformed to a portrait, before anything was cut off or added."""

    params: CharacterParams
    locks: int
    """Seed of the places of its locks of hair."""
    deformed_head_m: Float[np.ndarray, "V 3"]
    """The vertices that `make_textured_mesh` gives for the character, deformed, in the portrait's frame."""
    landmarks_head_m: Float[np.ndarray, "28 3"]
    """The landmarks on its skin, deformed, in the portrait's frame."""
    features_head_m: Float[np.ndarray, "28 2"] | None
    """x and y of the portrait's own landmarks; None if there is no face."""
    likeliest: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    """The three likeliest values of each categorical field, by its short name or path, with probabilities."""
    turn: HeadTurn = UNTURNED
    """From the character that faces the front to the portrait's frame."""

    def face_front(self) -> "FittedCharacter":
        """Return the character facing the front."""
        return replace(
            self,
            deformed_head_m=self.turn.turn_back(self.deformed_head_m),
            landmarks_head_m=self.turn.turn_back(self.landmarks_head_m),
            turn=UNTURNED,
        )
