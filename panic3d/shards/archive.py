"""Random access to the members of a dataset folder's samples, by key."""

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from panic3d.runtime.errors import UserError
from panic3d.shards.metadata.samples import PairRecord, SampleMeta, parse_meta, parse_pair
from panic3d.shards.plan import load_dataset_info
from panic3d.shards.tar import ShardMember, list_complete_samples

Record = TypeVar("Record")


class SampleArchive:
    """A dataset folder (see docs/reference/formats.md), read-only. Headers of shards are read once, when first needed.

    A shard that is incomplete is read up to its last complete sample; `broken` lists such shards.
    """

    def __init__(self, folder: Path) -> None:
        """Raises UserError where the folder has no readable `dataset.json`."""
        self.folder = folder
        self.dataset = load_dataset_info(folder)
        self.broken: list[str] = []

    @cached_property
    def _members(self) -> dict[str, dict[str, tuple[Path, ShardMember]]]:
        """Key to member name to its shard and position."""
        found: dict[str, dict[str, tuple[Path, ShardMember]]] = {}
        for shard in sorted(self.folder.glob("shard-*.tar")):
            samples, broken = list_complete_samples(shard)
            if broken:
                self.broken.append(str(broken))
            for key, members in samples.items():
                found[key] = {member.name: (shard, member) for member in members}
        return found

    def keys(self, split: str | None = None) -> list[str]:
        """Return the keys of all samples, or of a split of `dataset.json`, sorted."""
        if split is None:
            return sorted(self._members)
        if split not in self.dataset.splits:
            found = ", ".join(self.dataset.splits) or "none"
            raise UserError(f"expected a split '{split}' in {self.folder}/dataset.json, found {found}")
        return sorted(key for key in self.dataset.splits[split] if key in self._members)

    def members(self, key: str) -> list[str]:
        """Return the member names of a sample, without the key: `meta.json`, `front.rgba.png` ..."""
        return list(self._members[key])

    def read(self, key: str, member: str) -> bytes:
        """Read the bytes of a member. Raises UserError where there is no such sample or member."""
        if member not in self._members.get(key, {}):
            raise UserError(f"expected {key}.{member} in the shards of {self.folder}, found no such member")
        shard, position = self._members[key][member]
        with shard.open("rb") as file:
            return os.pread(file.fileno(), position.size, position.offset)

    def read_meta(self, key: str) -> SampleMeta:
        """Read a sample's `meta.json`. Raises UserError where it is missing or broken."""
        return self._parse(key, "meta.json", parse_meta)

    def read_pair(self, key: str) -> PairRecord:
        """Read a pair's `pair.json`. Raises UserError where it is missing or broken."""
        return self._parse(key, "pair.json", parse_pair)

    def _parse(self, key: str, member: str, parse: Callable[[bytes], Record]) -> Record:
        try:
            return parse(self.read(key, member))
        except ValueError as error:
            raise UserError(f"{key}.{member} in {self.folder} is broken ({error}): make the sample again") from error
