"""Seconds per avatar of `panic3d render` beside a plain Blender script, and its silhouettes beside 64 samples."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import webdataset

from panic3d.cameras.axes import MASK_ALPHA
from panic3d.cameras.rigs import list_rig_views, make_view_camera
from panic3d.runtime.errors import UserError
from panic3d.shards.schema import make_camera_record, make_source_key, read_png
from profiling.table import Row, Table, Target

RIG = "ortho5,persp8"
PLAIN_SAMPLES = REFERENCE_SAMPLES = 64
TARGET_S = {"cycles": 3.5, "pyrender": 1.0}
"""Seconds per avatar of 13 views at 512x512 on two cores: requirements of this project."""
TARGET_S_SOURCE = "a requirement of this project, for 13 views at 512x512 on two cores"
TARGET_IOU = 0.995
"""Mean intersection over union of silhouettes with the reference: a requirement of this project."""


@dataclass(frozen=True)
class Cost:
    """Wall time and CPU time of a command, of all its processes."""

    wall_s: float
    cpu_s: float


@click.command()
@click.option("--avatars", "count", default=20, show_default=True, help="Number of generated characters.")
@click.option(
    "--folder",
    type=click.Path(exists=True, path_type=Path),
    help="A folder of avatars to render.  [default: generated characters]",
)
@click.option("--size", default=512, show_default=True, help="Side of a view in pixels.")
@click.option(
    "--plain", default=3, show_default=True, help="Number of avatars that the plain Blender script renders too."
)
@click.option(
    "--reference",
    default=5,
    show_default=True,
    help="Number of avatars whose silhouettes are compared with 64 samples.",
)
@click.option(
    "--engine",
    "engines",
    multiple=True,
    default=tuple(TARGET_S),
    type=click.Choice(list(TARGET_S)),
    help="An engine to measure; may be repeated.",
)
def command(
    count: int, folder: Path | None, size: int, plain: int, reference: int, engines: tuple[str, ...]
) -> list[Table]:
    """Measure whole commands: the start of Python, reading, rendering 13 views, writing pictures and shards."""
    with tempfile.TemporaryDirectory(prefix="panic3d-profiling-") as scratch_name:
        scratch = Path(scratch_name)
        files = _avatars(folder, count, scratch)
        costs: dict[str, tuple[Cost, int]] = {}
        for engine in engines:
            costs[f"panic3d, {engine}"] = (_render(files, scratch / engine, size, engine), len(files))
        peer = f"plain script, {PLAIN_SAMPLES} samples"
        if plain:
            costs[peer] = (_plain(files[:plain], scratch, size), len(files[:plain]))
        title = f"Rendering {RIG} at {size}x{size}: seconds per avatar, whole command ({len(files)} avatars)"
        times = Table(title, f"{peer}, wall" if plain else None, list(_time_rows(costs)))
        if not reference:
            return [times]
        truth = scratch / "reference"
        _render(files[:reference], truth, size, "cycles", "--samples", str(REFERENCE_SAMPLES))
        ious = {engine: _ious(scratch / engine, truth) for engine in engines}
    rows = [
        Row(f"{engine}, {name}", value, "IoU", target)
        for engine, values in ious.items()
        for name, value, target in (
            ("mean", float(values.mean()), Target("value", ">=", TARGET_IOU, "a requirement of this project")),
            ("worst view", float(values.min()), None),
        )
    ]
    title = f"Silhouettes against cycles with {REFERENCE_SAMPLES} samples ({len(files[:reference])} avatars)"
    return [times, Table(title, None, rows)]


def _time_rows(costs: dict[str, tuple[Cost, int]]) -> Iterator[Row]:
    for name, (cost, avatars) in costs.items():
        bound = next((seconds for engine, seconds in TARGET_S.items() if name.endswith(engine)), None)
        target = None if bound is None else Target("value", "<=", bound, TARGET_S_SOURCE)
        yield Row(f"{name}, wall", cost.wall_s / avatars, "s/avatar", target)
        yield Row(f"{name}, CPU", cost.cpu_s / avatars, "CPU s/avatar")


def _avatars(folder: Path | None, count: int, scratch: Path) -> list[Path]:
    if folder is None:
        folder = scratch / "avatars"
        _run("-m", "panic3d", "synth", "--count", str(count), "--seed", "1", "--out", str(folder))
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".vrm", ".glb"))[:count]
    if not files:
        raise UserError(f"no .vrm or .glb file in {folder}: give another --folder, or none for generated characters")
    return files


def _render(files: list[Path], out: Path, size: int, engine: str, *more: str) -> Cost:
    options = ["--out", str(out), "--rig", RIG, "--size", str(size), "--engine", engine, *more]
    return _run("-m", "panic3d", "render", *map(str, files), *options)


def _plain(files: list[Path], scratch: Path, size: int) -> Cost:
    script = Path(__file__).with_name("plain_blender.py")
    wall_s = cpu_s = 0.0
    for file in files:
        out = scratch / "plain" / file.stem
        out.mkdir(parents=True)
        cameras = {
            view: make_camera_record(make_view_camera(view, make_source_key(file)), size)
            for view in list_rig_views(RIG)
        }
        (out / "cameras.json").write_text(json.dumps(cameras))
        cost = _run(str(script), str(file), str(out), str(size), str(PLAIN_SAMPLES), str(out / "cameras.json"))
        written = len(list(out.glob("*.png")))
        if written != len(cameras):
            raise UserError(f"the plain Blender script wrote {written} of {len(cameras)} views of {file.name}")
        wall_s, cpu_s = wall_s + cost.wall_s, cpu_s + cost.cpu_s
    return Cost(wall_s, cpu_s)


def _run(*arguments: str) -> Cost:
    """Run Python to its end. Raises UserError with the end of its output where it fails."""
    before, start_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    result = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
    wall_s, after = time.monotonic() - start_s, resource.getrusage(resource.RUSAGE_CHILDREN)
    if result.returncode:
        raise UserError(f"{' '.join(arguments[:3])} failed: {(result.stderr or result.stdout).strip()[-400:]}")
    return Cost(wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _ious(ours: Path, truth: Path) -> np.ndarray:
    """Return the intersection over union with the reference of every view of the avatars that both folders hold."""
    masks, reference = dict(_masks(ours)), dict(_masks(truth))
    return np.array(
        [(masks[view] & mask).sum() / max(1, (masks[view] | mask).sum()) for view, mask in reference.items()]
    )


def _masks(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    shards = sorted(map(str, folder.glob("shard-*.tar")))
    for sample in webdataset.WebDataset(shards, shardshuffle=False):
        for member, data in sample.items():
            if member.endswith(".rgba.png"):
                yield f"{sample['__key__']}.{member}", read_png(data)[..., 3] >= MASK_ALPHA * 255
