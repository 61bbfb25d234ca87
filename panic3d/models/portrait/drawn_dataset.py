"""Drawings of any kind aligned into shards: what line removal learns from (paper 3.1, reference 4.2: Vtuber data)."""

import importlib.metadata
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.datagen.runner.pool import Answer, Job
from panic3d.datagen.runner.run import Run, disk_full
from panic3d.models.portrait.canonical import PortraitConfig, find_faces, make_portrait
from panic3d.models.portrait.faces.face import LandmarkDetector
from panic3d.models.portrait.faces.pose import not_neutral, pose_of, turned_away
from panic3d.models.portrait.picture import read_picture
from panic3d.runtime.errors import Interrupted, UserError
from panic3d.shards.files import DISK_ERRORS
from panic3d.shards.index import write_index
from panic3d.shards.manifest import Manifest, manifest_of
from panic3d.shards.plan import FILE_NAME, Dataset, load_dataset
from panic3d.shards.schema import SCHEMA, json_bytes, key_of, png_bytes, sha256_of
from panic3d.shards.writer import put_sample

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")
MEMBER = "front.illustration.png"
KIND = "drawing"
METADATA = "metadata.parquet"


@dataclass(frozen=True)
class DrawnOptions:
    """What a dataset of drawings is made with; the same for every picture in it."""

    detector: str = "ours"
    matting: str = "auto"
    any_pose: bool = False
    """Turned and tilted heads too."""
    any_expression: bool = False


class NotWanted(Exception):
    """A picture that the dataset's checks leave out, with the reason."""


def find_pictures(paths: Sequence[Path]) -> list[Path]:
    """Files as given, and every picture in a folder, however deep. UserError where there is none."""
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise UserError(f"there is no file or folder {path}")
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [p for p in inside if p.is_file() and (not path.is_dir() or p.suffix.lower() in SUFFIXES)]
    if not found:
        raise UserError(f"no picture in {', '.join(map(str, paths))}: expected {', '.join(SUFFIXES)} files")
    return list(dict.fromkeys(found))


def align_drawings(
    pictures: Sequence[Path],
    folder: Path,
    options: DrawnOptions,
    detector: LandmarkDetector,
    per_shard: int = 64,
    retry_failed: bool = False,
) -> Manifest:
    """Aligned and cut-out portraits of the pictures, those that are missing in `folder`; gives the manifest.

    UserError where the folder holds another kind of dataset or the disk is full, Interrupted for Ctrl-C; what was
    finished stays, and the same call goes on from there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sources = {key_of(path): path for path in pictures}
        dataset = _open(folder, options, per_shard)
        if dataset.extend(list(sources)):
            dataset.save(folder)
        manifest = manifest_of(folder)
        run = Run(folder, dict(enumerate(dataset.plan)), sources, manifest, retry_failed)
        try:
            run.go(asdict(options), lambda: Aligning(options, detector, facts_of(pictures)), "align")
        finally:
            manifest.compact()
            dataset.update(folder, manifest)
            dataset.save(folder)
            write_index(folder, dataset, manifest)
        return manifest
    except KeyboardInterrupt:
        raise Interrupted from None
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise disk_full(folder, str(error)) from error


class Aligning:
    """An `Executor` in this process: the networks are small, and loaded once."""

    threads = 1

    def __init__(self, options: DrawnOptions, detector: LandmarkDetector, facts: dict[Path, dict[str, str]]) -> None:
        self.options, self.detector, self.facts = options, detector, facts

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Answer]]:
        for job in jobs:
            started = time.monotonic()
            status, reason = self._one(job)
            yield job, Answer(status, reason, round(time.monotonic() - started, 2), 0)

    def close(self) -> None:
        """Nothing is left running."""

    def _one(self, job: Job) -> tuple[str, str]:
        try:
            members = drawn_sample(Path(job.source), self.options, self.detector, self.facts.get(Path(job.source), {}))
        except NotWanted as reason:
            return "skipped", str(reason)
        except UserError as error:
            return "failed", str(error)
        put_sample(Path(job.folder), job.group, job.key, members)
        return "ok", ""


def drawn_sample(
    path: Path, options: DrawnOptions, detector: LandmarkDetector, facts: dict[str, str] | None = None
) -> dict[str, bytes]:
    """Member suffix to bytes: the portrait and its `meta.json`.

    NotWanted where the head is turned or the face not neutral, UserError where there is no picture or no face.
    """
    notes: list[str] = []
    rgba = read_picture(path, notes.append).rgba
    stages = make_portrait(rgba, find_faces(rgba, detector), _portrait_config(options), notes.append)
    points = stages.landmarks_px
    assert points is not None  # alignment needs a face
    pose = pose_of(points)
    reason = None if options.any_pose else turned_away(pose)
    if reason is None and not options.any_expression:
        reason = not_neutral(pose)
    if reason is not None:
        raise NotWanted(reason)
    meta = {
        "schema": SCHEMA,
        "source": path.name,
        "sha256": sha256_of(path),
        "kind": KIND,
        "title": path.parent.name,
        "licence": None,
        "views": {},
        "landmarks_px": points.round(2).tolist(),
        "canonical_from_picture": stages.canonical_from_picture.tolist(),
        "matte": stages.matte.by,
        "pose": {name: round(value, 3) for name, value in asdict(pose).items()},
        "notes": notes,
    }
    return {MEMBER: png_bytes(stages.portrait), "meta.json": json_bytes(meta | (facts or {}))}


def facts_of(pictures: Sequence[Path]) -> dict[Path, dict[str, str]]:
    """Title and licence by absolute path, where `panic3d data vtuber` wrote them into a table above the pictures."""
    import pandas as pd

    facts: dict[Path, dict[str, str]] = {}
    folders = {parent for path in pictures for parent in path.absolute().parents}
    for folder in folders:
        if not (folder / METADATA).is_file():
            continue
        table = pd.read_parquet(folder / METADATA)
        if {"file", "article", "licence"} <= set(table.columns):
            for row in table[table.file.notna()].fillna("").to_dict("records"):
                licence = str(row["licence"]) or "unknown"
                facts[folder / str(row["file"])] = {"title": str(row["article"]), "licence": licence}
    return facts


def _portrait_config(options: DrawnOptions) -> PortraitConfig:
    from panic3d.models.portrait.alignment.similarity import GENERATED, GENERATED_BY_ANIMEFACE

    targets = GENERATED if options.detector == "ours" else GENERATED_BY_ANIMEFACE
    return PortraitConfig(align="always", matting=options.matting, targets=targets)  # type: ignore[arg-type]


def _open(folder: Path, options: DrawnOptions, per_shard: int) -> Dataset:
    if not (folder / FILE_NAME).exists():
        versions = {name: importlib.metadata.version(name) for name in ("panic3d", "numpy", "pillow")}
        return Dataset("portrait", IMAGE_SIZE, KIND, asdict(options), versions, per_shard)
    dataset = load_dataset(folder)
    if dataset.engine != KIND:
        raise UserError(f"{folder} holds rendered avatars: choose another --out for drawings")
    if dataset.options != asdict(options):
        raise UserError(
            f"{folder} was made with {_words(dataset.options)}, now {_words(asdict(options))} is asked for: give the "
            "same options or another --out"
        )
    return dataset


def _words(options: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in options.items())
