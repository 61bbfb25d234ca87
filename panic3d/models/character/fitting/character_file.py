"""`NAME.character.json`: the character that was fitted, to be looked at, changed, and built again."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from panic3d.datagen.synth.params import CharacterParams
from panic3d.datagen.synth.records import describe_params, restore_params
from panic3d.models.character.fitting.fitted import FittedCharacter
from panic3d.runtime.errors import UserError
from panic3d.runtime.records import parse_json
from panic3d.runtime.regular_files import read_file

SUFFIX = ".character.json"
SCHEMA = "panic3d-character-1"
LATEST_VERSION = 3
"""Of the generator whose fields are written."""


def encode_character(fitted: FittedCharacter) -> str:
    """Encode the parameters of a fitted character, and the likeliest values of its categories."""
    record = {
        "schema": SCHEMA,
        "likeliest": _round(fitted.likeliest),
        "params": describe_params(fitted.params, LATEST_VERSION),
    }
    return json.dumps(record, indent=1)


def read_character(path: Path) -> CharacterParams:
    """Read the parameters of a character. Raises UserError where the file is none, naming the place of the fault."""
    try:
        record = parse_json(read_file(path), dict[str, Any])
        if record.get("schema") != SCHEMA:
            raise ValueError(f"expected schema '{SCHEMA}', found {record.get('schema')!r:.60}")
        return restore_params(record.get("params"))
    except (OSError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())[:200]
        raise UserError(
            f"cannot read the character {path} ({said}): expected a NAME{SUFFIX} of this version"
        ) from error


def _round(likeliest: Mapping[str, Sequence[tuple[str, float]]]) -> dict[str, list[list[str | float]]]:
    return {name: [[value, round(chance, 3)] for value, chance in values] for name, values in likeliest.items()}
