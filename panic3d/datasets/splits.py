"""Training, validation and test splits: by content hash, or from lists of ids such as the paper's."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from panic3d.runtime.errors import UserError
from panic3d.shards.key_lists import read_first_column
from panic3d.shards.schema import make_plain_stem

HASH_DIGITS = 8


def split_by_hash(keys: Sequence[str], val: float, test: float) -> dict[str, list[str]]:
    """Split keys into shares in the order of their content hashes, which are independent of names and families.

    Copies of one file stay together, so that a share may be off by a few keys.
    """
    hashes = sorted({key[-HASH_DIGITS:] for key in keys})
    ends = [round(len(hashes) * test), round(len(hashes) * test) + round(len(hashes) * val)]
    name_of = {
        digits: "test" if place < ends[0] else "val" if place < ends[1] else "train"
        for place, digits in enumerate(hashes)
    }
    splits: dict[str, list[str]] = {"train": [], "val": [], "test": []}
    for key in sorted(keys):
        splits[name_of[key[-HASH_DIGITS:]]].append(key)
    return splits


def choose_by_key(keys: Sequence[str], limit: int) -> list[int]:
    """Return the places, ascending, of at most `limit` samples (0: of all), chosen by a hash of their keys.

    The choice depends on the set of keys alone: not on their order, the seed or the machine. A sample that is added
    takes the place of at most one other.
    """
    if not limit or len(keys) <= limit:
        return list(range(len(keys)))
    hashes = [hashlib.sha256(key.encode(errors="surrogateescape")).digest() for key in keys]
    return sorted(sorted(range(len(keys)), key=lambda i: (hashes[i], keys[i]))[:limit])


def read_ids(path: Path) -> list[str]:
    """Read the first column of a list (text or CSV). Empty lines and `#` comments are ignored."""
    try:
        ids = read_first_column(path)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read the list of ids {path} ({error}): expected one id per line") from error
    return [name for name in ids if name and not name.startswith("#")]


def split_by_ids(keys: Sequence[str], lists: Mapping[str, Sequence[str]]) -> tuple[dict[str, list[str]], list[str]]:
    """Split keys by lists of ids. Returns the splits, and sentences on ids without an avatar and avatars without an id.

    An id is a key, or the name of the avatar's file, whole or its last part (`genshin/amber`), with or without an
    ending. Raises UserError where an id stands in two lists, or no id fits any avatar.
    """
    by_stem: dict[str, list[str]] = {}
    for key in keys:
        by_stem.setdefault(key[: -HASH_DIGITS - 1], []).append(key)
    known, taken = set(keys), dict[str, str]()
    splits: dict[str, list[str]] = {}
    problems: list[str] = []
    for name, ids in lists.items():
        chosen: list[str] = []
        absent: list[str] = []
        for entry in ids:
            found = [entry] if entry in known else by_stem.get(_find_stem(entry, by_stem), [])
            (chosen.extend(found) if found else absent.append(entry))
        for key in set(chosen):
            if taken.setdefault(key, name) != name:
                raise UserError(f"{key} stands in the lists of both {taken[key]} and {name}: give each id once")
        splits[name] = sorted(set(chosen))
        if absent:
            some = ", ".join(absent[:3]) + (" ..." if len(absent) > 3 else "")
            problems.append(f"{len(absent)} of the {len(ids)} ids for {name} have no avatar here: {some}")
    if not taken:
        raise UserError("no id of the lists is an avatar here: expected keys or names of avatar files")
    left = len(known) - len(taken)
    if left:
        problems.append(f"{left} avatars stand in no list and belong to no split")
    return splits, problems


def _find_stem(entry: str, by_stem: Mapping[str, object]) -> str:
    """Find the stem that an id means: that of its last part, with or without an ending."""
    last = Path(entry).name
    whole = make_plain_stem(Path(last + ".x"))
    return whole if whole in by_stem else make_plain_stem(Path(last))
