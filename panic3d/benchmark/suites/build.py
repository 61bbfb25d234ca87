"""Build a suite: a rendered dataset to which each sample gets a portrait, a pair record and an unposed mesh."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.character.surfaces import build_coloured_mesh
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.engines.availability import Engine
from panic3d.datagen.runner.jobs import JobOptions, find_avatars, render_dataset
from panic3d.datagen.runner.sample import RenderOptions
from panic3d.geometry.glb import encode_glb
from panic3d.shards.completion import MakeMore, Members, add_members
from panic3d.shards.manifest import Manifest
from panic3d.shards.metadata.samples import parse_meta
from panic3d.shards.schema import SCHEMA, encode_json

RIG = "ortho4,spin12"
ILLUSTRATION = "front.illustration.png"
"""This member is removed from the samples of a suite, because the portrait has the same content."""


def build_avatar_suite(
    places: Sequence[Path], out: Path, facing: Literal["+z", "-z"], engine: Engine, jobs: JobOptions
) -> Manifest:
    """Build a suite of avatar files. The portrait of each pair is the front view of the avatar."""
    options = RenderOptions(rig=RIG, engine=engine, mesh=True, avatar=AvatarOptions(facing=facing))
    manifest = render_dataset(find_avatars(places), out, options, jobs)

    def make_pair(key: str, members: Members) -> dict[str, bytes]:
        return {
            "portrait.png": members["front.rgba.png"],
            "pair.json": make_pair_record(licence=parse_meta(members["meta.json"]).get("licence")),
            **make_bind_member(Path(manifest.records[key].source), options.avatar),
        }

    complete_suite(out, manifest, make_pair)
    return manifest


def complete_suite(
    out: Path,
    manifest: Manifest,
    make_more: MakeMore,
    identity: Mapping[str, Any] | None = None,
    marker: str = "pair.json",
) -> None:
    """Add the suite's members to the samples in `out` that lack `marker`. `identity` identifies a fixed suite."""
    options = {} if identity is None else {"suite": dict(identity)}
    add_members(out, manifest, make_more, marker, remove=(ILLUSTRATION,), options=options)


def make_pair_record(
    canonical_from_portrait: np.ndarray | None = None,
    roi: Sequence[float] | None = None,
    franchise: str | None = None,
    licence: str | None = None,
    alignment: str = "none needed",
) -> bytes:
    """Make the content of `pair.json` (see docs/reference/formats.md). `alignment` says where the matrix comes from."""
    matrix = np.eye(3) if canonical_from_portrait is None else canonical_from_portrait
    return encode_json(
        {
            "schema": SCHEMA,
            "align": matrix.tolist(),
            "alignment": alignment,
            "roi": None if roi is None else list(roi),
            "franchise": franchise,
            "licence": licence,
        }
    )


def make_bind_member(source: Path, options: AvatarOptions) -> dict[str, bytes]:
    """Make `bind.glb`, the true mesh in the pose of its file, for protocol `paper`; empty if that is impossible."""
    try:
        return {"bind.glb": encode_glb(build_coloured_mesh(load_avatar(source, options, lower_arms=False).surfaces))}
    except (AvatarError, OSError):
        return {}
