"""Which samples a run keeps for validation where the dataset has no split for it."""

LEAST_RATIO = 5
"""A dataset with fewer than so many times the wanted samples gives none."""


def choose_validation(count: int, wanted: int) -> list[int]:
    """Return the places of `wanted` of `count` samples, evenly spread, so that adding samples changes little.

    Returns none if there are fewer than `LEAST_RATIO` times as many samples.
    """
    kept = wanted if count >= LEAST_RATIO * wanted else 0
    return [(2 * i + 1) * count // (2 * kept) for i in range(kept)]
