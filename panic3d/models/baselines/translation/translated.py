"""The result of a generator."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor


class Translation(NamedTuple):
    picture: Float[Tensor, "B 3 H W"]
    """The translated picture in [-1, 1]."""
    attention: Float[Tensor, "B 2"] | None
    """U-GAT-IT's logits that the input is of the source domain; None for CycleGAN."""
