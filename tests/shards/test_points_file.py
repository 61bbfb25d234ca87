"""`points.npz`: the three arrays of the format and nothing else, whatever the file claims."""

import io
import zipfile
from typing import Any

import numpy as np
import pytest

from panic3d.shards.points import decode_points

ARRAYS: dict[str, Any] = {
    "xyz": np.zeros((5, 3), np.float32),
    "inside": np.ones(5, np.uint8),
    "rgb": np.full((5, 3), 7, np.uint8),
}


def pack(arrays: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def pack_bytes(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return buffer.getvalue()


def make_header(shape: str) -> bytes:
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def test_good_points_are_as_numpy_reads_them() -> None:
    found = decode_points(pack(ARRAYS))
    with np.load(io.BytesIO(pack(ARRAYS))) as expected:
        assert all(np.array_equal(found[name], expected[name]) for name in ARRAYS)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        pack({"xyz": ARRAYS["xyz"]}),
        pack({**ARRAYS, "xyz": np.array([{"a": 1}] * 5, object)}),
        pack({**ARRAYS, "xyz": np.zeros((5, 4), np.float32)}),
        pack({**ARRAYS, "xyz": np.full((5, 3), np.nan, np.float32)}),
        pack({**ARRAYS, "inside": np.ones(4, np.uint8)}),
        pack({**ARRAYS, "rgb": np.zeros((5, 3), np.float64)}),
        pack_bytes({"xyz": make_header("(10000000000, 3)"), "inside": b"", "rgb": b""}),
        pack_bytes({"xyz": make_header("(" * 50), "inside": b"", "rgb": b""}),
        pack_bytes({"xyz": bytes(1 << 29)}),
        pack(ARRAYS)[:-40],
    ],
)
def test_others_are_one_sentence(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".") as found:
        decode_points(data)
    assert len(str(found.value)) < 150


@pytest.mark.parametrize("position", range(0, 700, 13))
def test_any_changed_byte_is_noticed_or_harmless(position: int) -> None:
    data = bytearray(pack(ARRAYS))
    data[position % len(data)] ^= 0x55
    try:
        assert set(decode_points(bytes(data))) == set(ARRAYS)
    except ValueError as error:
        assert len(str(error)) < 200
