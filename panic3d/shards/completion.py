"""Members that are added to the samples of finished shards, such as those that make a dataset a benchmark suite."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from panic3d.runtime.errors import UserError
from panic3d.runtime.folder_lock import lock_folder
from panic3d.runtime.progress import Progress
from panic3d.shards.builder import finish_folder
from panic3d.shards.manifest import Manifest
from panic3d.shards.plan import load_dataset_info
from panic3d.shards.tar import list_complete_samples, read_samples
from panic3d.shards.writer import write_tar

Members = Mapping[str, bytes]
"""The members of a sample by name, without the key."""
MakeMore = Callable[[str, Members], dict[str, bytes]]
"""Makes the members to add, from a sample's key and its members."""


def add_members(
    folder: Path,
    manifest: Manifest,
    make_more: MakeMore,
    marker: str,
    remove: Collection[str] = (),
    options: Mapping[str, Any] | None = None,
) -> None:
    """Add members to every sample of a folder that lacks the member `marker`, and write the folder's records again.

    `remove` names members to leave out of the shards that are written again. `options` are added to those in
    `dataset.json`.
    """
    shards = sorted(folder.glob("shard-*.tar"))
    with lock_folder(folder), Progress("complete", len(shards)) as progress:
        for shard in shards:
            add_members_to_shard(shard, make_more, marker, remove)
            progress.step(shard.name)
        info = load_dataset_info(folder)
        info.options |= options or {}
        finish_folder(folder, info, manifest)


def add_members_to_shard(shard: Path, make_more: MakeMore, marker: str, remove: Collection[str] = ()) -> None:
    """Add members to the samples of one shard, see `add_members`. The shard is replaced at once, when complete.

    Raises UserError where it is broken.
    """
    listed, broken = list_complete_samples(shard)
    if broken:
        raise UserError(f"{broken}: repair it with the command that made {shard.parent}, then give this one again")
    if all(any(member.name == marker for member in sample) for sample in listed.values()):
        return
    files: list[tuple[str, bytes]] = []
    for key, found in sorted(read_samples(shard, listed)):
        members = found if marker in found else found | make_more(key, found)
        files += [(f"{key}.{name}", members[name]) for name in sorted(set(members) - set(remove))]
    write_tar(shard, files)
