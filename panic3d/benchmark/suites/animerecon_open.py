"""The suite `animerecon-open`: 68 generated characters of the held-out families, drawn in held-out styles.

The sha256 of the list of parameters fixes the characters. A build fails if the installed generator draws other
parameters. `python -m panic3d.benchmark.suites.animerecon_open` prints the sha256 of the installed generator; after an
intended change of the generator, put that value into PARAMETERS_SHA256 and increase VERSION.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from panic3d.benchmark.suites.build import RIG, complete_suite, make_bind_member, make_pair_record
from panic3d.datagen.engines.availability import Engine
from panic3d.datagen.runner.jobs import JobOptions, find_avatars, render_dataset
from panic3d.datagen.runner.sample import RenderOptions
from panic3d.runtime.errors import UserError
from panic3d.runtime.threads import count_usable_cores
from panic3d.shards.completion import Members
from panic3d.shards.manifest import Manifest

NAME = "animerecon-open"
VERSION = 1
PARAMETERS_SHA256 = "c73746f78e45c500ae1179b9aa3af3bb948d52758c70b251194aafd675c8fdd1"
PAIRS = 68
SEED = 2303_14587
FAMILY = "heldout"
STYLES: Final = "heldout"
LICENCE = "CC0-1.0"


def list_parameters() -> list[dict[str, Any]]:
    """List the parameters of every character, numbers rounded to six decimals."""
    from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
    from panic3d.datagen.synth.families import FAMILIES
    from panic3d.datagen.synth.records import describe_params

    version = FAMILIES[FAMILY].version
    return [
        _round_floats(describe_params(draw_params(make_random_generator(SEED, index, FAMILY), FAMILY), version))
        for index in range(PAIRS)
    ]


def hash_parameters() -> str:
    """Return the sha256 of the parameter list that the installed generator draws."""
    text = json.dumps({"styles": STYLES, "characters": list_parameters()}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def check_parameters() -> None:
    """Raise UserError if the installed generator does not draw the characters of this version of the suite."""
    found = hash_parameters()
    if found != PARAMETERS_SHA256:
        raise UserError(
            f"expected the characters of {NAME} version {VERSION} (parameter list {PARAMETERS_SHA256[:12]}), but this "
            f"panic3d's generator draws others ({found[:12]}): use the panic3d that the suite's version belongs to"
        )


def build_animerecon_open(out: Path, engine: Engine, jobs: JobOptions) -> Manifest:
    """Generate, render and draw the missing pairs of the 68. Raises UserError if the generator has changed."""
    check_parameters()
    from panic3d.datagen.synth.batch import CharacterBatch, write_batch

    avatars = out / "avatars"
    write_batch(CharacterBatch(avatars, PAIRS, SEED, FAMILY), jobs.workers or count_usable_cores())
    options = RenderOptions(rig=RIG, engine=engine, mesh=True, illustrate=STYLES)
    manifest = render_dataset(find_avatars([avatars]), out, options, jobs)

    def make_pair(key: str, members: Members) -> dict[str, bytes]:
        source = Path(manifest.records[key].source)
        return {
            "portrait.png": members["front.illustration.png"],
            "pair.json": make_pair_record(franchise="generated", licence=LICENCE),
            **make_bind_member(source, options.avatar),
        }

    complete_suite(out, manifest, make_pair, {"name": NAME, "version": VERSION, "sha256": PARAMETERS_SHA256})
    return manifest


def _round_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _round_floats(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_round_floats(entry) for entry in value]
    return round(float(value), 6) if isinstance(value, float) else value


if __name__ == "__main__":
    print(hash_parameters())
