"""Reading of the vertices of a PMX file, whose records have different lengths."""

import numpy as np

from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.pmx.byte_reader import PmxByteReader
from panic3d.datagen.avatars.pmx.model import BDEF1, BDEF2, BDEF4, QDEF, SDEF, PmxVertices

VERTEX_BYTES = 32
"""Position, normal and texture coordinates; additional vectors and weights follow."""


def read_vertices(reader: PmxByteReader) -> PmxVertices:
    """Read all vertices.

    The length of a vertex depends on its kind of deformation: one pass finds where each begins, then every field of all
    vertices of a kind is read at once. Raises AvatarError where a kind is unknown or the file is cut short.
    """
    bone = reader.bone_bytes
    fixed_bytes = VERTEX_BYTES + 16 * reader.vector_count
    bones_of = {BDEF1: 1, BDEF2: 2, BDEF4: 4, SDEF: 2, QDEF: 4}
    floats_of = {BDEF1: 0, BDEF2: 1, BDEF4: 4, SDEF: 10, QDEF: 4}
    sizes = {kind: fixed_bytes + 1 + bones_of[kind] * bone + 4 * floats_of[kind] + 4 for kind in bones_of}
    count = reader.read_count(sizes[BDEF1])
    data, at = reader.data, reader.at
    starts = np.empty(count, np.int64)
    deform = np.empty(count, np.int32)
    for vertex in range(count):
        kind = data[at + fixed_bytes] if at + fixed_bytes < len(data) else -1
        if kind not in sizes:
            raise AvatarError(f"vertex {vertex} of the PMX model has an unknown kind of deformation, or is cut short")
        starts[vertex], deform[vertex] = at, kind
        at += sizes[kind]
    reader.read_bytes(at - reader.at)
    rows = np.frombuffer(data, np.uint8)

    def read_field(of: np.ndarray, offset: int, dtype: str, width: int) -> np.ndarray:
        size = np.dtype(dtype).itemsize * width
        taken = rows[(starts[of] + offset)[:, None] + np.arange(size)]
        return np.ascontiguousarray(taken).view(dtype).reshape(-1, width)

    all_vertices = np.arange(count)
    positions, uv = read_field(all_vertices, 0, "<f4", 3), read_field(all_vertices, 24, "<f4", 2)
    colours = (
        read_field(all_vertices, VERTEX_BYTES, "<f4", 4) if reader.vector_count else np.ones((count, 4), np.float32)
    )
    bone_of, weights = np.zeros((count, 4), np.int32), np.zeros((count, 4), np.float32)
    sdef = np.zeros((count, 3, 3), np.float32)
    for kind, bones in bones_of.items():
        selected = np.flatnonzero(deform == kind)
        bone_of[selected, :bones] = read_field(selected, fixed_bytes + 1, f"<i{bone}", bones)
        if not floats_of[kind]:
            weights[selected, 0] = 1
            continue
        floats = read_field(selected, fixed_bytes + 1 + bones * bone, "<f4", floats_of[kind])
        if bones == 4:
            weights[selected] = floats
        else:
            weights[selected, 0], weights[selected, 1] = floats[:, 0], 1 - floats[:, 0]
        if kind == SDEF:
            sdef[selected] = floats[:, 1:].reshape(-1, 3, 3)
    return PmxVertices(positions, uv, colours, deform, bone_of, weights, sdef)
