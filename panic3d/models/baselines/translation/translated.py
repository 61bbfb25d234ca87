"""What a generator gives."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor


class Translation(NamedTuple):
    picture: Float[Tensor, "B 3 H W"]
    """In [-1, 1]."""
    attention: Float[Tensor, "B 2"] | None
    """U-GAT-IT's logits: is the input of the domain that is translated from?"""
