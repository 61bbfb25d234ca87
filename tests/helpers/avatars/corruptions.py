"""Damaged avatars: seeded corruptions of good VRM, GLB, glTF, PMX and zip files.

Every corruption has a name; `write_corruption` writes number i of a seed, the same bytes every time.
"""

import base64
import copy
import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pygltflib

from helpers.avatars import small_pmx
from helpers.avatars.small_zip import encode_zip, read_folder

HOSTILE: tuple[Any, ...] = (
    -1,
    0,
    1,
    2**31 - 1,
    2**31,
    2**63,
    1e308,
    -1e308,
    float("nan"),
    float("inf"),
    None,
    "",
    "x",
    [],
    {},
    [[]],
    True,
)
DEEP = 5_000
Corruption = Callable[[np.random.Generator, dict[str, bytes]], tuple[str, bytes]]
"""Gives a suffix and the bytes, from a number generator and the good files: `vrm`, `glb`, `gltf`, `pmx`, `zip`."""


def write_corruption(folder: Path, index: int, good: dict[str, bytes], seed: int = 0) -> Path:
    """Write corruption `index` into `folder` and return its path. The stem names what was done.

    All are taken in turn, twice; then those that come out different every time.
    """
    random = np.random.default_rng([seed, index])
    names = list(CORRUPTIONS) if index < 2 * len(CORRUPTIONS) else VARIED
    name = names[index % len(names)]
    corruption = CORRUPTIONS[name]
    suffix, data = corruption(random, good)
    path = folder / f"{index:03d}_{name}{suffix}"
    path.write_bytes(data)
    return path


def make_good_files(folder: Path, vrm: Path | None = None) -> dict[str, bytes]:
    """Return the valid files by suffix. Without `vrm` a small GLB with a VRM block takes its place."""
    from helpers.avatars.small_glb import make_square, write_glb

    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    rgba = random.integers(0, 256, (64, 64, 4), np.uint8)
    quads = [{"corners": make_square(0.3), "rgba": rgba, "alpha_mode": mode} for mode in ("OPAQUE", "MASK", "BLEND")]
    nodes = [pygltflib.Node(mesh=0, name="head", translation=[0, 1, 0])]
    glb = write_glb(folder / "good.glb", quads, nodes=nodes).read_bytes()
    small_pmx.save_character(folder / "mmd")
    humanoid = {"VRMC_vrm": {"specVersion": "1.0", "humanoid": {"humanBones": {"head": {"node": 0}}}}}
    return {
        "vrm": vrm.read_bytes() if vrm else change_glb(glb, lambda document: document.update(extensions=humanoid)),
        "glb": glb,
        "pmx": small_pmx.encode_pmx(_without_pictures()),
        "zip": encode_zip(read_folder(folder / "mmd", "モデル/")),
    }


def _without_pictures() -> small_pmx.Model:
    model = small_pmx.make_small_character()
    for material in model.materials:
        material.texture = -1
    return model


def split_glb(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the JSON of a binary glTF and the rest of the file."""
    length = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + length]), data[20 + length :]


def join_glb(document: dict[str, Any], rest: bytes) -> bytes:
    """Write a binary glTF of JSON and the rest of a file."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<IIIII", 0x46546C67, 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A) + text + rest


