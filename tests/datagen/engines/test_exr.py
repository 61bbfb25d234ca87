"""The reader of OpenEXR files against one put together by hand from the format's description."""

import struct

import numpy as np
import pytest

from panic3d.datagen.engines.exr import read_exr


def exr_bytes(channels: dict[str, np.ndarray], compression: int = 0) -> bytes:
    names = sorted(channels)
    height, width = channels[names[0]].shape

    def attribute(name: str, kind: str, value: bytes) -> bytes:
        return f"{name}\0{kind}\0".encode() + struct.pack("<i", len(value)) + value

    table = b"".join(name.encode() + b"\0" + struct.pack("<iB3xii", 2, 0, 1, 1) for name in names) + b"\0"
    window = struct.pack("<4i", 5, 7, 5 + width - 1, 7 + height - 1)
    header = struct.pack("<ii", 20000630, 2)
    header += attribute("channels", "chlist", table)
    header += attribute("compression", "compression", bytes([compression]))
    header += attribute("dataWindow", "box2i", window) + attribute("displayWindow", "box2i", window)
    header += attribute("lineOrder", "lineOrder", b"\0") + b"\0"
    lines = [
        struct.pack("<ii", 7 + row, 4 * width * len(names))
        + b"".join(channels[name][row].astype("<f4").tobytes() for name in names)
        for row in range(height)
    ]
    offsets = np.cumsum([len(header) + 8 * height, *map(len, lines[:-1])])
    return header + offsets.astype("<u8").tobytes() + b"".join(lines)


def test_channels_come_back_as_written() -> None:
    random = np.random.default_rng(0)
    channels = {name: random.normal(size=(3, 5)).astype(np.float32) for name in ("V.Combined.R", "V.Combined.A", "Z")}
    found = read_exr(exr_bytes(channels))
    assert found.keys() == channels.keys()
    for name, values in channels.items():
        np.testing.assert_array_equal(found[name], values)


def test_what_is_cut_short_or_compressed_is_refused() -> None:
    whole = exr_bytes({"Z": np.ones((4, 4), np.float32)})
    for length in range(len(whole)):
        with pytest.raises(ValueError):
            read_exr(whole[:length])
    with pytest.raises(ValueError, match="compressed"):
        read_exr(exr_bytes({"Z": np.ones((4, 4), np.float32)}, compression=3))
