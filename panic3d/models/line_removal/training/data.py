"""The drawings and renders of a run: what it trains on, and pairs that it is validated on."""

from pathlib import Path

from panic3d.datasets.drawings import DRAWING, RENDER, PortraitSet, load_portraits
from panic3d.datasets.reader import load_splits
from panic3d.models.line_removal.pairs import Pairs
from panic3d.models.line_removal.training.config import DrawingsRunConfig
from panic3d.models.portrait.front_faces import add_detected_landmarks


def load_drawings_and_renders(data: Path, run: Path, config: DrawingsRunConfig) -> tuple[Pairs, Pairs]:
    """Return what a run trains on, and the pairs that it is validated on.

    The latter are those of the `val` split, else some of the pairs of the training set if there are enough. Drawings
    and renders of the training set are not of the same characters in the same order. Landmarks that a dataset lacks
    are detected, once: those of a drawing on the render of the same sample, if there is one.
    """
    cache = Path(config.cache) if config.cache else run / "cache"
    renders = Path(config.renders) if config.renders else data

    def read(folder: Path, member: str, split: str, limit: int, known: PortraitSet | None = None) -> PortraitSet:
        place = cache / f"{split}-{member}"
        found = load_portraits(folder, member, place, split=split, limit=limit)
        return add_detected_landmarks(found, place, known)

    def read_both(split: str, limit: int = 0) -> Pairs:
        rendered = read(renders, RENDER, split, limit)
        return Pairs(read(data, DRAWING, split, limit, None if config.renders else rendered), rendered)

    everything = read_both("train")
    if "val" in load_splits(data) and not config.renders:
        held_out = read_both("val", config.validation_limit)
        return everything, Pairs.common(held_out.drawings, held_out.renders)
    return split_pairs(everything, config.validation)


def split_pairs(everything: Pairs, kept: int) -> tuple[Pairs, Pairs]:
    """Return pictures to train on and `kept` pairs to validate on; no pairs if there are fewer than 5 times as many."""
    common = Pairs.common(everything.drawings, everything.renders)
    if len(common) < 5 * kept:
        return everything, Pairs(common.drawings.select([]), common.renders.select([]))
    validation = Pairs.common(common.drawings.select([*range(kept)]), common.renders)
    keys = set(validation.drawings.keys)
    rest = [
        some.select([i for i, key in enumerate(some.keys) if key not in keys])
        for some in (everything.drawings, everything.renders)
    ]
    return Pairs(*rest), validation
