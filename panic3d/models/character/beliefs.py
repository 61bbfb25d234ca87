"""What the network believes about a portrait's character."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.models.character.codes import FieldCodes
from panic3d.models.character.network import CharacterPrediction
from panic3d.models.character.regression import compute_expected_numbers


@dataclass(frozen=True)
class Beliefs:
    """One portrait's predicted distributions."""

    chances: tuple[Float[np.ndarray, " _"], ...]
    """Of each categorical field's values."""
    numbers: Float[np.ndarray, " N"]
    """Expected values, in [-1, 1] over the field's range."""
    deviations: Float[np.ndarray, " N"]
    members: Float[np.ndarray, " M"]
    """Probabilities that values are in their sets."""


def read_beliefs(prediction: CharacterPrediction, codes: FieldCodes) -> Beliefs:
    """Return the distributions of the first portrait of a batch."""
    logits = prediction.categories[0].split(codes.sizes)
    numbers = compute_expected_numbers(prediction)[0]
    share, means = prediction.weights[0].softmax(-1), prediction.means[0]
    variance = (share * (prediction.log_scales[0].exp().square() + means.square())).sum(-1).numpy() - numbers**2
    return Beliefs(
        tuple(part.softmax(0).numpy() for part in logits),
        numbers,
        np.sqrt(np.maximum(variance, 1e-6)),
        prediction.members[0].sigmoid().numpy(),
    )
