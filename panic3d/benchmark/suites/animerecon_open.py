"""`animerecon-open`: 68 generated characters of the held-out families, drawn in held-out styles. Anyone can build it.

What the characters are is fixed: the sha256 of the list of their parameters stands here, and a build with a generator
that draws others is refused. `python -m panic3d.benchmark.suites.animerecon_open` prints the value of its generator.
Who changes the generator on purpose raises VERSION and puts it in.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from panic3d.benchmark.suites.build import RIG, Members, complete, pair_record
from panic3d.benchmark.suites.build import bind_member as bind
from panic3d.datagen.runner.jobs import JobOptions, find_avatars, render_dataset
from panic3d.datagen.runner.sample import RenderOptions
from panic3d.runtime.errors import UserError
from panic3d.runtime.threads import usable_cores
from panic3d.shards.manifest import Manifest

NAME = "animerecon-open"
VERSION = 1
PARAMETERS_SHA256 = "c73746f78e45c500ae1179b9aa3af3bb948d52758c70b251194aafd675c8fdd1"
PAIRS = 68
SEED = 2303_14587
FAMILY = "heldout"
STYLES: Final = "heldout"
LICENCE = "CC0-1.0"


def parameters() -> list[dict[str, Any]]:
    """The choices of every character, numbers rounded to six decimals."""
    from panic3d.datagen.synth.params import random_stream, sample

    return [_plain(asdict(sample(random_stream(SEED, index, FAMILY), FAMILY))) for index in range(PAIRS)]


def parameters_sha256() -> str:
    """Of the parameter list as this generator draws it."""
    text = json.dumps({"styles": STYLES, "characters": parameters()}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def check_parameters() -> None:
    """UserError where this generator no longer draws the characters of this version of the suite."""
    found = parameters_sha256()
    if found != PARAMETERS_SHA256:
        raise UserError(
            f"expected the characters of {NAME} version {VERSION} (parameter list {PARAMETERS_SHA256[:12]}), but this "
            f"panic3d's generator draws others ({found[:12]}): use the panic3d that the suite's version belongs to"
        )


def build_open(out: Path, jobs: JobOptions) -> Manifest:
    """Generates, renders and draws what is missing of the 68 pairs. UserError where the generator has changed."""
    check_parameters()
    from panic3d.datagen.synth.batch import Batch, write_batch

    avatars = out / "avatars"
    write_batch(Batch(avatars, PAIRS, SEED, FAMILY), jobs.workers or usable_cores())
    options = RenderOptions(rig=RIG, mesh=True, illustrate=STYLES)
    manifest = render_dataset(find_avatars([avatars]), out, options, jobs)

    def pair(key: str, members: Members) -> dict[str, bytes]:
        source = Path(manifest.records[key].source)
        return {
            "portrait.png": members["front.illustration.png"],
            "pair.json": pair_record(franchise="generated", licence=LICENCE),
            **bind(source, options.avatar),
        }

    complete(out, manifest, pair, {"name": NAME, "version": VERSION, "sha256": PARAMETERS_SHA256})
    return manifest


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return round(float(value), 6) if isinstance(value, float) else value


if __name__ == "__main__":
    print(parameters_sha256())
