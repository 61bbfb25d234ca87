"""Samples per second of the training reader, beside decoding the same pictures alone and beside plain webdataset."""

import io
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import click
import numpy as np
import torch
import webdataset
from PIL import Image

from panic3d.cameras.rigs import RIGS
from panic3d.datasets.batches import MultiviewLoader
from panic3d.datasets.multiview import VIEWS, EpochOrder
from panic3d.datasets.pictures import list_members
from panic3d.datasets.source import open_shard_characters
from panic3d.runtime.errors import UserError
from panic3d.shards.metadata.view_cameras import META
from panic3d.shards.plan import format_shard_name
from panic3d.shards.schema import read_png
from panic3d.shards.tar import list_complete_samples, read_samples
from panic3d.shards.writer import store_sample, write_shard
from profiling.table import Row, Table, Target

TARGET_SHARE = 0.8
"""Share of the rate of decoding alone that the reader should reach: a requirement of this project."""
PEER, OURS, PLAIN, PILLOW = "decoding alone", "panic3d batches", "webdataset + DataLoader", "the same with Pillow"
AROUND = RIGS["persp8"]
PER_SHARD = 64
Sample = dict[str, bytes]
Decoder = Callable[[bytes], np.ndarray]


@dataclass(frozen=True)
class Rate:
    """Wall time and CPU time per sample."""

    wall_s: float
    cpu_s: float


