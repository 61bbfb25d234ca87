"""The published losses: identity, and a non-saturating adversarial one with smoothed labels."""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor


def identity_loss(painted: Float[Tensor, "B 3 P P"], given: Float[Tensor, "B 3 P P"]) -> Float[Tensor, "B"]:
    """Return the mean absolute difference over whole patches, of which only the infilled pixels can differ."""
    return (painted - given).abs().mean(dim=(1, 2, 3))


def adversarial_loss(
    logits: Float[Tensor, "B"], real: Bool[Tensor, "B"], low: float, high: float
) -> Float[Tensor, "B"]:
    """Return the binary cross-entropy against smoothed labels: `low` for fake, `high` for real patches.

    The published code gives 0.4 and 1.2 (0.8 y + 0.4), where 0.1 and 0.9 (0.8 y + 0.1) are usual.
    """
    targets = torch.where(real, high, low).to(logits)
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
