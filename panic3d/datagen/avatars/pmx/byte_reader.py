"""Reading of the elementary values of a PMX file, with bounds checks."""

import struct

import numpy as np
from jaxtyping import Int

from panic3d.datagen.avatars.files.errors import AvatarError

PMX_MAGIC = b"PMX "


class PmxByteReader:
    """A position in the file, and the sizes that its header defines.

    Raises AvatarError where the data are no PMX 2.0 or 2.1 file, or end too early.
    """

    def __init__(self, data: bytes) -> None:
        if data[:4] != PMX_MAGIC:
            raise AvatarError("the file is no PMX model")
        self.data, self.at = data, 4
        (version,) = self.unpack("f")
        if round(version, 3) not in (2.0, 2.1):
            raise AvatarError(f"expected PMX 2.0 or 2.1, found {version:g}")
        sizes = self.read_bytes(self.read_bytes(1)[0])
        if len(sizes) < 8 or sizes[0] > 1 or sizes[1] > 4 or any(size not in (1, 2, 4) for size in sizes[2:8]):
            raise AvatarError(f"the PMX header sets impossible sizes: {sizes.hex(' ')}")
        self.encoding = ("utf-16-le", "utf-8")[sizes[0]]
        self.vector_count, self.vertex_bytes, self.texture_bytes, _, self.bone_bytes = sizes[1:6]

    def read_bytes(self, length: int) -> bytes:
        """Return the next `length` bytes."""
        if length < 0 or self.at + length > len(self.data):
            raise AvatarError(
                f"the PMX model is cut short: {length} bytes wanted at byte {self.at} of {len(self.data)}"
            )
        self.at += length
        return self.data[self.at - length : self.at]

    def unpack(self, form: str) -> tuple:
        """Return the next values of a `struct` format, little-endian."""
        return struct.unpack("<" + form, self.read_bytes(struct.calcsize("<" + form)))

    def read_count(self, least_bytes: int) -> int:
        """Return a number of items, each of which takes at least `least_bytes` of the remaining bytes."""
        (count,) = self.unpack("i")
        if count < 0 or count * least_bytes > len(self.data) - self.at:
            left = len(self.data) - self.at
            raise AvatarError(
                f"the PMX model claims {count:,} items where {left:,} bytes are left: cut short or broken"
            )
        return int(count)

    def read_text(self) -> str:
        """Return a text with its length in front, in the encoding of the file."""
        return self.read_bytes(self.read_count(1)).decode(self.encoding, "replace").replace("\0", "")

    def read_index(self, size: int) -> int:
        """Return a signed index of `size` bytes."""
        return int(self.unpack({1: "b", 2: "h", 4: "i"}[size])[0])

    def read_indices(self, count: int, size: int, signed: bool) -> Int[np.ndarray, "count"]:
        """Return `count` indices of `size` bytes each."""
        return np.frombuffer(self.read_bytes(count * size), f"<{'i' if signed else 'u'}{size}").astype(np.int32)
