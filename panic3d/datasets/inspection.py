"""A description of the content of a dataset folder, and a list of what is wrong with it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from panic3d.shards.manifest import load_manifest
from panic3d.shards.metadata.samples import parse_meta
from panic3d.shards.plan import DatasetInfo, format_shard_name
from panic3d.shards.schema import compute_sha256, read_png
from panic3d.shards.tar import ShardMember, list_complete_samples, read_samples

if TYPE_CHECKING:
    import pandas as pd

BARS = " ▁▂▃▄▅▆▇█"
"""The characters of a histogram, from an empty bin to a full one."""
BINS = 20
NAMED_KEYS = 3
"""Lost samples of a shard that a message names."""
COMMANDS = {"drawing": "portraits", "official": "data import-official"}
"""The commands that make folders of the engines, up to their hyphen, besides `panic3d render`."""
OPTIONAL_PASSES = {"normals": "normal", "parts": "part"}
"""The option of `panic3d render` to the kind of member that it adds to each view."""
FRAMING = {
    "width": "width_share",
    "height": "height_share",
    "depth": "depth_share",
    "opaque": "opaque_share",
    "scale": "scale",
}


def find_problems(folder: Path, info: DatasetInfo) -> list[str]:
    """Find shards that are incomplete or changed, and samples with missing or broken members, a sentence for each.

    The pictures of a shard whose sha256 is the recorded one are as they were written, so that only others are decoded.
    """
    found: list[str] = []
    recorded = {shard["name"]: shard["sha256"] for shard in info.shards}
    plan = {format_shard_name(group): keys for group, keys in enumerate(info.plan)}
    records = load_manifest(folder).records
    absent = {key for key, record in records.items() if record.status != "ok"}
    lost_before = {key for key, record in records.items() if record.is_lost}
    for name in sorted(recorded.keys() | {path.name for path in folder.glob("shard-*.tar")}):
        path, keys = folder / name, plan.get(name, [])
        if not path.is_file():
            if recorded[name] or lost_before & set(keys):
                lost = [key for key in keys if key not in absent - lost_before]
                found.append(f"shard {name} is missing; {_describe_loss(folder, info, lost)}")
            continue
        samples, broken = list_complete_samples(path)
        if broken:
            lost = [key for key in keys if key not in samples and key not in absent - lost_before]
            found.append(f"{broken} with {len(samples)} complete samples; {_describe_loss(folder, info, lost)}")
        elif lost := [key for key in keys if key in lost_before and key not in samples]:
            found.append(f"shard {name} was damaged; {_describe_loss(folder, info, lost)}")
        written = recorded.get(name)
        changed = written != compute_sha256(path)
        if changed and written and not broken:
            found.append(
                f"shard {name} was changed after it was written (another sha256): if its content is not what you want, "
                "remove it and run the render command again"
            )
        for key, members in samples.items():
            found += [f"{name}: {key}: {problem}" for problem in _check_sample(path, key, members, changed, info)]
    return found


def _describe_loss(folder: Path, info: DatasetInfo, lost: Sequence[str]) -> str:
    """Name the samples that a shard has lost, and the command that makes them again."""
    names = ", ".join(lost[:NAMED_KEYS]) + (f" and {len(lost) - NAMED_KEYS} more" if len(lost) > NAMED_KEYS else "")
    command = COMMANDS.get(info.engine.partition("-")[0], "render")
    return f"lost: {names or 'nothing'}; the same `panic3d {command} ... --out {folder}` repairs it"


def _check_sample(shard: Path, key: str, listed: list[ShardMember], decode: bool, info: DatasetInfo) -> Iterator[str]:
    names = {member.name for member in listed}
    chosen = [member for member in listed if decode or member.name == "meta.json"]
    ((_, members),) = read_samples(shard, {key: chosen})
    try:
        views = parse_meta(members["meta.json"]).get("views", {})
    except (KeyError, ValueError) as error:
        yield f"meta.json is missing or unreadable ({error})"
        return
    optional = [kind for option, kind in OPTIONAL_PASSES.items() if info.options.get(option)]
    wanted = {f"{view}.{kind}.png" for view in views for kind in ("rgba", "depth", *optional)}
    if info.options.get("illustrate"):
        wanted.add("front.illustration.png")
    if missing := sorted(wanted - names):
        yield f"{', '.join(missing[:3])}{' ...' if len(missing) > 3 else ''} missing"
    for name, data in members.items():
        if name.endswith(".png"):
            try:
                read_png(data)
            except (OSError, ValueError, SyntaxError):
                yield f"{name} is not a readable PNG"


def describe_folder(folder: Path, info: DatasetInfo, index: "pd.DataFrame") -> Iterator[str]:
    """Describe counts, sizes, licences, splits, framing as histograms, and what was skipped or failed, line by line."""
    good = index[index.status == "ok"]
    shards = [shard for shard in info.shards if shard["sha256"]] or sorted(folder.glob("shard-*.tar"))
    total = float(good.bytes.sum())
    yield f"{folder}: {len(good)} avatars in {len(shards)} shards"
    counts = index.status.value_counts()
    yield "  " + ", ".join(f"{counts.get(status, 0)} {status}" for status in ("ok", "skipped", "failed", "missing"))
    yield (
        f"  rig {info.rig}, {info.size} px, engine {info.engine}, {int(good.views.sum())} views, "
        f"{_format_size(total)}" + (f", {_format_size(total / len(good))} per avatar" if len(good) else "")
    )
    for kind, size in _sum_bytes_by_kind(folder).most_common():
        yield f"    {kind}: {_format_size(size)}"
    for name, column in (("kinds", "kind"), ("licences", "licence"), ("families", "family")):
        tally = good[column].fillna("").value_counts()
        if len(tally) and list(tally.index) != [""]:
            yield f"  {name}: " + ", ".join(f"{value or 'unknown'} {count}" for value, count in tally.head(6).items())
    for name, keys in info.splits.items():
        yield f"  split {name}: {len(keys)}"
    if len(good):
        cut, scaled = good.cut.fillna(False), good.scale.fillna(1.0) != 1.0
        yield f"  {cut.sum()} with head parts cut by the box ({cut.mean():.0%}), {scaled.sum()} scaled to fit it"
        for name, column in FRAMING.items():
            values = good[column].dropna().to_numpy(np.float64)
            if len(values):
                yield f"  {name:>7} {draw_histogram(values)}"
        yield from _describe_borders(good)
    for row in index[index.status.isin(["skipped", "failed"])].itertuples():
        yield f"  {row.status}: {row.source}: {row.reason}"


def _format_size(count: float | int) -> str:
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{count / 2**10:.1f} KiB"


def _describe_borders(good: "pd.DataFrame") -> Iterator[str]:
    reached = Counter(side for sides in good.touches.dropna() for side in sides.split(",") if side)
    if reached:
        borders = ", ".join(f"{side} {count}" for side, count in reached.most_common())
        yield f"  front silhouettes that reach a border: {borders}"


def draw_histogram(values: np.ndarray) -> str:
    """Draw twenty bars from 0 to 1 (or to the largest value, if that is more), with median and ends as numbers."""
    top = max(1.0, float(values.max()))
    counts, _ = np.histogram(values, BINS, (0.0, top))
    bars = "".join(BARS[int(np.ceil(count / counts.max() * (len(BARS) - 1)))] for count in counts)
    low, middle, high = np.quantile(values, [0.0, 0.5, 1.0])
    return f"0|{bars}|{top:g}  median {middle:.2f}, {low:.2f} to {high:.2f}"


def _sum_bytes_by_kind(folder: Path) -> Counter[str]:
    """Sum the bytes of all members by their kind: `rgba.png`, `depth.png`, `mesh.glb` ..."""
    sizes: Counter[str] = Counter()
    for path in folder.glob("shard-*.tar"):
        for members in list_complete_samples(path)[0].values():
            for member in members:
                view, _, kind = member.name.partition(".")
                sizes[kind if "." in kind else f"{view}.{kind}"] += member.size
    return sizes
