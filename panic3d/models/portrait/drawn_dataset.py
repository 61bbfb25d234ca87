"""Drawings of any kind, aligned and cut out, as a dataset folder for training line removal (paper 3.1, 4.2)."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.models.portrait.alignment.face_frame import FRAME_OPTION
from panic3d.models.portrait.alignment.similarity import FRAMES, FrameName
from panic3d.models.portrait.canonical import PortraitConfig, find_faces, make_portrait
from panic3d.models.portrait.faces.face import LandmarkDetector
from panic3d.models.portrait.faces.plausibility import DATASET_ADVICE, describe_doubts
from panic3d.models.portrait.faces.pose import estimate_face_pose, explain_not_frontal, explain_not_neutral
from panic3d.models.portrait.picture import read_picture
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import convert_to_user_errors
from panic3d.shards.builder import BuildOptions, DatasetBuilder, DatasetSettings, assign_keys
from panic3d.shards.executors import InProcessExecutor, SampleJob, SampleSkipped
from panic3d.shards.manifest import Manifest
from panic3d.shards.schema import SCHEMA, compute_sha256, encode_json, encode_png

logger = logging.getLogger(__name__)
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")
DRAWING_MEMBER = "front.illustration.png"
KIND = "drawing"
METADATA_FILE = "metadata.parquet"


@dataclass(frozen=True)
class DrawnOptions:
    """What a dataset of drawings is made with, the same for every picture in it."""

    detector: str = "ours"
    matting: str = "auto"
    frame: FrameName = "generated"
    """Where the faces are moved to: where front renders of generated characters have them, or those of the paper."""
    any_pose: bool = False
    """Accept turned and tilted heads."""
    any_expression: bool = False
    """Accept closed eyes and open mouths."""


def find_pictures(paths: Sequence[Path]) -> list[Path]:
    """List the given files and every picture below the given folders. Raises UserError where there is none."""
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
    """Align and cut out the portraits of the pictures that are missing in `folder`, and return the manifest.

    Raises UserError where the folder holds another kind of dataset or the disk is full, Interrupted after Ctrl-C;
    finished samples stay, and the same call continues from there.
    """
    settings = DatasetSettings("portrait", IMAGE_SIZE, KIND, asdict(options), defaults={FRAME_OPTION: "generated"})
    builder = DatasetBuilder(folder, settings, BuildOptions(per_shard, retry_failed), "align")
    with convert_to_user_errors(folder):
        sources, unreadable = assign_keys(pictures)
        facts = read_facts(pictures)

    def make_members(job: SampleJob) -> dict[str, bytes]:
        path = Path(job.source)
        return make_drawn_sample(path, options, detector, facts.get(path, {}))

    return builder.build(sources, lambda count: InProcessExecutor(make_members), unreadable)


def make_drawn_sample(
    path: Path, options: DrawnOptions, detector: LandmarkDetector, facts: dict[str, str] | None = None
) -> dict[str, bytes]:
    """Make the members of one drawing: the portrait and its `meta.json`.

    Raises SampleSkipped where the head is turned or the face is not neutral, UserError where the file is no picture or
    has no face. `facts` replace entries of the metadata.
    """
    picture = read_picture(path)
    faces = find_faces(picture.rgba, detector)
    stages = make_portrait(picture.rgba, faces, _make_portrait_config(options))
    points = stages.landmarks_px
    assert points is not None and stages.chosen is not None  # alignment needs a face
    pose = estimate_face_pose(points)
    reason = None if options.any_pose else explain_not_frontal(pose)
    if reason is None and not options.any_expression:
        reason = explain_not_neutral(pose)
    if reason is not None:
        raise SampleSkipped(reason)
    doubts = describe_doubts(faces, stages.chosen, False, DATASET_ADVICE)
    for doubt in doubts:
        logger.warning("%s: %s", path, doubt)
    meta = {
        "schema": SCHEMA,
        "source": path.name,
        "sha256": compute_sha256(path),
        "kind": KIND,
        "title": path.parent.name,
        "licence": None,
        "views": {},
        "landmarks_px": points.round(2).tolist(),
        "canonical_from_picture": stages.canonical_from_picture.tolist(),
        "matte": stages.matte.by,
        "pose": {name: round(value, 3) for name, value in asdict(pose).items()},
        "notes": [*picture.notes, *doubts],
    }
    return {DRAWING_MEMBER: encode_png(stages.portrait), "meta.json": encode_json(meta | (facts or {}))}


def read_facts(pictures: Sequence[Path]) -> dict[Path, dict[str, str]]:
    """Read title and licence by absolute path, from the table that `panic3d data vtuber` writes above its pictures."""
    import pandas as pd

    facts: dict[Path, dict[str, str]] = {}
    folders = {parent for path in pictures for parent in path.absolute().parents}
    for folder in folders:
        if not (folder / METADATA_FILE).is_file():
            continue
        table = pd.read_parquet(folder / METADATA_FILE)
        if {"file", "article", "licence"} <= set(table.columns):
            for row in table[table.file.notna()].fillna("").to_dict("records"):
                licence = str(row["licence"]) or "unknown"
                facts[folder / str(row["file"])] = {"title": str(row["article"]), "licence": licence}
    return facts


def _make_portrait_config(options: DrawnOptions) -> PortraitConfig:
    targets = FRAMES[options.frame]
    if options.detector == "animeface":
        targets = targets.convert_to_animeface()
    return PortraitConfig(align="always", matting=options.matting, targets=targets)  # type: ignore[arg-type]
