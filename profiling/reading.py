"""Samples per second of the training reader, beside decoding the same pictures alone and beside plain webdataset."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import click
import numpy as np
import torch
import webdataset

from panic3d.datasets.batches import MultiviewLoader
from panic3d.datasets.multiview import VIEWS, EpochOrder
from panic3d.datasets.source import open_shard_characters
from panic3d.runtime.errors import UserError
from panic3d.shards.plan import format_shard_name
from panic3d.shards.schema import read_png
from panic3d.shards.tar import list_complete_samples, read_samples
from panic3d.shards.writer import store_sample, write_shard
from profiling.table import Row, Table, Target

TARGET_SHARE = 0.8
"""Share of the rate of decoding alone that the reader should reach: a requirement of this project."""
MEMBERS = tuple(f"{view}.{kind}.png" for view in VIEWS for kind in ("rgba", "depth"))
PEER, OURS = "decoding alone", "panic3d batches"
PER_SHARD = 64
Sample = dict[str, bytes]


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
@click.option("--size", default=256, show_default=True, help="Side of a picture in pixels.")
@click.option(
    "--samples", default=384, show_default=True, help="Number of samples per round; a smaller folder is repeated."
)
@click.option("--batch", default=16, show_default=True, help="Samples per batch.")
@click.option(
    "--workers", default=os.cpu_count(), show_default="all cores", help="Number of threads or processes that decode."
)
@click.option("--rounds", default=3, show_default=True, help="Rounds in which all ways take turns; the median counts.")
def command(folder: Path | None, size: int, samples: int, batch: int, workers: int, rounds: int) -> list[Table]:
    """Measure training batches of 4 views, RGBA and depth, from shards: shuffled, mirrored, on white."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        shards = _repeat(folder or _generate(scratch / "one", size), scratch / "many", samples)
        source = open_shard_characters(shards, VIEWS, size, print)
        batches = MultiviewLoader(source, EpochOrder(len(source), mirror=True, seed=0), batch, workers=workers)
        ways = {
            PEER: lambda: _decode_alone(shards, workers),
            OURS: lambda: _read_ours(batches, samples),
            "webdataset + DataLoader": lambda: _read_plain(shards, samples, batch, workers),
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
    title = f"Reading: 4 views of {size}x{size}, RGBA and depth, batches of {batch}, {workers} workers"
    notes = [
        "Decoding alone: the same decoder, in processes that drop the arrays at once. Plain webdataset: what its own",
        "documentation does, with the same decoder, in a torch DataLoader: it shuffles within a buffer only, and",
        "leaves compositing and mirroring undone.",
    ]
    return [Table(title, PEER, rows, notes)]


def _measure_rate(read: object, samples: int) -> Rate:
    assert callable(read)
    before, start_s = os.times(), time.monotonic()
    read()
    after = os.times()
    cpu_s = sum(after[:4]) - sum(before[:4])
    return Rate((time.monotonic() - start_s) / samples, cpu_s / samples)


def _generate(folder: Path, size: int) -> Path:
    """Generate a few characters, render them by `panic3d render` and return the folder of shards."""
    for words in (
        ("synth", "--count", "8", "--seed", "1", "--out", folder / "avatars"),
        ("render", folder / "avatars", "--out", folder / "shards", "--rig", "ortho4", "--size", size),
    ):
        result = subprocess.run([sys.executable, "-m", "panic3d", *map(str, words)], capture_output=True, text=True)
        if result.returncode:
            raise UserError(f"panic3d {words[0]} failed: {result.stderr.strip()[-400:]}")
    return folder / "shards"


def _repeat(folder: Path, many: Path, samples: int) -> Path:
    """Write shards of exactly `samples` characters, repeating those of the folder, and return their folder."""
    own: list[Sample] = []
    for path in sorted(folder.glob("shard-*.tar")):
        samples_there, _ = list_complete_samples(path)
        few = {key: [e for e in entries if e.name in MEMBERS] for key, entries in samples_there.items()}
        own += [members for _, members in read_samples(path, few) if len(members) == len(MEMBERS)]
    if not own:
        raise UserError(f"no sample with the views {', '.join(VIEWS)} in {folder}: render with --rig ortho4")
    for index in range(samples):
        store_sample(many, index // PER_SHARD, f"{index:06d}-00000000", own[index % len(own)])
    for group in range(-(-samples // PER_SHARD)):
        write_shard(many, group)
    return many


def _read_ours(batches: MultiviewLoader, samples: int) -> None:
    for _ in range(samples // batches.batch):
        next(batches)


def _decode_alone(shards: Path, workers: int) -> None:
    """Decode the pictures of all samples, divided among processes that drop the arrays."""
    context = multiprocessing.get_context("fork")
    parts = [context.Process(target=_decode_part, args=(shards, rank, workers)) for rank in range(workers)]
    for part in parts:
        part.start()
    for part in parts:
        part.join()


def _decode_part(shards: Path, rank: int, workers: int) -> None:
    for path in sorted(shards.glob("shard-*.tar")):
        samples, _ = list_complete_samples(path)
        mine = dict(islice(samples.items(), rank, None, workers))
        for _, members in read_samples(path, mine):
            _arrays(members)


def _arrays(members: Sample) -> list[np.ndarray]:
    return [read_png(members[name]) for name in MEMBERS]


def _tensors(sample: Sample) -> tuple[torch.Tensor, torch.Tensor]:
    arrays = _arrays(sample)
    return torch.from_numpy(np.stack(arrays[0::2])), torch.from_numpy(np.stack(arrays[1::2]).astype(np.int32))


def _read_plain(shards: Path, samples: int, batch: int, workers: int) -> None:
    """Read as webdataset's documentation does: shards split by worker, a shuffle buffer, batches from a DataLoader."""
    urls = [str(shards / format_shard_name(group)) for group in range(-(-samples // PER_SHARD))]
    pipeline = webdataset.WebDataset(urls, shardshuffle=len(urls), seed=0).shuffle(64).map(_tensors).batched(batch)
    loader = webdataset.WebLoader(pipeline, batch_size=None, num_workers=min(workers, len(urls)))
    count = sum(len(rgba) for rgba, _ in loader)
    if count != samples:
        raise UserError(f"plain webdataset gave {count} of {samples} samples")
