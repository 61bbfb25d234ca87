"""`index.parquet`, one row per avatar: its source, its outcome, its shard, and how it fills the box."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from panic3d.cameras.axes import BOX_SIDE_M, MASK_ALPHA
from panic3d.runtime.files import open_atomically
from panic3d.shards.manifest import Manifest
from panic3d.shards.metadata.samples import parse_meta
from panic3d.shards.plan import DatasetInfo, format_shard_name
from panic3d.shards.schema import read_png
from panic3d.shards.tar import list_complete_samples, read_samples

if TYPE_CHECKING:
    import pandas as pd

INDEX_FILE = "index.parquet"
FRAMING_VIEWS = ("front", "left")
"""The views that the framing is measured in, where there are pictures of them."""
COLUMNS: dict[str, str] = {
    "key": "string",
    "source": "string",
    "status": "string",  # ok, skipped, failed; missing: planned and not yet rendered
    "reason": "string",
    "split": "string",
    "shard": "string",
    "shard_sha256": "string",
    "sha256": "string",  # of the source file
    "kind": "string",
    "title": "string",
    "author": "string",
    "licence": "string",
    "family": "string",
    "tags": "object",  # list of strings
    "views": "Int64",
    "bytes": "Int64",
    "scale": "float64",
    "cut": "boolean",
    "width_share": "float64",  # of the box's side that the front silhouette spans
    "height_share": "float64",
    "depth_share": "float64",  # that the left silhouette spans
    "opaque_share": "float64",  # of the front view's pixels
    "top_m": "float64",  # of the front silhouette, in the head frame
    "touches": "string",  # borders of the front view that the silhouette reaches
    "attempts": "Int64",
    "seconds": "float64",
    "peak_mb": "Int64",
}


def write_index(folder: Path, info: DatasetInfo, manifest: Manifest) -> "pd.DataFrame":
    """Write the index and return it. A shard is read again only where its sha256 differs from the last index.

    The numbers of a broken picture are left empty; `panic3d dataset inspect` reports it.
    """
    import pandas as pd

    known = _load_known_rows(folder)
    split_of = {key: name for name, keys in info.splits.items() for key in keys}
    rows: dict[str, dict[str, Any]] = {}
    for group, keys in enumerate(info.plan):
        sha256 = info.shards[group]["sha256"] if group < len(info.shards) else None
        found = known.get(sha256 or "") or _make_sample_rows(folder / format_shard_name(group), sha256)
        rows |= {key: found.get(key, {"key": key}) for key in keys}
    for key, entry in manifest.records.items():
        outcome = {"source": Path(entry.source).name, "status": entry.status, "reason": entry.reason}
        numbers = {"attempts": entry.attempts, "seconds": entry.seconds, "peak_mb": entry.peak_mb}
        rows[key] = (
            {"key": key} | outcome | rows.get(key, {}) | {"status": entry.status, "reason": entry.reason} | numbers
        )
    for key, row in rows.items():
        there = row.get("shard") is not None
        row["split"] = split_of.get(key)
        row["status"] = "ok" if there else row["status"] if row.get("status") in ("failed", "skipped") else "missing"
    table = pd.DataFrame(
        [{name: _encode_text(value) for name, value in rows[key].items()} for key in sorted(rows)],
        columns=list(COLUMNS),
    ).astype(COLUMNS)
    with open_atomically(folder / INDEX_FILE) as file:
        table.to_parquet(file, index=False)
    return table


def _encode_text(value: Any) -> Any:
    """Escape what UTF-8 cannot encode, such as the bytes of a file name in another encoding."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def _load_known_rows(folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Load the rows of the last index, by the shard's sha256 and the key."""
    import pandas as pd

    path = folder / INDEX_FILE
    if not path.exists():
        return {}
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError):  # broken, so made again
        return {}
    if list(table.columns) != list(COLUMNS):
        return {}
    known: dict[str, dict[str, dict[str, Any]]] = {}
    for row in table[table.shard_sha256.notna()].to_dict("records"):
        kept = {str(name): value for name, value in row.items() if isinstance(value, np.ndarray) or not pd.isna(value)}
        known.setdefault(kept["shard_sha256"], {})[kept["key"]] = kept
    return known


def _make_sample_rows(shard: Path, sha256: str | None) -> dict[str, dict[str, Any]]:
    if not shard.exists():
        return {}
    samples, _ = list_complete_samples(shard)
    wanted = {"meta.json", *(f"{view}.rgba.png" for view in FRAMING_VIEWS)}
    few = {key: [member for member in members if member.name in wanted] for key, members in samples.items()}
    rows = {}
    for key, members in read_samples(shard, few):
        row = {
            "key": key,
            "shard": shard.name,
            "shard_sha256": sha256,
            "bytes": sum(member.size for member in samples[key]),
        }
        rows[key] = row | _make_meta_row(members.get("meta.json", b"{}")) | measure_framing(members)
    return rows


def _make_meta_row(data: bytes) -> dict[str, Any]:
    try:
        meta = parse_meta(data)
    except ValueError:
        return {}
    labels = meta.get("labels") or {}
    texts = {name: meta.get(name) for name in ("source", "sha256", "kind", "title", "author", "licence")}
    row = {name: None if value is None else str(value) for name, value in texts.items()}
    return row | {
        "scale": meta.get("scale"),
        "cut": meta.get("cut"),
        "views": len(meta.get("views", {})),
        "family": labels.get("family"),
        "tags": list(labels.get("tags") or []),
    }


def measure_framing(members: dict[str, bytes]) -> dict[str, Any]:
    """Measure how a sample's silhouettes fill the box: shares of side and picture, metres, borders reached."""
    numbers: dict[str, Any] = {}
    for view, across in zip(FRAMING_VIEWS, ("width_share", "depth_share"), strict=True):
        try:
            mask = read_png(members[f"{view}.rgba.png"])[..., 3] >= MASK_ALPHA * 255
        except (KeyError, OSError, ValueError, SyntaxError, IndexError):
            continue
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not len(rows):
            numbers |= {across: 0.0} | ({"opaque_share": 0.0} if view == "front" else {})
            continue
        numbers[across] = (columns[-1] + 1 - columns[0]) / mask.shape[1]
        if view == "front":
            reached = {
                "top": rows[0] == 0,
                "bottom": rows[-1] == mask.shape[0] - 1,
                "left": columns[0] == 0,
                "right": columns[-1] == mask.shape[1] - 1,
            }
            numbers |= {
                "height_share": (rows[-1] + 1 - rows[0]) / mask.shape[0],
                "opaque_share": float(mask.mean()),
                "top_m": BOX_SIDE_M * (0.5 - rows[0] / mask.shape[0]),
                "touches": ",".join(name for name, there in reached.items() if there),
            }
    return numbers
