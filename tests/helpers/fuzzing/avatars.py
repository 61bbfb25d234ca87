"""Fuzzed avatars: damaged files of every format, which are read and rendered."""

import json
import random
from collections.abc import Callable
from pathlib import Path

from helpers.avatars.corruptions import join_glb, make_good_files, split_glb
from helpers.fuzzing.kind import FuzzedKind, Report
from helpers.fuzzing.mutations import mutate_bytes, mutate_json
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.engines.availability import choose_default_engine
from panic3d.datagen.engines.engine import load_engine
from panic3d.datagen.runner.sample import RenderOptions, render_sample

OPTIONS = {"rig": "ortho4", "size": 32, "samples": 1, "mesh": True}
MAX_RENDER_MB = 6144


def make_avatars(folder: Path) -> None:
    load_engine(choose_default_engine())  # its memory and time are no case's
    for suffix, data in make_good_files(folder.with_name("avatar parts")).items():
        (folder / f"a.{suffix}").write_bytes(data)


def damage_avatar(rng: random.Random, folder: Path) -> str:
    path = rng.choice(sorted(folder.iterdir()))
    change = mutate_glb_json if path.suffix in (".glb", ".vrm") and rng.random() < 0.7 else mutate_bytes
    path.write_bytes(change(rng, path.read_bytes()))
    return path.name


def mutate_glb_json(rng: random.Random, data: bytes) -> bytes:
    """Replace values in the JSON of a binary glTF."""
    document, rest = split_glb(data)
    return join_glb(json.loads(mutate_json(rng, json.dumps(document).encode())), rest)


def list_avatar_readers(path: Path) -> list[Callable[[Report], object]]:
    def render(report: Report) -> None:
        try:
            render_sample(path, "someone-00000000", RenderOptions(engine=choose_default_engine(), **OPTIONS), 1)  # type: ignore[arg-type]
        except AvatarError as error:
            report(str(error))

    return [render]


AVATARS = FuzzedKind(make_avatars, damage_avatar, list_avatar_readers, MAX_RENDER_MB)
