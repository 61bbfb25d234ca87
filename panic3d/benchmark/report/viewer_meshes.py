"""Write simplified meshes for the report's viewer as scripts that the page loads on demand."""

import base64
import json
import struct
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import Shaped
from scipy.spatial import cKDTree

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.geometry.mesh import ColouredMesh
from panic3d.runtime.files import write_atomically

MAX_TRIANGLES, MAX_TRUTH_TRIANGLES = 8000, 20_000
"""Limits for a predicted and a true mesh. They keep a report of ten methods on 68 pairs small enough to send."""
POSITION_STEPS = 65535
"""Vertex positions are quantised to this many steps along each side of the box."""
HALF_BOX_M = BOX_SIDE_M / 2
"""Vertices outside the box are clamped to its faces."""


def write_viewer_mesh(mesh: ColouredMesh, path: Path, triangles: int = MAX_TRIANGLES) -> None:
    """Write the script of a mesh (`encode_viewer_mesh`) at `path`."""
    script = encode_viewer_mesh(mesh, path.stem, triangles)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, script)


def encode_viewer_mesh(mesh: ColouredMesh, name: str, triangles: int = MAX_TRIANGLES) -> bytes:
    """Return the script `panic3dModel(NAME, BASE64)`; NAME is the stem of its file.

    The decoded bytes are the result of `pack_mesh`, compressed as a raw deflate stream.
    """
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = deflater.compress(pack_mesh(simplify_mesh(mesh, triangles))) + deflater.flush()
    return f"panic3dModel({json.dumps(name)},{json.dumps(base64.b64encode(data).decode())})\n".encode()


def simplify_mesh(mesh: ColouredMesh, triangles: int) -> ColouredMesh:
    """Reduce a mesh to about `triangles` triangles by quadric error metrics.

    Each new vertex takes the colour of the nearest old vertex. A mesh with fewer triangles is returned unchanged.
    """
    if len(mesh.triangles) <= triangles:
        return mesh
    import fast_simplification

    vertices, faces = fast_simplification.simplify(
        mesh.vertices_head_m.astype(np.float32), mesh.triangles.astype(np.int32), target_count=triangles
    )
    used = np.unique(mesh.triangles)
    _, nearest = cKDTree(mesh.vertices_head_m[used]).query(vertices)
    return ColouredMesh(vertices.astype(np.float32), faces.astype(np.int64), mesh.colours[used[nearest]])


def pack_mesh(mesh: ColouredMesh) -> bytes:
    """Encode a mesh in the binary layout that the viewer reads (little-endian).

    The layout is: the counts of vertices and of triangles (uint32); vertex positions in 65535 steps over the box
    (uint16; all x, then all y, then all z); vertex colours (uint8, sRGB, in the same order); triangle corners (uint32).
    Positions and corners are stored as differences from the previous value, with all low bytes before all high bytes.
    Compressed, they take three quarters of the size of the plain arrays.
    """
    position = np.round(
        (np.clip(mesh.vertices_head_m, -HALF_BOX_M, HALF_BOX_M) + HALF_BOX_M) / BOX_SIDE_M * POSITION_STEPS
    )
    head = struct.pack("<II", len(mesh.vertices_head_m), len(mesh.triangles))
    return b"".join(
        (
            head,
            _split_byte_planes(np.diff(position.astype(np.int64).ravel("F"), prepend=0).astype("<u2")),
            mesh.colours.ravel("F").tobytes(),
            _split_byte_planes(np.diff(mesh.triangles.astype(np.int64).ravel(), prepend=0).astype("<u4")),
        )
    )


def _split_byte_planes(words: Shaped[np.ndarray, "N"]) -> bytes:
    """Return the lowest bytes of all words, then their second bytes, and so on."""
    return words.view(np.uint8).reshape(-1, words.itemsize).T.tobytes()
