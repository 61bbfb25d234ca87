"""PNG files of a few bytes that claim many pixels."""

import struct
import zlib


def make_png_bomb(side: int, depth: int, colour: int) -> bytes:
    """A PNG with the header of a square picture and next to no data. `colour`: 0 grey, 2 RGB, 6 RGBA."""
    header = struct.pack(">IIBBBBB", side, side, depth, colour, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
