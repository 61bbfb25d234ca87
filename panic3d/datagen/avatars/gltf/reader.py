"""Read glTF 2.0: document, buffers, accessors, images. Nothing is rotated or scaled here."""

import base64
import urllib.parse
from typing import Any

import numpy as np
from jaxtyping import UInt8

from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.files.images import ImageDecoder
from panic3d.datagen.avatars.files.resources import CompanionFiles
from panic3d.datagen.avatars.gltf.container import is_glb, parse_json, split_glb

COMPONENT_DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
TYPE_SHAPES = {"SCALAR": (), "VEC2": (2,), "VEC3": (3,), "VEC4": (4,), "MAT2": (2, 2), "MAT3": (3, 3), "MAT4": (4, 4)}
UNREADABLE_EXTENSIONS = ("KHR_draco_mesh_compression", "EXT_meshopt_compression")
MAX_IMPLICIT_BYTES = 1 << 26
"""Limit of a sparse accessor without a bufferView, whose zeros are not stored in the file."""


class GltfFile:
    """A parsed file: `document` is the JSON document; accessors and images are decoded on demand.

    Raises AvatarError where the data are not glTF 2.0, are cut short, or need a compression that cannot be read.
    """

    def __init__(self, data: bytes, name: str, companions: CompanionFiles) -> None:
        """Parses the file. AvatarError where it is no glTF 2.0, is cut short, or needs an extension we cannot read."""
        self._companions = companions
        if is_glb(data):
            self.document, self._binary_chunk = split_glb(data, name)
        else:
            self.document, self._binary_chunk = parse_json(data, name), None
        self._check_document()
        self._buffers: dict[int, bytes] = {}
        self._decoder = ImageDecoder()
        self._images: dict[int, UInt8[np.ndarray, "H W 4"]] = {}

    def _check_document(self) -> None:
        version = str(self.document.get("asset", {}).get("version", "missing"))
        if not version.startswith("2"):
            raise AvatarError(f"expected glTF 2.0, found asset version '{version}'")
        for extension in UNREADABLE_EXTENSIONS:
            if extension in self.document.get("extensionsRequired", []):
                raise AvatarError(f"the file is compressed with {extension}: export it again without compression")

    def items(self, kind: str) -> list[dict[str, Any]]:
        """Return a top-level array of the document (`nodes`, `meshes`, ...); empty where it is absent."""
        items = self.document.get(kind, [])
        return items if isinstance(items, list) else []

    def _find_item(self, kind: str, index: int) -> dict[str, Any]:
        items = self.items(kind)
        if not isinstance(index, int) or not 0 <= index < len(items):
            raise AvatarError(f"reference to {kind} {index}, but the file has {len(items)}")
        return items[index]

    def _read_buffer(self, index: int) -> bytes:
        if index not in self._buffers:
            uri = self._find_item("buffers", index).get("uri")
            if uri is not None:
                self._buffers[index] = self._read_uri(uri)
            elif self._binary_chunk is not None:
                self._buffers[index] = self._binary_chunk
            else:
                raise AvatarError(f"buffer {index} has neither a uri nor a binary chunk")
        return self._buffers[index]

    def _read_uri(self, uri: str) -> bytes:
        if uri.startswith("data:"):
            return base64.b64decode(uri.partition(",")[2])
        return self._companions.read(urllib.parse.unquote(uri))

    def _read_view(self, index: int) -> tuple[memoryview, int, int | None]:
        view = self._find_item("bufferViews", index)
        buffer, start, length = self._read_buffer(view["buffer"]), view.get("byteOffset", 0), view["byteLength"]
        if start < 0 or length < 0 or start + length > len(buffer):
            raise AvatarError(
                f"bufferView {index} reaches byte {start + length} of a buffer of {len(buffer)}: cut short?"
            )
        return memoryview(buffer)[start : start + length], length, view.get("byteStride")

    def read_accessor(self, index: int) -> np.ndarray:
        """Return an accessor as (count, ...) of its own dtype; normalised integers become float32 in [-1, 1]."""
        accessor = self._find_item("accessors", index)
        dtype, shape = np.dtype(COMPONENT_DTYPES[accessor["componentType"]]), TYPE_SHAPES[accessor["type"]]
        count, item_bytes = accessor["count"], dtype.itemsize * int(np.prod(shape, dtype=int))
        if "bufferView" in accessor:
            values = self._read_strided(
                accessor["bufferView"], accessor.get("byteOffset", 0), count, item_bytes, dtype, shape
            )
        elif "sparse" in accessor and count * item_bytes <= MAX_IMPLICIT_BYTES:
            values = np.zeros((count, *shape), dtype)
        else:
            raise AvatarError(f"accessor {index} has no bufferView")
        if "sparse" in accessor:
            values = self._apply_sparse(values, accessor["sparse"], item_bytes, dtype, shape)
        if accessor.get("normalized") and dtype.kind in "iu":
            return np.maximum(values.astype(np.float32) / np.iinfo(dtype).max, -1)
        return values

    def _read_strided(
        self, view: int, offset: int, count: int, item_bytes: int, dtype: np.dtype, shape: tuple[int, ...]
    ) -> np.ndarray:
        data, length, stride = self._read_view(view)
        stride = stride or item_bytes
        if stride < item_bytes:
            raise AvatarError(f"bufferView {view} has a stride of {stride} bytes for items of {item_bytes}")
        if count < 0 or offset < 0 or (count and offset + (count - 1) * stride + item_bytes > length):
            raise AvatarError(f"an accessor claims {count} items of {item_bytes} bytes in a view of {length} bytes")
        rows = np.lib.stride_tricks.as_strided(
            np.frombuffer(data, np.uint8)[offset:], (count, item_bytes), (stride, 1), writeable=False
        )
        return np.ascontiguousarray(rows).view(dtype).reshape(count, *shape)

    def _apply_sparse(
        self, values: np.ndarray, sparse: dict[str, Any], item_bytes: int, dtype: np.dtype, shape: tuple[int, ...]
    ) -> np.ndarray:
        where, what = sparse["indices"], sparse["values"]
        index_dtype = np.dtype(COMPONENT_DTYPES[where["componentType"]])
        rows = self._read_strided(
            where["bufferView"], where.get("byteOffset", 0), sparse["count"], index_dtype.itemsize, index_dtype, ()
        )
        changed = self._read_strided(
            what["bufferView"], what.get("byteOffset", 0), sparse["count"], item_bytes, dtype, shape
        )
        if len(rows) and rows.max() >= len(values):
            raise AvatarError("a sparse accessor names an item beyond its end")
        values = values.copy()
        values[rows] = changed
        return values

    def read_image(self, index: int) -> UInt8[np.ndarray, "H W 4"]:
        """Return an image as RGBA; each is decoded once.

        Raises AvatarError where it is missing, broken or too large.
        """
        if index not in self._images:
            record = self._find_item("images", index)
            in_file = "bufferView" in record
            data = bytes(self._read_view(record["bufferView"])[0]) if in_file else self._read_uri(record.get("uri", ""))
            self._images[index] = self._decoder.decode(data, f"image {index} ('{record.get('name', '')}')")
        return self._images[index]
