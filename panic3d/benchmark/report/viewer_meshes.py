"""Meshes for the report's viewer: few triangles, packed into a script that the page loads on demand."""

import base64
import json
import struct
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import Shaped
from scipy.spatial import cKDTree

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.datagen.avatars.character.surfaces import build_coloured_mesh
from panic3d.datagen.avatars.files.resources import FolderFiles
from panic3d.datagen.avatars.gltf.character import read_gltf_character
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.geometry.mesh import ColouredMesh
from panic3d.shards.files import write_atomically

TRIANGLES, TRUE_MESH_TRIANGLES = 8000, 20_000
"""What a viewer's mesh is simplified to, so that ten methods on 68 pairs fit into a folder that can be sent."""
STEPS = 65535
REACH_M = BOX_SIDE_M / 2
"""Vertices beyond the box are clamped to it."""


def write_viewer_mesh(mesh: ColouredMesh, path: Path, triangles: int = TRIANGLES) -> None:
    """`panic3dModel(NAME, BASE64)`, whose bytes are a raw deflate stream of `pack`; NAME is the file's stem."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = deflater.compress(pack(simplify(mesh, triangles))) + deflater.flush()
    path.parent.mkdir(parents=True, exist_ok=True)
    script = f"panic3dModel({json.dumps(path.stem)},{json.dumps(base64.b64encode(data).decode())})\n"
    write_atomically(path, script.encode())


def simplify(mesh: ColouredMesh, triangles: int) -> ColouredMesh:
    """At most about that many triangles (quadric error metrics), each vertex with the colour of the nearest old one."""
    if len(mesh.triangles) <= triangles:
        return mesh
    import fast_simplification

    vertices, faces = fast_simplification.simplify(
        mesh.vertices_head_m.astype(np.float32), mesh.triangles.astype(np.int32), target_count=triangles
    )
    used = np.unique(mesh.triangles)
    _, nearest = cKDTree(mesh.vertices_head_m[used]).query(vertices)
    return ColouredMesh(vertices.astype(np.float32), faces.astype(np.int64), mesh.colours[used[nearest]])


def pack(mesh: ColouredMesh) -> bytes:
    """Little-endian: counts of vertices and triangles (uint32); positions over the box in 65535 steps (uint16, x y z);
    colours (uint8, sRGB); corners (uint32).

    Positions and corners are differences to the one before, their low bytes first, then their high ones: they deflate
    to three quarters of the plain arrays.
    """
    position = np.round((np.clip(mesh.vertices_head_m, -REACH_M, REACH_M) + REACH_M) / BOX_SIDE_M * STEPS)
    head = struct.pack("<II", len(mesh.vertices_head_m), len(mesh.triangles))
    return b"".join(
        (
            head,
            _planes(np.diff(position.astype(np.int64).ravel("F"), prepend=0).astype("<u2")),
            mesh.colours.ravel("F").tobytes(),
            _planes(np.diff(mesh.triangles.astype(np.int64).ravel(), prepend=0).astype("<u4")),
        )
    )


def _planes(words: Shaped[np.ndarray, "N"]) -> bytes:
    """All first bytes, then all second ones, and so on."""
    return words.view(np.uint8).reshape(-1, words.itemsize).T.tobytes()


def read_prediction_mesh(path: Path) -> ColouredMesh:
    """Anyone's GLB with the colours that its vertices and textures give. AvatarError where it cannot be shown."""
    character = read_gltf_character(path.read_bytes(), path.name, FolderFiles(path.parent), AvatarOptions())
    return build_coloured_mesh(character.surfaces)
