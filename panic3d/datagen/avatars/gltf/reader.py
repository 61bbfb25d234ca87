"""Reading glTF 2.0 and GLB: JSON, buffers, accessors, images, node transforms. Nothing is turned or scaled here."""

import base64
import json
import struct
import urllib.parse
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.files.images import PictureReader
from panic3d.datagen.avatars.files.resources import Beside

GLB_MAGIC, JSON_CHUNK, BIN_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
COMPONENT_DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
TYPE_SHAPES = {"SCALAR": (), "VEC2": (2,), "VEC3": (3,), "VEC4": (4,), "MAT2": (2, 2), "MAT3": (3, 3), "MAT4": (4, 4)}
UNREADABLE_EXTENSIONS = ("KHR_draco_mesh_compression", "EXT_meshopt_compression")
MAX_UNSAID_BYTES = 1 << 26
"""Of a sparse accessor without a bufferView: zeros that the file need not hold."""


class GltfFile:
    """A parsed file: `document` is the JSON; accessors and images are decoded when asked for."""

    def __init__(self, data: bytes, name: str, beside: Beside) -> None:
        """Parses the file. AvatarError where it is no glTF 2.0, is cut short, or needs an extension we cannot read."""
        self._beside = beside
        if len(data) >= 12 and struct.unpack_from("<I", data)[0] == GLB_MAGIC:
            self.document, self._binary_chunk = _split_glb(data, name)
        else:
            self.document, self._binary_chunk = _parse_json(data, name), None
        self._check_document()
        self._buffers: dict[int, bytes] = {}
        self._pictures = PictureReader()
        self._images: dict[int, UInt8[np.ndarray, "H W 4"]] = {}

    def _check_document(self) -> None:
        version = str(self.document.get("asset", {}).get("version", "missing"))
        if not version.startswith("2"):
            raise AvatarError(f"expected glTF 2.0, found asset version '{version}'")
        for extension in UNREADABLE_EXTENSIONS:
            if extension in self.document.get("extensionsRequired", []):
                raise AvatarError(f"the file is compressed with {extension}: export it again without compression")

    def items(self, kind: str) -> list[dict[str, Any]]:
        """A top-level array of the document (`nodes`, `meshes`, ...), empty where it is absent."""
        items = self.document.get(kind, [])
        return items if isinstance(items, list) else []

    def _item(self, kind: str, index: int) -> dict[str, Any]:
        items = self.items(kind)
        if not isinstance(index, int) or not 0 <= index < len(items):
            raise AvatarError(f"reference to {kind} {index}, but the file has {len(items)}")
        return items[index]

    def _buffer(self, index: int) -> bytes:
        if index not in self._buffers:
            uri = self._item("buffers", index).get("uri")
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
        return self._beside.read(urllib.parse.unquote(uri))

    def _view(self, index: int) -> tuple[memoryview, int, int | None]:
        view = self._item("bufferViews", index)
        buffer, start, length = self._buffer(view["buffer"]), view.get("byteOffset", 0), view["byteLength"]
        if start < 0 or length < 0 or start + length > len(buffer):
            raise AvatarError(
                f"bufferView {index} reaches byte {start + length} of a buffer of {len(buffer)}: cut short?"
            )
        return memoryview(buffer)[start : start + length], length, view.get("byteStride")

    def accessor(self, index: int) -> np.ndarray:
        """An accessor as (count, ...) of its own dtype; normalised integers become float32 in [-1, 1]."""
        accessor = self._item("accessors", index)
        dtype, shape = np.dtype(COMPONENT_DTYPES[accessor["componentType"]]), TYPE_SHAPES[accessor["type"]]
        count, item_bytes = accessor["count"], dtype.itemsize * int(np.prod(shape, dtype=int))
        if "bufferView" in accessor:
            values = self._strided(
                accessor["bufferView"], accessor.get("byteOffset", 0), count, item_bytes, dtype, shape
            )
        elif "sparse" in accessor and count * item_bytes <= MAX_UNSAID_BYTES:
            values = np.zeros((count, *shape), dtype)
        else:
            raise AvatarError(f"accessor {index} has no bufferView")
        if "sparse" in accessor:
            values = self._with_sparse(values, accessor["sparse"], item_bytes, dtype, shape)
        if accessor.get("normalized") and dtype.kind in "iu":
            return np.maximum(values.astype(np.float32) / np.iinfo(dtype).max, -1)
        return values

    def _strided(
        self, view: int, offset: int, count: int, item_bytes: int, dtype: np.dtype, shape: tuple[int, ...]
    ) -> np.ndarray:
        data, length, stride = self._view(view)
        stride = stride or item_bytes
        if stride < item_bytes:
            raise AvatarError(f"bufferView {view} has a stride of {stride} bytes for items of {item_bytes}")
        if count < 0 or offset < 0 or (count and offset + (count - 1) * stride + item_bytes > length):
            raise AvatarError(f"an accessor claims {count} items of {item_bytes} bytes in a view of {length} bytes")
        rows = np.lib.stride_tricks.as_strided(
            np.frombuffer(data, np.uint8)[offset:], (count, item_bytes), (stride, 1), writeable=False
        )
        return np.ascontiguousarray(rows).view(dtype).reshape(count, *shape)

    def _with_sparse(
        self, values: np.ndarray, sparse: dict[str, Any], item_bytes: int, dtype: np.dtype, shape: tuple[int, ...]
    ) -> np.ndarray:
        where, what = sparse["indices"], sparse["values"]
        index_dtype = np.dtype(COMPONENT_DTYPES[where["componentType"]])
        rows = self._strided(
            where["bufferView"], where.get("byteOffset", 0), sparse["count"], index_dtype.itemsize, index_dtype, ()
        )
        changed = self._strided(
            what["bufferView"], what.get("byteOffset", 0), sparse["count"], item_bytes, dtype, shape
        )
        if len(rows) and rows.max() >= len(values):
            raise AvatarError("a sparse accessor names an item beyond its end")
        values = values.copy()
        values[rows] = changed
        return values

    def image(self, index: int) -> UInt8[np.ndarray, "H W 4"]:
        """A picture as RGBA, decoded once. AvatarError where it is missing, broken or too large."""
        if index not in self._images:
            record = self._item("images", index)
            in_file = "bufferView" in record
            data = bytes(self._view(record["bufferView"])[0]) if in_file else self._read_uri(record.get("uri", ""))
            self._images[index] = self._pictures.decode(data, f"image {index} ('{record.get('name', '')}')")
        return self._images[index]

    def parents(self) -> list[int | None]:
        """The parent of each node. AvatarError where a node has two or is its own ancestor."""
        nodes = self.items("nodes")
        parents: list[int | None] = [None] * len(nodes)
        for index, node in enumerate(nodes):
            for child in node.get("children", []):
                if not 0 <= child < len(nodes) or parents[child] is not None:
                    raise AvatarError(f"the node tree is broken at node {child}")
                parents[child] = index
        todo = [index for index, parent in enumerate(parents) if parent is None]
        from_roots = 0
        while todo:
            from_roots += 1
            todo.extend(nodes[todo.pop()].get("children", []))
        if from_roots < len(nodes):
            raise AvatarError("the node tree contains a cycle")
        return parents

    def world_from_node(self) -> Float[np.ndarray, "nodes 4 4"]:
        """Each node's transform to the file's world axes, at rest."""
        parents, nodes = self.parents(), self.items("nodes")
        world: dict[int, np.ndarray] = {}

        def resolve(index: int) -> np.ndarray:
            chain: list[int] = []
            at: int | None = index
            while at is not None and at not in world:
                chain.append(at)
                at = parents[at]
            for link in reversed(chain):
                parent = parents[link]
                local = _local_matrix(nodes[link])
                world[link] = local if parent is None else world[parent] @ local
            return world[index]

        return np.array([resolve(index) for index in range(len(nodes))]).reshape(-1, 4, 4)


def _split_glb(data: bytes, name: str) -> tuple[dict[str, Any], bytes | None]:
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
                document = _parse_json(chunk, name)
            except AvatarError as error:
                raise AvatarError(f"the JSON in {name} is damaged: {error.__cause__ or error}") from error
        elif kind == BIN_CHUNK and binary is None:
            binary = chunk
        offset += 8 + length
    if document is None:
        raise AvatarError(f"{name} has no JSON chunk")
    return document, binary


def _parse_json(data: bytes, name: str) -> dict[str, Any]:
    try:
        document = json.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise AvatarError(f"{name} is not a VRM, GLB, glTF or PMX file (neither a GLB header nor JSON)") from error
    if not isinstance(document, dict):
        raise AvatarError(f"{name} is JSON, but not a glTF document")
    return document


def _local_matrix(node: dict[str, Any]) -> Float[np.ndarray, "4 4"]:
    if "matrix" in node:
        return np.array(node["matrix"], float).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * np.array(node.get("scale", (1.0, 1.0, 1.0)), float)
    matrix[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return matrix
