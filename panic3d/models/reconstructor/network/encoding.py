"""What a backbone makes of a front picture."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class TriplaneEncoding:
    """What the backbone makes of a front picture."""

    planes: Float[Tensor, "B 3 F L R R"]
    palette: Float[Tensor, "B K 3"] | None
    w: Float[Tensor, "B D"] | None = None
    """What modulates the super-resolution too."""
