"""`points.npz` of a sample: random points with occupancy and colour, checked where they are read."""

import io
import math
import zipfile
from typing import Any

import numpy as np

POINTS_MEMBER = "points.npz"
POINTS_LAYOUT: dict[str, tuple[np.dtype[Any], tuple[int, ...]]] = {
    "xyz": (np.dtype("<f4"), (3,)),
    "inside": (np.dtype("u1"), ()),
    "rgb": (np.dtype("u1"), (3,)),
}
"""Type and shape of a row of each array."""
MAX_POINTS_BYTES = 1 << 28
"""Of all arrays of a sample; those that are rendered have 262,144."""


def decode_points(data: bytes) -> dict[str, np.ndarray]:
    """Decode the file: xyz (N, 3) in the head frame in metres, inside (N,) 0 or 1, rgb (N, 3) straight sRGB.

    Raises ValueError for other arrays, and for damaged ones. Nothing is unpickled, and memory is taken only for
    numbers that are there.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if (size := sum(member.file_size for member in archive.infolist())) > MAX_POINTS_BYTES:
                raise ValueError(f"it unpacks to {size:,} bytes, no more than {MAX_POINTS_BYTES:,} are read")
            arrays = {name: _decode_array(archive.read(f"{name}.npy"), name) for name in POINTS_LAYOUT}
    except ValueError:
        raise
    except Exception as error:  # zipfile, zlib and NumPy raise many types for damaged files
        raise ValueError(f"it is no npz file of {', '.join(POINTS_LAYOUT)} ({type(error).__name__})") from error
    if len({len(array) for array in arrays.values()}) != 1 or not np.isfinite(arrays["xyz"]).all():
        raise ValueError("its arrays have different lengths, or points are not finite")
    return arrays


def describe_damaged_points(key: str, fault: ValueError) -> str:
    """Say what is wrong with the points of a sample, and what to do."""
    return f"{key}.{POINTS_MEMBER} is damaged ({fault}): render {key} again with --points"


def _decode_array(data: bytes, name: str) -> np.ndarray:
    """Decode an array of the layout in the npy format."""
    dtype, row = POINTS_LAYOUT[name]
    file = io.BytesIO(data)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError(f"{name} is in another version of the npy format than 1.0")
    shape, in_columns, found = np.lib.format.read_array_header_1_0(file)
    content = data[file.tell() :]
    is_fitting = found == dtype and not in_columns and len(shape) == 1 + len(row) and shape[1:] == row
    if not is_fitting or len(content) != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"expected {dtype} numbers as {name}, found another type or shape")
    return np.frombuffer(content, dtype).reshape(shape).copy()
