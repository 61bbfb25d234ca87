"""The reason of a broken avatar names the part of the file and the fault, never Python's types."""

import json
import random
import struct
from pathlib import Path
from typing import Any

import pytest

from helpers.avatars.corruptions import make_good_files
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.files import faults
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.gltf.container import split_glb

MODULES = {path.stem for path in Path(faults.__file__).parents[1].rglob("*.py")}
VALUES: tuple[Any, ...] = (None, "x", -1, 1e300, [], {}, [[]], True, {"a": 1}, 2**70)


def _list_places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found.append((value, key))
        _list_places(inner, found)
    return found


def _join_glb(document: bytes, binary: bytes) -> bytes:
    chunks = struct.pack("<II", len(document), 0x4E4F534A) + document + struct.pack("<II", len(binary), 0x004E4942)
    return struct.pack("<III", 0x46546C67, 2, 12 + len(chunks) + len(binary)) + chunks + binary


@pytest.mark.parametrize("seed", range(60))
def test_replaced_values(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    document, binary = split_glb(make_good_files(tmp_path / "good")["vrm"], "good.vrm")
    parent, key = rng.choice(_list_places(document, []))
    parent[key] = rng.choice(VALUES)
    path = tmp_path / "a\nb.vrm"
    path.write_bytes(_join_glb(json.dumps(document).encode(), binary or b""))
    try:
        load_avatar(path)
    except AvatarError as error:
        reason = str(error)
        assert 15 < len(reason) <= 300 and "\n" not in reason
        for word in ("Error", "operand", "object is", "NoneType", "attribute", "subscriptable"):
            assert word not in reason


def test_the_parts_are_those_of_modules() -> None:
    assert set(faults.PARTS) <= MODULES, "a module that was renamed loses the name of its part"
