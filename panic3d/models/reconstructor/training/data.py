"""The characters of a run on orthographic views: what it trains on, in batches, and what it is validated on."""

from pathlib import Path
from typing import Any

from lightning_fabric import Fabric

from panic3d.cameras.rigs import RIGS
from panic3d.datasets.batches import BatchShare, MultiviewLoader
from panic3d.datasets.multiview import VIEWS, EpochOrder, MultiviewBatch
from panic3d.datasets.reader import iterate_samples, load_splits
from panic3d.datasets.source import CharacterSource, load_cached_characters, open_shard_characters
from panic3d.models.engine.validation import choose_validation
from panic3d.models.reconstructor.training.config import MultiviewRunConfig


class MultiviewData:
    """The characters of a dataset folder as one process of a run reads them."""

    def __init__(
        self, fabric: Fabric, data: Path, run: Path, config: MultiviewRunConfig, views: tuple[str, ...]
    ) -> None:
        """Decode the views into the cache, or open the shards. Validation has its split, else some of the training."""
        self.fabric, self.data, self.config, self.views = fabric, data, config, views
        self.cache = Path(config.cache) if config.cache else run / "cache"
        self.training, self.validation = self._split()
        order = EpochOrder(len(self.training), config.mirror, config.seed)
        share = BatchShare(fabric.global_rank, fabric.world_size)
        self.batches = MultiviewLoader(self.training, order, config.batch, share, config.readers)

    def next_batch(self) -> tuple[MultiviewBatch, list[bool]]:
        """Return this process's share of the next batch, and which of its characters are mirror images."""
        rank, processes = self.fabric.global_rank, self.fabric.world_size
        positions = range(self.batches.position + rank, self.batches.position + self.config.batch, processes)
        mirrored = [flipped for _, flipped in self.batches.order.select(positions)]
        return next(self.batches), mirrored

    def _split(self) -> tuple[CharacterSource, CharacterSource]:
        everyone, listed = self._open_source("train"), load_splits(self.data)
        if "val" in listed:
            self.held_out = len(listed["val"])
            return everyone, self._open_source("val", self.config.validation_limit)
        chosen = choose_validation(len(everyone), self.config.validation)
        self.held_out = len(chosen)
        rest = sorted(set(range(len(everyone))) - set(chosen))
        return everyone.select(rest) if chosen else everyone, everyone.select(chosen)

    def _open_source(self, split: str, limit: int = 0) -> CharacterSource:
        """Open a split, or only those of its characters that are validated: the others need no place in the cache."""
        size = self.config.model.picture_size
        if self.config.reading == "stream":
            return open_shard_characters(self.data, self.views, size, split=split, limit=limit)
        # The first process decodes; the others then find the cache complete.
        if self.fabric.is_global_zero:
            self._load_cached(split, limit)
        self.fabric.barrier()
        return self._load_cached(split, limit)

    def _load_cached(self, split: str, limit: int) -> CharacterSource:
        size = self.config.model.picture_size
        return load_cached_characters(self.data, self.cache / split, self.views, size, split=split, limit=limit)

    def state_dict(self) -> dict[str, Any]:
        return self.batches.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.batches.load_state_dict(state)

    def close(self) -> None:
        """End the reading threads."""
        self.batches.close()


def list_available_views(data: Path, perspective: bool) -> tuple[str, ...]:
    """Return the four views, and the top if the first sample has it; with `perspective` also those of `persp8`."""
    optional = ("top", *(RIGS["persp8"] if perspective else ()))
    for _, _, members in iterate_samples(data, lambda _: None):
        return (*VIEWS, *(view for view in optional if f"{view}.rgba.png" in members))
    return VIEWS
