"""What is in a dataset folder, in lines for a person, and what is wrong with it, by name."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from panic3d.shards.plan import DatasetInfo
from panic3d.shards.schema import read_png, sha256_of
from panic3d.shards.tar import ShardMember, list_complete_samples, read_samples

if TYPE_CHECKING:
    import pandas as pd

BARS = " ▁▂▃▄▅▆▇█"
BINS = 20
OPTIONAL_PASSES = {"normals": "normal", "parts": "part"}
FRAMING = {
    "width": "width_share",
    "height": "height_share",
    "depth": "depth_share",
    "opaque": "opaque_share",
    "scale": "scale",
}


def broken_samples(folder: Path, record: DatasetInfo) -> list[str]:
    """A sentence for each shard that is cut or changed, and each sample with missing or unreadable members.

    The pictures of a shard whose sha256 is the one on record are as they were written, so only others are decoded.
    """
    found: list[str] = []
    on_record = {shard["name"]: shard["sha256"] for shard in record.shards}
    for name in sorted(set(on_record) - {path.name for path in folder.glob("shard-*.tar")}):
        if on_record[name]:
            found.append(f"shard {name} is missing: the render command makes it again")
    for path in sorted(folder.glob("shard-*.tar")):
        samples, broken = list_complete_samples(path)
        if broken:
            found.append(f"{broken}: the render command keeps its {len(samples)} whole samples and mends it")
        written = on_record.get(path.name)
        changed = written != sha256_of(path)
        if changed and written and not broken:
            found.append(
                f"shard {path.name} is not as it was written (another sha256): if what it holds is not wanted so, "
                "remove it and give the render command again"
            )
        for key, members in samples.items():
            found += [f"{path.name}: {key}: {fault}" for fault in _faults(path, key, members, changed, record)]
    return found


def _faults(shard: Path, key: str, entries: list[ShardMember], decode: bool, record: DatasetInfo) -> Iterator[str]:
    names = {entry.name for entry in entries}
    chosen = [entry for entry in entries if decode or entry.name == "meta.json"]
    ((_, members),) = read_samples(shard, {key: chosen})
    try:
        views = json.loads(members["meta.json"])["views"]
    except (KeyError, ValueError, TypeError):
        yield "meta.json is missing or unreadable"
        return
    optional = [kind for option, kind in OPTIONAL_PASSES.items() if record.options.get(option)]
    wanted = {f"{view}.{kind}.png" for view in views for kind in ("rgba", "depth", *optional)}
    if record.options.get("illustrate"):
        wanted.add("front.illustration.png")
    if missing := sorted(wanted - names):
        yield f"{', '.join(missing[:3])}{' ...' if len(missing) > 3 else ''} missing"
    for name, data in members.items():
        if name.endswith(".png"):
            try:
                read_png(data)
            except (OSError, ValueError, SyntaxError):
                yield f"{name} is not a readable PNG"


def report(folder: Path, record: DatasetInfo, index: "pd.DataFrame") -> Iterator[str]:
    """Counts, sizes, licences, splits, histograms of framing, what was skipped or failed."""
    good = index[index.status == "ok"]
    shards = [shard for shard in record.shards if shard["sha256"]] or sorted(folder.glob("shard-*.tar"))
    total = float(good.bytes.sum())
    yield f"{folder}: {len(good)} avatars in {len(shards)} shards"
    counts = index.status.value_counts()
    yield "  " + ", ".join(f"{counts.get(status, 0)} {status}" for status in ("ok", "skipped", "failed", "missing"))
    yield (
        f"  rig {record.rig}, {record.size} px, engine {record.engine}, {int(good.views.sum())} views, "
        f"{_size(total)}" + (f", {_size(total / len(good))} an avatar" if len(good) else "")
    )
    for kind, size in _bytes_by_kind(folder).most_common():
        yield f"    {kind}: {_size(size)}"
    for name, column in (("kinds", "kind"), ("licences", "licence"), ("families", "family")):
        tally = good[column].fillna("").value_counts()
        if len(tally) and list(tally.index) != [""]:
            yield f"  {name}: " + ", ".join(f"{value or 'unknown'} {count}" for value, count in tally.head(6).items())
    for name, keys in record.splits.items():
        yield f"  split {name}: {len(keys)}"
    if len(good):
        cut, scaled = good.cut.fillna(False), good.scale.fillna(1.0) != 1.0
        yield f"  {cut.sum()} with head parts cut by the box ({cut.mean():.0%}), {scaled.sum()} scaled to fit it"
        for name, column in FRAMING.items():
            values = good[column].dropna().to_numpy(np.float64)
            if len(values):
                yield f"  {name:>7} {histogram(values)}"
        yield from _borders(good)
    for row in index[index.status.isin(["skipped", "failed"])].itertuples():
        yield f"  {row.status}: {row.source}: {row.reason}"


def _size(count: float | int) -> str:
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{count / 2**10:.1f} KiB"


def _borders(good: "pd.DataFrame") -> Iterator[str]:
    reached = Counter(side for sides in good.touches.dropna() for side in sides.split(",") if side)
    if reached:
        borders = ", ".join(f"{side} {count}" for side, count in reached.most_common())
        yield f"  front silhouettes that reach a border: {borders}"


def histogram(values: np.ndarray) -> str:
    """Twenty bars from 0 to 1 (to the largest value where that is more), and the median and the ends in figures."""
    top = max(1.0, float(values.max()))
    counts, _ = np.histogram(values, BINS, (0.0, top))
    bars = "".join(BARS[int(np.ceil(count / counts.max() * (len(BARS) - 1)))] for count in counts)
    low, middle, high = np.quantile(values, [0.0, 0.5, 1.0])
    return f"0|{bars}|{top:g}  median {middle:.2f}, {low:.2f} to {high:.2f}"


def _bytes_by_kind(folder: Path) -> Counter[str]:
    """Bytes of the members by what they are: `rgba.png`, `depth.png`, `mesh.glb` ..."""
    sizes: Counter[str] = Counter()
    for path in folder.glob("shard-*.tar"):
        for members in list_complete_samples(path)[0].values():
            for entry in members:
                view, _, kind = entry.name.partition(".")
                sizes[kind if "." in kind else f"{view}.{kind}"] += entry.size
    return sizes
