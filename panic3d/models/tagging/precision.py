"""Average precision of tags, the score of image taggers."""

import numpy as np
from jaxtyping import Bool, Float


def compute_average_precision(scores: Float[np.ndarray, "N"], true: Bool[np.ndarray, "N"]) -> float:
    """Return the mean, over pictures with the tag, of the precision among pictures that score at least as much.

    NaN where no picture has the tag. Equal scores count as one place, so that constant ones give the tag's share.
    """
    if not true.any():
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(true[order])
    last_of_place = np.searchsorted(-scores[order], -scores[order], side="right") - 1
    precision = hits[last_of_place] / (last_of_place + 1)
    return float(precision[true[order]].mean())


def compute_tag_precision(
    logits: Float[np.ndarray, "N K"], true: Bool[np.ndarray, "N K"], tags: tuple[str, ...]
) -> dict[str, tuple[float, float]]:
    """Return the average precision of each tag, and the share of pictures that have it, the precision of chance.

    Tags that no picture or every picture has are left out: there is nothing to rank.
    """
    ranked = [i for i in range(len(tags)) if 0 < true[:, i].sum() < len(true)]
    return {tags[i]: (compute_average_precision(logits[:, i], true[:, i]), float(true[:, i].mean())) for i in ranked}
