"""Any member of any sample of a dataset folder, by key: random access into plain tar shards."""

import os
from functools import cached_property
from pathlib import Path

from panic3d.runtime.errors import UserError
from panic3d.shards.plan import load_dataset_info
from panic3d.shards.tar import ShardMember, list_complete_samples


class SampleArchive:
    """A dataset folder (FORMATS: a dataset folder), read-only; the shards' headers are read once, when first needed.

    A shard that breaks off is read as far as its samples are whole; `broken` says which shards do.
    """

    def __init__(self, folder: Path) -> None:
        """UserError where the folder has no readable `dataset.json`."""
        self.folder = folder
        self.dataset = load_dataset_info(folder)
        self.broken: list[str] = []

    @cached_property
    def _places(self) -> dict[str, dict[str, tuple[Path, ShardMember]]]:
        """Key to member to where it lies."""
        places: dict[str, dict[str, tuple[Path, ShardMember]]] = {}
        for shard in sorted(self.folder.glob("shard-*.tar")):
            samples, broken = list_complete_samples(shard)
            if broken:
                self.broken.append(str(broken))
            for key, members in samples.items():
                places[key] = {entry.name: (shard, entry) for entry in members}
        return places

    def keys(self, split: str | None = None) -> list[str]:
        """The keys of all samples, or of a split of `dataset.json`, sorted."""
        if split is None:
            return sorted(self._places)
        if split not in self.dataset.splits:
            found = ", ".join(self.dataset.splits) or "none"
            raise UserError(f"expected a split '{split}' in {self.folder}/dataset.json, found {found}")
        return sorted(key for key in self.dataset.splits[split] if key in self._places)

    def members(self, key: str) -> list[str]:
        """The member names of a sample, without the key: `meta.json`, `front.rgba.png` ..."""
        return list(self._places[key])

    def read(self, key: str, member: str) -> bytes:
        """The bytes of a member. UserError where the sample or the member is not there."""
        if member not in self._places.get(key, {}):
            raise UserError(f"expected {key}.{member} in the shards of {self.folder}, found no such member")
        shard, entry = self._places[key][member]
        with shard.open("rb") as file:
            return os.pread(file.fileno(), entry.size, entry.offset)
