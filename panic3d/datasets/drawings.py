"""Drawings and true front renders, decoded once into memory-mapped pictures: what line removal and its rivals draw."""

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.cameras.rigs import camera_of
from panic3d.datasets.reader import Report, keys_apart, samples, shards_of
from panic3d.runtime.errors import UserError
from panic3d.runtime.progress import Progress
from panic3d.shards.schema import read_png

VERSION = 1
DRAWING, RENDER = "front.illustration.png", "front.rgba.png"
LABELS = "labels.jsonl"
AT_ONCE = 16


@dataclass(frozen=True)
class Pictures:
    """Pictures of one kind, RGBA with straight alpha, and where the 28 landmarks of each lie."""

    keys: tuple[str, ...]
    rgba: UInt8[np.ndarray, "N 512 512 4"]
    landmarks_px: Float32[np.ndarray, "N 28 2"]
    """Column and row; NaN where nobody knows."""

    def __len__(self) -> int:
        return len(self.keys)

    def landmarks_of(self, index: int) -> Float32[np.ndarray, "28 2"] | None:
        found = self.landmarks_px[index]
        return found if np.isfinite(found).all() else None

    def only(self, chosen: list[int]) -> "Pictures":
        return Pictures(tuple(self.keys[i] for i in chosen), _chosen(self.rgba, chosen), self.landmarks_px[chosen])


def _chosen(array: np.ndarray, chosen: list[int]) -> np.ndarray:
    """A view where the rows follow each other, so that a mapped file stays on disk."""
    if chosen and chosen == list(range(chosen[0], chosen[-1] + 1)):
        return array[chosen[0] : chosen[-1] + 1]
    return array[chosen]


def pictures(folder: Path, member: str, cache: Path, report: Report, split: str = "train") -> Pictures:
    """All samples of a split that have the member (`DRAWING` or `RENDER`) at 512 pixels, from `cache` where it was
    made from these shards. What is left out is reported. UserError where nothing is left.

    Landmarks are those of the label in `meta.json`, else of `labels.jsonl` beside the shards, by the avatar's sha256,
    else `landmarks_px` in `meta.json`, as drawings without a 3D model have them.
    """
    made_from = _fingerprint(folder, member, split)
    index_file = cache / "index.json"
    index = json.loads(index_file.read_text()) if index_file.is_file() else {}
    if index.get("made_from") != made_from:
        _decode(folder, member, cache, report, split, made_from)
        index = json.loads(index_file.read_text())
    count = len(index["keys"])
    rgba = np.memmap(cache / "rgba.u8", np.uint8, "r", shape=(count, IMAGE_SIZE, IMAGE_SIZE, 4))
    return Pictures(tuple(index["keys"]), rgba, np.load(cache / "landmarks_px.npy"))


def _decode(folder: Path, member: str, cache: Path, report: Report, split: str, made_from: dict[str, Any]) -> None:
    partial = cache.with_name(cache.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    labels, keys, landmarks = labels_beside(folder), [], []
    wanted = _wanted(folder, member, split, report)
    with (
        (partial / "rgba.u8").open("wb") as file,
        ThreadPoolExecutor(2) as pool,
        Progress("decoding pictures", len(shards_of(folder))) as progress,
    ):
        last = ""
        while group := list(islice(wanted, AT_ONCE)):
            decoded = pool.map(lambda sample: _picture(sample[2][member]), group)
            for (shard, key, members), rgba in zip(group, decoded, strict=True):
                if shard != last:
                    progress.step(shard)
                    last = shard
                if isinstance(rgba, str):
                    report(f"{shard}: {key} is left out: {member} {rgba}")
                    continue
                keys.append(key)
                file.write(rgba.tobytes())
                landmarks.append(landmarks_px(json.loads(members["meta.json"]), labels))
    if not keys:
        how = " --illustrate" if member == DRAWING else ""
        raise UserError(
            f"no sample of split '{split}' in {folder} has {member} at 512 pixels: make them with `panic3d render{how}`"
        )
    np.save(partial / "landmarks_px.npy", np.stack(landmarks))
    (partial / "index.json").write_text(json.dumps({"made_from": made_from, "keys": keys}))
    shutil.rmtree(cache, ignore_errors=True)
    partial.rename(cache)


def _wanted(folder: Path, member: str, split: str, report: Report) -> Iterator[tuple[str, str, dict[str, bytes]]]:
    mine, others = keys_apart(folder, split)
    for sample in samples(folder, report):
        if (mine is None or sample[1] in mine) and sample[1] not in others and member in sample[2]:
            yield sample


def _picture(data: bytes) -> UInt8[np.ndarray, "512 512 4"] | str:
    """Or what is wrong with it."""
    try:
        rgba = read_png(data)
    except (OSError, SyntaxError, ValueError):
        return "is not a readable PNG"
    return rgba if rgba.shape == (IMAGE_SIZE, IMAGE_SIZE, 4) else f"has the shape {rgba.shape}"


def labels_beside(folder: Path) -> dict[str, Any]:
    """Landmarks in the head frame by the avatar's sha256, of the `labels.jsonl` in a dataset folder, if any."""
    path = folder / LABELS
    if not path.is_file():
        return {}
    with path.open() as lines:
        records = map(json.loads, lines)
        return {record["sha256"]: record["landmarks_head_m"] for record in records if "landmarks_head_m" in record}


def landmarks_px(meta: dict[str, Any], labels: dict[str, Any]) -> Float32[np.ndarray, "28 2"]:
    """Column and row in the front view of a sample, by its `meta.json` and the labels beside; NaN where unknown."""
    points = (meta.get("labels") or {}).get("landmarks_head_m") or labels.get(meta.get("sha256", ""))
    if points is not None:
        return project_landmarks(points)
    known = meta.get("landmarks_px")
    return np.full((28, 2), np.nan, np.float32) if known is None else np.asarray(known, np.float32)


def project_landmarks(landmarks_head_m: Any) -> Float32[np.ndarray, "28 2"]:
    """Column and row in the front view of 512 pixels."""
    points = np.asarray(landmarks_head_m, np.float64)
    return camera_of("front").project(points, IMAGE_SIZE)[:, :2].astype(np.float32)


def _fingerprint(folder: Path, member: str, split: str) -> dict[str, Any]:
    labels = folder / LABELS
    files = [*shards_of(folder), *([labels] if labels.is_file() else [])]
    mine, others = keys_apart(folder, split)
    return {
        "version": VERSION,
        "files": [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in files],
        "member": member,
        "keys": [sorted(mine) if mine is not None else None, sorted(others)],
    }
