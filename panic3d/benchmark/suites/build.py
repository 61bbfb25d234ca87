"""A suite: rendered like any dataset, then each sample gets its portrait, its pair record and its mesh as the file
poses it.
"""

import io
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.character.surfaces import build_coloured_mesh
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.runner.jobs import JobOptions, find_avatars, render_dataset
from panic3d.datagen.runner.sample import RenderOptions
from panic3d.geometry.glb import glb_bytes
from panic3d.runtime.progress import Progress
from panic3d.shards.files import write_atomically
from panic3d.shards.index import write_index
from panic3d.shards.manifest import Manifest
from panic3d.shards.plan import load_dataset
from panic3d.shards.schema import SCHEMA, json_bytes
from panic3d.shards.tar import whole_samples
from panic3d.shards.writer import read_samples

RIG = "ortho4,spin12"
Members = Mapping[str, bytes]
Completing = Callable[[str, Members], dict[str, bytes]]
"""From a sample's key and members, the members that it lacks."""
DROPPED = "front.illustration.png"
"""It is the portrait, and need not be there twice."""


def build_folder(places: Sequence[Path], out: Path, facing: Literal["+z", "-z"], jobs: JobOptions) -> Manifest:
    """A suite of any avatars. The portrait of an avatar without a drawing is its own front view."""
    options = RenderOptions(rig=RIG, mesh=True, avatar=AvatarOptions(facing=facing))
    manifest = render_dataset(find_avatars(places), out, options, jobs)

    def pair(key: str, members: Members) -> dict[str, bytes]:
        return {
            "portrait.png": members["front.rgba.png"],
            "pair.json": pair_record(licence=json.loads(members["meta.json"]).get("licence")),
            **bind_member(Path(manifest.records[key].source), options.avatar),
        }

    complete(out, manifest, pair)
    return manifest


def complete(
    out: Path,
    manifest: Manifest,
    completing: Completing,
    suite: Mapping[str, Any] | None = None,
    lacking: str = "pair.json",
) -> None:
    """Completes the samples in `out` that lack a member; `suite` is what identifies a fixed suite."""
    shards = sorted(out.glob("shard-*.tar"))
    with Progress("complete", len(shards)) as progress:
        for shard in shards:
            complete_shard(shard, completing, lacking)
            progress.step(shard.name)
    dataset = load_dataset(out)
    if suite is not None:
        dataset.options["suite"] = dict(suite)
    dataset.update(out, manifest)
    dataset.save(out)
    write_index(out, dataset, manifest)


def complete_shard(shard: Path, completing: Completing, lacking: str = "pair.json") -> None:
    """Adds to the samples of a shard that lack a member what makes them whole; the shard is replaced all at once."""
    entries, _ = whole_samples(shard)
    if all(any(entry.name == lacking for entry in sample) for sample in entries.values()):
        return
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for key, found in sorted(read_samples(shard, entries)):
            members = found if lacking in found else found | completing(key, found)
            for member in sorted(set(members) - {DROPPED}):
                header = tarfile.TarInfo(f"{key}.{member}")
                header.size, header.mode = len(members[member]), 0o644
                tar.addfile(header, io.BytesIO(members[member]))
    write_atomically(shard, buffer.getvalue())


def pair_record(
    canonical_from_portrait: np.ndarray | None = None,
    roi: Sequence[float] | None = None,
    franchise: str | None = None,
    licence: str | None = None,
    alignment: str = "none needed",
) -> bytes:
    """`pair.json` (FORMATS: a suite), with a word on where the alignment comes from."""
    matrix = np.eye(3) if canonical_from_portrait is None else canonical_from_portrait
    return json_bytes(
        {
            "schema": SCHEMA,
            "align": matrix.tolist(),
            "alignment": alignment,
            "roi": None if roi is None else list(roi),
            "franchise": franchise,
            "licence": licence,
        }
    )


def bind_member(source: Path, options: AvatarOptions) -> dict[str, bytes]:
    """`bind.glb`, the true mesh in the pose of its file, for protocol `paper`; nothing where it cannot be made."""
    try:
        return {"bind.glb": glb_bytes(build_coloured_mesh(load_avatar(source, options, lower_arms=False).surfaces))}
    except (AvatarError, OSError):
        return {}
