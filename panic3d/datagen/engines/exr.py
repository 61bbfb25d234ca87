"""Read uncompressed scan-line OpenEXR files, as Blender writes them (openexr.com/en/latest/OpenEXRFileLayout.html)."""

import struct

import numpy as np
from jaxtyping import Float

MAGIC = 20000630
FLOAT32 = 2
NO_COMPRESSION = b"\x00"


def read_exr(data: bytes) -> dict[str, Float[np.ndarray, "H W"]]:
    """Return the channels by name, row 0 on top. Raises ValueError where the file is truncated or of another kind."""
    try:
        return _read(data)
    except (KeyError, struct.error) as error:
        raise ValueError("an OpenEXR file truncated in its header") from error


def _read(data: bytes) -> dict[str, Float[np.ndarray, "H W"]]:
    if len(data) < 8 or struct.unpack_from("<i", data)[0] != MAGIC:
        raise ValueError("not an OpenEXR file")
    attributes, at = _read_attributes(data, 8)
    if attributes["compression"] != NO_COMPRESSION:
        raise ValueError("a compressed OpenEXR file")
    names = _list_float_channels(attributes["channels"])
    left, top, right, bottom = struct.unpack("<4i", attributes["dataWindow"])
    width, height = right - left + 1, bottom - top + 1
    line = np.dtype([("row", "<i4"), ("size", "<i4"), ("values", "<f4", (len(names), width))])
    first = at + 8 * height  # after the table of offsets
    if len(data) < first + height * line.itemsize:
        raise ValueError(f"an OpenEXR file of {len(data)} bytes, truncated")
    values = np.frombuffer(data, line, height, first)["values"]
    return {name: values[:, index] for index, name in enumerate(names)}


def _read_attributes(data: bytes, at: int) -> tuple[dict[str, bytes], int]:
    attributes: dict[str, bytes] = {}
    while data[at : at + 1] not in (b"\0", b""):
        name_end = data.index(b"\0", at)
        type_end = data.index(b"\0", name_end + 1)
        (size,) = struct.unpack_from("<i", data, type_end + 1)
        attributes[data[at:name_end].decode()] = data[type_end + 5 : type_end + 5 + size]
        at = type_end + 5 + size
    return attributes, at + 1


def _list_float_channels(table: bytes) -> list[str]:
    names, at = [], 0
    while table[at : at + 1] not in (b"\0", b""):
        end = table.index(b"\0", at)
        if struct.unpack_from("<i", table, end + 1)[0] != FLOAT32:
            raise ValueError("an OpenEXR file whose channels are not 32-bit floats")
        names.append(table[at:end].decode())
        at = end + 17
    return names