@click.command()
@click.option(
    "--folder",
    type=click.Path(exists=True, path_type=Path),
    help="A folder of shards.  [default: generated characters]",
)
@click.option("--paper", is_flag=True, help="Also one of eight perspective views per sample, as a step of the paper.")
@click.option("--size", default=256, show_default=True, help="Side of a picture in pixels.")
@click.option(
    "--samples", default=384, show_default=True, help="Number of samples per round; a smaller folder is repeated."
)
@click.option("--batch", default=16, show_default=True, help="Samples per batch.")
@click.option(
    "--workers", default=os.cpu_count(), show_default="all cores", help="Number of threads or processes that decode."
)
@click.option("--rounds", default=3, show_default=True, help="Rounds in which all ways take turns; the median counts.")
def command(
    folder: Path | None, paper: bool, size: int, samples: int, batch: int, workers: int, rounds: int
) -> list[Table]:
    """Measure training batches of 4 views, RGBA and depth, from shards: shuffled, mirrored, on white."""
    views, sampled = (*VIEWS, *(AROUND if paper else ())), AROUND if paper else ()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        shards = _repeat(folder or _generate(scratch / "one", size, paper), scratch / "many", samples, views)
        source, order = open_shard_characters(shards, views, size, print), EpochOrder(samples, mirror=True, seed=0)
        batches = MultiviewLoader(source, order, batch, workers=workers, sampled=sampled)
        ways = {
            PEER: lambda: _decode_alone(shards, workers, paper),
            OURS: lambda: _read_ours(batches, samples),
            PLAIN: lambda: _read_plain(shards, samples, batch, workers, partial(_tensors, read_png, paper)),
            PILLOW: lambda: _read_plain(shards, samples, batch, workers, partial(_tensors, _read_by_pillow, paper)),
        }
        taken: dict[str, list[Rate]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, read in ways.items():
                batches.seek(0)
                if way == OURS:
                    next(batches)  # from one steady state, with batches decoded ahead, to the next
                taken[way].append(_measure_rate(read, samples))
        batches.close()
    rows = []
    for way, rates in taken.items():
        target = Target("ratio", ">=", TARGET_SHARE, "a requirement of this project") if way == OURS else None
        rows.append(Row(way, float(np.median([1 / rate.wall_s for rate in rates])), "samples/s", target))
    for way, rates in taken.items():
        rows.append(Row(f"{way}, CPU", 1000 * float(np.median([rate.cpu_s for rate in rates])), "CPU ms/sample"))
    for way, rates in taken.items():
        rows.append(Row(f"{way}, a core", float(np.median([1 / rate.cpu_s for rate in rates])), "samples/s a core"))
    pictures = "4 views, RGBA and depth, and 1 of 8 in RGBA" if paper else "4 views, RGBA and depth"
    title = f"Reading: {pictures}, {size}x{size}, batches of {batch}, {workers} workers"
    notes = [
        "Decoding alone: the same decoder, in processes that drop the arrays at once. Plain webdataset: what its own",
        "documentation does, with the same decoder or with Pillow, in a torch DataLoader: it shuffles within a buffer",
        "only, and leaves compositing and mirroring undone.",
    ]
    return [Table(title, PEER, rows, notes)]


def _measure_rate(read: object, samples: int) -> Rate:
    assert callable(read)
    before, start_s = os.times(), time.monotonic()
    read()
    after = os.times()
    cpu_s = sum(after[:4]) - sum(before[:4])
    return Rate((time.monotonic() - start_s) / samples, cpu_s / samples)


def _generate(folder: Path, size: int, paper: bool) -> Path:
    """Generate a few characters, render them by `panic3d render` and return the folder of shards."""
    rig = "ortho4,persp8" if paper else "ortho4"
    for words in (
        ("synth", "--count", "8", "--seed", "1", "--out", folder / "avatars"),
        ("render", folder / "avatars", "--out", folder / "shards", "--rig", rig, "--size", size),
    ):
        result = subprocess.run([sys.executable, "-m", "panic3d", *map(str, words)], capture_output=True, text=True)
        if result.returncode:
            raise UserError(f"panic3d {words[0]} failed: {result.stderr.strip()[-400:]}")
    return folder / "shards"


def _repeat(folder: Path, many: Path, samples: int, views: tuple[str, ...]) -> Path:
    """Write shards of exactly `samples` characters, repeating those of the folder, and return their folder."""
    own: list[Sample] = []
    wanted = {*list_members(views), META}
    for path in sorted(folder.glob("shard-*.tar")):
        samples_there, _ = list_complete_samples(path)
        few = {key: [e for e in entries if e.name in wanted] for key, entries in samples_there.items()}
        own += [members for _, members in read_samples(path, few) if wanted <= members.keys()]
    if not own:
        raise UserError(f"no sample with the views {', '.join(views)} in {folder}: render with --rig ortho4,persp8")
    for index in range(samples):
        store_sample(many, index // PER_SHARD, f"{index:06d}-00000000", own[index % len(own)])
    for group in range(-(-samples // PER_SHARD)):
        write_shard(many, group)
    return many


def _read_ours(batches: MultiviewLoader, samples: int) -> None:
    for _ in range(samples // batches.batch):
        next(batches)


def _decode_alone(shards: Path, workers: int, paper: bool) -> None:
    """Decode the pictures of all samples, divided among processes that drop the arrays."""
    context = multiprocessing.get_context("fork")
    parts = [context.Process(target=_decode_part, args=(shards, rank, workers, paper)) for rank in range(workers)]
    for part in parts:
        part.start()
    for part in parts:
        part.join()


def _decode_part(shards: Path, rank: int, workers: int, paper: bool) -> None:
    for path in sorted(shards.glob("shard-*.tar")):
        samples, _ = list_complete_samples(path)
        mine = dict(islice(samples.items(), rank, None, workers))
        for _, members in read_samples(path, mine):
            _read_arrays(members, read_png, paper)


def _read_arrays(members: Sample, decode: Decoder, paper: bool) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Decode the four views and, for a paper's step, one of the others: RGBA and depth."""
    views = (*VIEWS, random.choice(AROUND)) if paper else VIEWS
    rgba = [decode(members[f"{view}.rgba.png"]) for view in views]
    return rgba, [decode(members[f"{view}.depth.png"]) for view in VIEWS]


def _read_by_pillow(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def _tensors(decode: Decoder, paper: bool, sample: Sample) -> tuple[torch.Tensor, torch.Tensor]:
    rgba, depth = _read_arrays(sample, decode, paper)
    return torch.from_numpy(np.stack(rgba)), torch.from_numpy(np.stack(depth).astype(np.int32))


def _read_plain(
    shards: Path,
    samples: int,
    batch: int,
    workers: int,
    make_tensors: Callable[[Sample], tuple[torch.Tensor, torch.Tensor]],
) -> None:
    """Read as webdataset's documentation does: shards split by worker, a shuffle buffer, batches from a DataLoader."""
    urls = [str(shards / format_shard_name(group)) for group in range(-(-samples // PER_SHARD))]
    pipeline = webdataset.WebDataset(urls, shardshuffle=len(urls), seed=0).shuffle(64).map(make_tensors).batched(batch)
    loader = webdataset.WebLoader(pipeline, batch_size=None, num_workers=min(workers, len(urls)))
    count = sum(len(rgba) for rgba, _ in loader)
    if count != samples:
        raise UserError(f"plain webdataset gave {count} of {samples} samples")
