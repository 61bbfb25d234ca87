"""The characters of a run on orthographic views: what it trains on, in batches, and what it is validated on."""

from pathlib import Path
from typing import Any

from lightning_fabric import Fabric

from panic3d.cameras.camera import Camera
from panic3d.cameras.rigs import ORTHO_ANGLES_DEG, RIGS
from panic3d.datasets.batches import BatchShare, MultiviewLoader
from panic3d.datasets.multiview import VIEWS, EpochOrder, MultiviewBatch
from panic3d.datasets.reader import iterate_samples, load_splits
from panic3d.datasets.source import CharacterCache, CharacterSource, open_shard_characters
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
        sampled = tuple(view for view in views if view not in ORTHO_ANGLES_DEG)
        self.batches = MultiviewLoader(self.training, order, config.batch, share, config.readers, sampled)

    def next_batch(self) -> tuple[MultiviewBatch, list[bool]]:
        """Return this process's share of the next batch, and which of its characters are mirror images."""
        rank, processes = self.fabric.global_rank, self.fabric.world_size
        positions = range(self.batches.position + rank, self.batches.position + self.config.batch, processes)
        mirrored = [flipped for _, flipped in self.batches.order.select(positions)]
        return next(self.batches), mirrored

    @property
    def pictured_cameras(self) -> list[tuple[Camera, ...]]:
        """The cameras of the views that a discriminator is given: the perspective ones, else the four."""
        shown = [view for view in self.views if view not in ORTHO_ANGLES_DEG] or list(VIEWS)
        return [tuple(row[self.views.index(view)] for view in shown) for row in self.training.cameras]

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
        cached = CharacterCache(self.data, self.cache / split, self.views, size, split=split, limit=limit)
        cached.announce()
        # No process writes before all have seen how much space there is; each decodes its share of the shards.
        self.fabric.barrier()
        cached.decode(slice(self.fabric.global_rank, None, self.fabric.world_size))
        self.fabric.barrier()
        return cached.load()

    def state_dict(self) -> dict[str, Any]:
        return self.batches.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.batches.load_state_dict(state)

    def close(self) -> None:
        """End the reading threads."""
        self.batches.close()


def list_available_views(data: Path, top: bool, perspective: bool) -> tuple[str, ...]:
    """Return the views that a run reads: the four, and what else it has a use for if the first sample has it.

    That are the top, for the occupancy of points, and those of `persp8`, for a discriminator.
    """
    optional = (*(("top",) if top else ()), *(RIGS["persp8"] if perspective else ()))
    for _, _, members in iterate_samples(data, lambda _: None):
        return (*VIEWS, *(view for view in optional if f"{view}.rgba.png" in members))
    return VIEWS
