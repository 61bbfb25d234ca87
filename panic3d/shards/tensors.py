"""The depth encoding of `schema.py` for torch tensors. A module of its own, because rendering does without torch."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from panic3d.cameras.axes import NEAR_M
from panic3d.shards.schema import DEPTH_QUANTA_PER_M


def encode_depth_tensor(depth_m: Float[Tensor, "..."]) -> Int[Tensor, "..."]:
    """Encode plane depth in metres as `schema.encode_depth` does, int32. Depths out of range become its ends."""
    quanta = ((depth_m - NEAR_M) * DEPTH_QUANTA_PER_M).round().clamp(0, DEPTH_QUANTA_PER_M) + 1
    return torch.where(depth_m.isfinite(), quanta, 0).int()


def decode_depth_tensor(grey: Int[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Decode depth to metres as `schema.decode_depth` does; NaN where there is no surface."""
    depth_m = NEAR_M + (grey - 1).float() / DEPTH_QUANTA_PER_M
    return torch.where(grey > 0, depth_m, torch.nan)
