"""The two containers of glTF: GLB with its chunks, and plain JSON."""

import json
import struct
from typing import Any

from panic3d.datagen.avatars.files.errors import AvatarError

GLB_MAGIC, JSON_CHUNK, BIN_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942


def is_glb(data: bytes) -> bool:
    """Return whether the data begin with a GLB header."""
    return len(data) >= 12 and bool(struct.unpack_from("<I", data)[0] == GLB_MAGIC)


def split_glb(data: bytes, name: str) -> tuple[dict[str, Any], bytes | None]:
    """Return the JSON document and the binary chunk (None where there is none) of a GLB file.

    Raises AvatarError where the file is of another version, cut short or damaged.
    """
    _, version, total = struct.unpack_from("<III", data)
    if version != 2:
        raise AvatarError(f"expected GLB version 2, found {version}")
    if total > len(data):
        raise AvatarError(f"{name} is cut short: its header says {total} bytes, the file has {len(data)}")
    document, binary, offset = None, None, 12
    while offset + 8 <= total:
        length, kind = struct.unpack_from("<II", data, offset)
        chunk = data[offset + 8 : offset + 8 + length]
        if len(chunk) < length:
            raise AvatarError(f"{name} is cut short in a chunk of {length} bytes")
        if kind == JSON_CHUNK and document is None:
            try:
                document = parse_json(chunk, name)
            except AvatarError as error:
                raise AvatarError(f"the JSON in {name} is damaged: {error.__cause__ or error}") from error
        elif kind == BIN_CHUNK and binary is None:
            binary = chunk
        offset += 8 + length
    if document is None:
        raise AvatarError(f"{name} has no JSON chunk")
    return document, binary


def parse_json(data: bytes, name: str) -> dict[str, Any]:
    """Parse a glTF document. Raises AvatarError where the data are not a JSON object."""
    try:
        document = json.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise AvatarError(f"{name} is not a VRM, GLB, glTF or PMX file (neither a GLB header nor JSON)") from error
    if not isinstance(document, dict):
        raise AvatarError(f"{name} is JSON, but not a glTF document")
    return document