def change_glb(data: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Change the JSON of a binary glTF in place."""
    document, rest = split_glb(data)
    change(document)
    return join_glb(document, rest)


def _flipped(random: np.random.Generator, data: bytes, low: int = 0, high: int | None = None) -> bytes:
    out = bytearray(data)
    count = int(2 ** random.uniform(0, 8))
    for place in random.integers(low, high or len(out), count):
        out[place] = random.integers(256)
    return bytes(out)


def _kind(random: np.random.Generator, *kinds: str) -> str:
    return kinds[random.integers(len(kinds))]


def flip_json(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    data = good[_kind(random, "vrm", "glb")]
    return ".vrm", _flipped(random, data, 0, 20 + struct.unpack_from("<I", data, 12)[0])


def flip_binary(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    data = good[_kind(random, "vrm", "glb")]
    return ".glb", _flipped(random, data, 20 + struct.unpack_from("<I", data, 12)[0])


def flip_pmx(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    return ".pmx", _flipped(random, good["pmx"])


def flip_zip(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    return ".zip", _flipped(random, good["zip"])


def cut(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    kind = _kind(random, "vrm", "glb", "pmx", "zip")
    return f".{kind}", good[kind][: random.integers(len(good[kind]))]


def zip_named_vrm(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    return ".vrm", good["zip"]


def missing_texture(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    if random.integers(2):
        return ".pmx", small_pmx.encode_pmx(small_pmx.make_small_character())  # no pictures beside it
    return ".glb", change_glb(good["glb"], lambda document: document.update(images=[{"uri": "gone.png"}]))


def zero_vertices(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    if random.integers(2):
        return ".pmx", small_pmx.encode_pmx(small_pmx.Model(bones=small_pmx.BONES))

    def change(document: dict[str, Any]) -> None:
        for accessor in document["accessors"]:
            accessor["count"] = 0

    return ".vrm", change_glb(good["vrm"], change)


def not_a_number(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    bad = [np.nan, np.inf, -np.inf, 1e38][random.integers(4)]
    if random.integers(2):
        model = _without_pictures()
        for vertex in model.vertices[:: random.integers(1, 9)]:
            vertex.xyz = (bad, 1.0, 0.0)
        return ".pmx", small_pmx.encode_pmx(model)
    document, rest = split_glb(good["glb"])
    view = document["bufferViews"][document["accessors"][0]["bufferView"]]
    start = 8 + view.get("byteOffset", 0)
    return ".glb", join_glb(document, rest[:start] + struct.pack("<f", bad) + rest[start + 4 :])


def claims_100_million(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    if random.integers(2):
        data = good["pmx"]
        count = struct.pack("<i", len(_without_pictures().vertices))
        return ".pmx", data.replace(count, struct.pack("<i", 100_000_000), 1)

    def change(document: dict[str, Any]) -> None:
        accessor = document["accessors"][random.integers(len(document["accessors"]))]
        accessor["count"] = 100_000_000
        if random.integers(2):  # nothing stored: zeros, by the standard
            del accessor["bufferView"]
            accessor["sparse"] = {"count": 0, "indices": {"bufferView": 0, "componentType": 5125},
                                  "values": {"bufferView": 0}}  # fmt: skip

    return ".vrm", change_glb(good["vrm"], change)


def ways_out(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    way = _kind(random, "../../canary.png", "..\\..\\canary.png", "%2e%2e/%2e%2e/canary.png", "/etc/passwd",
                "C:\\a.png", "file:///etc/passwd", "//host/share/a.png", "a/../../canary.png", "\0canary.png",
                "~/canary.png")  # fmt: skip
    where = random.integers(4)
    if where == 0:
        model = small_pmx.make_small_character()
        model.textures[0] = way
        return ".pmx", small_pmx.encode_pmx(model)
    if where == 1:
        return ".zip", encode_zip({way: good["pmx"], "../escaped.pmx": b"", "/tmp/escaped": b"x"}, "utf-8")
    part = "images" if where == 2 else "buffers"
    return ".gltf", json.dumps({**split_glb(good["glb"])[0], part: [{"uri": way, "byteLength": 10}]}).encode()


def cycles(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    if random.integers(2):
        model = _without_pictures()
        bone = int(random.integers(len(model.bones)))
        model.bones[bone] = copy.copy(model.bones[bone])
        model.bones[bone].parent = model.bones[bone].turns_with = bone
        return ".pmx", small_pmx.encode_pmx(model)

    def change(document: dict[str, Any]) -> None:
        last = len(document["nodes"]) - 1
        document["nodes"][last]["children"] = [int(random.integers(last + 1))]

    return ".vrm", change_glb(good["vrm"], change)


def deep_and_wide(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    """Make a chain of thousands of nodes, or as many that all show the same mesh, or JSON nested as deep."""
    which = random.integers(3)
    if which == 0:
        return ".gltf", b'{"a":' * DEEP + b"1" + b"}" * DEEP

    def change(document: dict[str, Any]) -> None:
        nodes = [{"children": [i + 1], "mesh": 0} if which == 1 else {"mesh": 0} for i in range(DEEP)]
        document["nodes"] = [*nodes, {"mesh": 0}]
        document["scenes"] = [{"nodes": list(range(DEEP + 1)) if which == 2 else [0]}]

    return ".glb", change_glb(good["glb"], change)


def instance_bomb(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    """Make a mesh of a million triangles from few bytes, shown a thousand times."""

    def change(document: dict[str, Any]) -> None:
        document["accessors"] = [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
            {"componentType": 5125, "count": 3_000_000, "type": "SCALAR",
             "sparse": {"count": 0, "indices": {"bufferView": 0, "componentType": 5125}, "values": {"bufferView": 0}}},
        ]  # fmt: skip
        document["meshes"] = [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}]
        document["nodes"] = [{"mesh": 0}] * 1000
        document["scenes"] = [{"nodes": list(range(1000))}]

    return ".glb", change_glb(good["glb"], change)


def _png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def picture_bombs(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    which = random.integers(4)
    if which == 0:
        picture = _png_claiming(60_000, 60_000)
    elif which == 1:
        picture = _png_claiming(8192, 8192)
    elif which == 2:  # an uncompressed TGA that claims much and holds nothing
        picture = struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, 65535, 65535, 32, 8) + bytes(100)
    else:
        picture = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(x) run\n"  # Pillow would start Ghostscript
    uri = "data:image/png;base64," + base64.b64encode(picture).decode()
    return ".vrm", change_glb(good["glb"], lambda document: document.update(images=[{"uri": uri}] * 3))


def broken_pictures(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    from PIL import Image

    pixels = Image.fromarray(random.integers(0, 256, (32, 32, 3), np.uint8))
    buffer = io.BytesIO()
    pixels.save(buffer, _kind(random, "PNG", "JPEG", "BMP", "TGA", "WEBP", "GIF", "DDS"))
    uri = "data:image/png;base64," + base64.b64encode(_flipped(random, buffer.getvalue())).decode()
    return ".glb", change_glb(good["glb"], lambda document: document.update(images=[{"uri": uri}] * 3))


def zip_bombs(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    data = bytearray(encode_zip({"model.pmx": b"PMX " + bytes(8_000_000)}))
    if random.integers(2):  # the directory claims 4 GB, or 100 bytes
        size = _kind(random, "\xff\xff\xff\xf0", "\x64\x00\x00\x00").encode("latin-1")
        at = data.find(b"PK\x01\x02") + 24
        data[at : at + 4] = size
    return ".zip", bytes(data)


def hostile_values(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    """Replace some values of the document by values of other types and sizes."""

    def change(document: dict[str, Any]) -> None:
        for _ in range(int(2 ** random.uniform(0, 4))):
            at: Any = document
            for _ in range(12):
                keys = list(at) if isinstance(at, dict) else list(range(len(at)))
                if not keys:
                    break
                key = keys[random.integers(len(keys))]
                if not isinstance(at[key], dict | list) or random.random() < 0.1:
                    at[key] = HOSTILE[random.integers(len(HOSTILE))]
                    break
                at = at[key]

    return ".vrm", change_glb(good[_kind(random, "vrm", "glb")], change)


def no_avatar(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    suffix = _kind(random, ".vrm", ".glb", ".gltf", ".pmx", ".zip")
    return suffix, [b"", b"<html>404</html>", b"{}", b"[]", bytes(5000), random.bytes(5000), b"null", b"glTF"][
        random.integers(8)
    ]


def flip_pmx_counts(random: np.random.Generator, good: dict[str, bytes]) -> tuple[str, bytes]:
    """Write extreme numbers where the file keeps its counts, sizes and indices."""
    data = bytearray(good["pmx"])
    for _ in range(int(random.integers(1, 6))):
        at = int(random.integers(8, len(data) - 4))
        number = [-1, 0, 2**31 - 1, -(2**31), 65536, 255][random.integers(6)]
        struct.pack_into("<i", data, at, number)
    return ".pmx", bytes(data)


CORRUPTIONS: dict[str, Corruption] = {
    made.__name__: made
    for made in (
        flip_json, flip_binary, flip_pmx, flip_zip, cut, zip_named_vrm, missing_texture, zero_vertices, not_a_number,
        claims_100_million, ways_out, cycles, deep_and_wide, instance_bomb, picture_bombs, broken_pictures, zip_bombs,
        hostile_values, no_avatar, flip_pmx_counts,
    )
}  # fmt: skip

VARIED = [
    "flip_json",
    "flip_binary",
    "flip_pmx",
    "flip_zip",
    "cut",
    "broken_pictures",
    "hostile_values",
    "flip_pmx_counts",
]
