"""Dataset folders as streams of samples: shards, splits, and the members of one sample after the other."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from panic3d.datasets.splits import choose_by_key
from panic3d.runtime.errors import UserError
from panic3d.shards.plan import DATASET_FILE, load_dataset_info
from panic3d.shards.tar import list_complete_samples, read_samples

logger = logging.getLogger(__name__)
Report = Callable[[str], None]
"""Takes one sentence about something that is left out. By default these are logged as warnings."""


def list_shards(folder: Path) -> list[Path]:
    """List the shards of a dataset folder in order. Raises UserError where there is no such folder or no shard."""
    if not folder.is_dir():
        raise UserError(f"there is no dataset folder {folder}: make one with `panic3d render ... --out {folder}`")
    shards = sorted(folder.glob("shard-*.tar"))
    if not shards:
        raise UserError(f"{folder} holds no shard-*.tar: make some with `panic3d render ... --out {folder}`")
    return shards


def load_splits(folder: Path) -> dict[str, list[str]]:
    """Load the splits of `dataset.json`; empty where the folder has shards without one."""
    return load_dataset_info(folder).splits if (folder / DATASET_FILE).exists() else {}


class SplitKeys:
    """The keys that belong to a split of a folder.

    A folder without that split has all its keys in it, except those that belong to another split.
    """

    def __init__(self, folder: Path, split: str, limit: int = 0) -> None:
        """With a `limit` at most so many keys of a listed split, see `choose_by_key`."""
        splits = load_splits(folder)
        self.listed: set[str] | None = None
        if split in splits:
            keys = sorted(set(splits[split]))
            self.listed = {keys[i] for i in choose_by_key(keys, limit)}
        self.others = {key for name, keys in splits.items() if name != split for key in keys}

    def __contains__(self, key: str) -> bool:
        return (self.listed is None or key in self.listed) and key not in self.others

    def to_json(self) -> list[list[str] | None]:
        """Both sets as sorted lists: what identifies the selection."""
        return [None if self.listed is None else sorted(self.listed), sorted(self.others)]


def iterate_samples(folder: Path, report: Report = logger.warning) -> Iterator[tuple[str, str, dict[str, bytes]]]:
    """Iterate over all samples: shard name, key, and members by name without the key. Broken shards are reported."""
    for path in list_shards(folder):
        samples, broken = list_complete_samples(path)
        for key, members in read_samples(path, samples):
            yield path.name, key, members
        if broken:
            report(f"{broken}: its incomplete samples are left out")
