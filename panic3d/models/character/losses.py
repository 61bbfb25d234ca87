"""Losses of predicted distributions over a character's parameters; fields that do not apply count nothing."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from panic3d.models.character.codes import UNKNOWN
from panic3d.models.character.network import CharacterPrediction

NUMBER_WEIGHT = 0.1
"""Weight of the numbers' log-likelihoods beside the cross-entropies of the categories."""
MemberTarget = Bool[Tensor, "B M"]


def compute_category_losses(
    logits: Float[Tensor, "B K"], target: Int[Tensor, "B C"], sizes: Sequence[int]
) -> Float[Tensor, " C"]:
    """Return the mean cross-entropy of each categorical field."""
    losses = [
        _mean_where(F.cross_entropy(part, true.clamp(min=0), reduction="none"), true != UNKNOWN)
        for part, true in zip(logits.split(list(sizes), dim=1), target.unbind(1), strict=True)
    ]
    return torch.stack(losses) if losses else logits.new_zeros(0)


def compute_number_losses(prediction: CharacterPrediction, target: Float[Tensor, "B N"]) -> Float[Tensor, " N"]:
    """Return the mean negative log-likelihood of each number under its mixture of normal distributions."""
    known = target.isfinite()
    density = compute_log_density(prediction, torch.where(known, target, 0.0))
    return (-density * known).sum(0) / known.sum(0).clamp(min=1)


def compute_log_density(prediction: CharacterPrediction, values: Float[Tensor, "B N"]) -> Float[Tensor, "B N"]:
    """Return the logarithm of each mixture's density at a value."""
    away = (values[..., None] - prediction.means) / prediction.log_scales.exp()
    normal = -0.5 * away.square() - prediction.log_scales - 0.5 * math.log(2 * math.pi)
    return torch.logsumexp(normal + prediction.weights.log_softmax(dim=-1), dim=-1)


def compute_terms(
    prediction: CharacterPrediction,
    categories: Int[Tensor, "B C"],
    numbers: Float[Tensor, "B N"],
    members: MemberTarget,
    sizes: Sequence[int],
) -> dict[str, Float[Tensor, ""]]:
    """Return the terms of the loss by kind, each summed over the fields of its kind."""
    return {
        "categories": compute_category_losses(prediction.categories, categories, sizes).sum(),
        "numbers": NUMBER_WEIGHT * compute_number_losses(prediction, numbers).sum(),
        "members": F.binary_cross_entropy_with_logits(prediction.members, members.float()) * members.shape[1],
    }


def _mean_where(values: Float[Tensor, " B"], known: Bool[Tensor, " B"]) -> Float[Tensor, ""]:
    return (values * known).sum() / known.sum().clamp(min=1)
