"""Random damage to valid files: to their bytes, and to the values of the JSON in them."""

import copy
import json
import random
import struct
import zlib
from typing import Any

import yaml

from helpers.avatars.corruptions import HOSTILE

PNG_HEADER_BYTES = 8
HOSTILE_VALUES = (*HOSTILE, "\0", "a\nb\u202e\ud800", "é" * 5000, "../../x", [[[[]]]] * 3, 10**400, 1e-320)


def mutate_bytes(rng: random.Random, data: bytes) -> bytes:
    """Damage a file: flipped bits, a cut, a part that is copied elsewhere, or a part that is removed."""
    changed = bytearray(data)
    first, second = sorted(rng.randrange(len(data)) for _ in range(2))
    kind = rng.choice(("flip", "cut", "copy", "remove"))
    if kind == "flip":
        end = rng.choice((64, 1024, len(data)))  # the front of a file decides how the rest is read
        for _ in range(rng.choice((1, 4, 64))):
            changed[rng.randrange(min(end, len(data)))] ^= 1 << rng.randrange(8)
    elif kind == "cut":
        del changed[second:]
    elif kind == "copy":
        place = rng.randrange(len(data))
        changed[place:place] = data[first:second]
    else:
        del changed[first:second]
    return bytes(changed)


def mutate_json(rng: random.Random, text: bytes) -> bytes:
    """Replace, remove or add one to three values of a JSON document."""
    document = json.loads(text)
    for _ in range(rng.choice((1, 1, 3))):
        document = _replace_value(rng, document)
    return json.dumps(document).encode()


def mutate_png(rng: random.Random, data: bytes) -> bytes:
    """Damage the content of one chunk of a PNG and write its checksum anew, so that decoders read on."""
    starts = [PNG_HEADER_BYTES]
    while (end := starts[-1] + 12 + struct.unpack_from(">I", data, starts[-1])[0]) < len(data):
        starts.append(end)
    start = rng.choice(starts)
    (length,) = struct.unpack_from(">I", data, start)
    content = mutate_bytes(rng, data[start + 8 : start + 8 + length]) if length else b"\0"
    tagged = data[start + 4 : start + 8] + content
    chunk = struct.pack(">I", len(content)) + tagged + struct.pack(">I", zlib.crc32(tagged))
    return data[:start] + chunk + data[start + 12 + length :]


def mutate_safetensors_header(rng: random.Random, data: bytes) -> bytes:
    """Replace values in the JSON header, and write its length anew."""
    (length,) = struct.unpack_from("<Q", data)
    header = mutate_json(rng, data[8 : 8 + length])
    return struct.pack("<Q", len(header)) + header + data[8 + length :]


def mutate_weights_config(rng: random.Random, data: bytes) -> bytes:
    """Replace values in the configuration that the header of a run's weights holds as YAML."""
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    texts = header["__metadata__"]
    name = rng.choice(("config", "config", "config", "facts", "schema"))
    if name == "config" and rng.random() < 0.8:
        changed = _replace_value(rng, yaml.safe_load(texts["config"]))
        texts["config"] = yaml.safe_dump(changed, sort_keys=False)
    else:
        texts[name] = mutate_bytes(rng, texts[name].encode()).decode(errors="replace")
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data[8 + length :]


def _replace_value(rng: random.Random, document: Any) -> Any:
    places = _list_places(document)
    if not places:
        return rng.choice(HOSTILE_VALUES)
    changed = copy.deepcopy(document)
    place = rng.choice(places)
    group = changed
    for step in place[:-1]:
        group = group[step]
    if rng.random() < 0.2:
        del group[place[-1]]
    elif rng.random() < 0.1 and isinstance(group, dict):
        group[rng.choice(("x", "\0", "a\nb", "k" * 2000))] = group[place[-1]]
    else:
        group[place[-1]] = copy.deepcopy(rng.choice(HOSTILE_VALUES))
    return changed


def _list_places(document: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    found: list[tuple[Any, ...]] = []
    for step, value in pairs:
        found += [(*place, step), *_list_places(value, (*place, step))]
    return found
