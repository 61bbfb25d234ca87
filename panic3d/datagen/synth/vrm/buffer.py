"""The binary buffer of a GLB file with its views and accessors."""

import json
import struct
from typing import Any

import numpy as np

FLOAT, UNSIGNED_BYTE, UNSIGNED_SHORT, UNSIGNED_INT = 5126, 5121, 5123, 5125
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963


class GlbBuffer:
    """The binary buffer, its views and its accessors."""

    def __init__(self) -> None:
        self.blob, self.views, self.accessors = bytearray(), [], []  # type: ignore[var-annotated]

    def add_view(self, data: bytes, target: int | None = None) -> int:
        """Append data, aligned to four bytes, and return the index of their view."""
        self.blob.extend(b"\0" * (-len(self.blob) % 4))
        view = {"buffer": 0, "byteOffset": len(self.blob), "byteLength": len(data)}
        self.blob.extend(data)
        self.views.append(view if target is None else view | {"target": target})
        return len(self.views) - 1

    def add_accessor(
        self, values: np.ndarray, component: int, kind: str, target: int | None, bounds: bool = False
    ) -> int:
        """Append values with their view and return the index of their accessor; `bounds` adds minimum and maximum."""
        entry: dict[str, Any] = {
            "bufferView": self.add_view(np.ascontiguousarray(values).tobytes(), target),
            "componentType": component,
            "count": len(values),
            "type": kind,
        }
        if bounds:
            entry |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        self.accessors.append(entry)
        return len(self.accessors) - 1


def pack_glb(document: dict[str, Any], blob: bytes) -> bytes:
    """Pack document and buffer into a GLB file."""
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    blob += b"\0" * (-len(blob) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
