"""A portrait as the networks are given it."""

import numpy as np
import torch
from jaxtyping import Float, UInt8

from panic3d.cameras.resampling import reduce_rgba


def prepare_network_input(
    rgba: UInt8[np.ndarray, "512 512 4"], size: int
) -> tuple[Float[torch.Tensor, "1 3 S S"], Float[torch.Tensor, "1 S S"]]:
    """Return a portrait at a network's size: RGB on white in [0, 1], and coverage."""
    small = torch.from_numpy(reduce_rgba(rgba, size)).float() / 255
    return small[None, ..., :3].permute(0, 3, 1, 2), small[None, ..., 3]
