"""Meshes as files that other programs read."""

from pathlib import Path

from panic3d.geometry.glb import encode_glb
from panic3d.geometry.mesh import ColouredMesh
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import write_atomically

SUFFIXES = (".glb", ".obj", ".ply")


def save_mesh(mesh: ColouredMesh, path: Path) -> Path:
    """Write a mesh in metres with one colour per vertex as .glb, .obj or .ply, and return the path.

    Raises UserError if the suffix is another or the folder does not exist.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UserError(f"cannot save a mesh as {path}: expected a name that ends in {', '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise UserError(f"cannot save {path}: there is no folder {path.parent}")
    if suffix == ".glb":
        write_atomically(path, encode_glb(mesh, path.stem, "float32"))
        return path
    import trimesh

    vertices, triangles, colours = mesh.vertices_head_m, mesh.triangles, mesh.colours
    exported = trimesh.Trimesh(vertices, triangles, vertex_colors=colours, process=False).export(file_type=suffix[1:])
    write_atomically(path, exported.encode() if isinstance(exported, str) else exported)
    return path
