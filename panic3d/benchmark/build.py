"""A suite from a folder of avatars: rendered like any dataset, then each sample gets its portrait and pair record."""

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from panic3d.datagen.jobs import JobOptions, render_dataset
from panic3d.datagen.sample import RenderOptions
from panic3d.shards.files import write_atomically
from panic3d.shards.manifest import Manifest
from panic3d.shards.plan import load_dataset
from panic3d.shards.schema import SCHEMA, json_bytes, sha256_of

RIG = "ortho4,spin12"


def build_suite(files: Sequence[Path], folder: Path, options: RenderOptions, jobs: JobOptions) -> Manifest:
    """Renders what is missing and completes every sample of `folder`."""
    manifest = render_dataset(files, folder, options, jobs)
    for shard in sorted(folder.glob("shard-*.tar")):
        complete_shard(shard)
    dataset = load_dataset(folder)
    for record in dataset.shards:
        if record["sha256"]:
            record["sha256"] = sha256_of(folder / record["name"])
    dataset.save(folder)
    return manifest


def complete_shard(shard: Path) -> None:
    """Adds `portrait.png` and `pair.json` to the samples of a shard that lack them, under a temporary name."""
    samples = _samples(shard)
    if all("pair.json" in members for members in samples.values()):
        return
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for key in sorted(samples):
            members = samples[key] | pair_members(samples[key])
            for member in sorted(members):
                header = tarfile.TarInfo(f"{key}.{member}")
                header.size, header.mode = len(members[member]), 0o644
                tar.addfile(header, io.BytesIO(members[member]))
    write_atomically(shard, buffer.getvalue())


def pair_members(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The portrait of an avatar without a drawing is its own front view, aligned as it is."""
    meta = json.loads(members["meta.json"])
    pair = {
        "schema": SCHEMA,
        "align": np.eye(3).tolist(),
        "roi": None,
        "franchise": None,
        "licence": meta.get("licence"),
    }
    return {"portrait.png": members["front.rgba.png"], "pair.json": json_bytes(pair)}


def _samples(shard: Path) -> dict[str, dict[str, bytes]]:
    samples: dict[str, dict[str, bytes]] = {}
    with tarfile.open(shard) as tar:
        for entry in tar:
            content = tar.extractfile(entry)
            if content is not None:
                key, _, member = entry.name.partition(".")
                samples.setdefault(key, {})[member] = content.read()
    return samples
