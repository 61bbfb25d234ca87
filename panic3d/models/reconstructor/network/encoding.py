"""What a backbone makes of a front picture."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class TriplaneEncoding:
    """The planes of a front picture, and what else its decoding needs."""

    planes: Float[Tensor, "B 3 F L R R"]
    palette: Float[Tensor, "B K 3"] | None
    """Colours picked from the picture, in [0, 1]."""
    w: Float[Tensor, "B D"] | None = None
    """The style that modulates the super-resolution."""
