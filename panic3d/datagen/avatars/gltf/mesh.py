"""Read any glTF file as one mesh with vertex colours."""

from pathlib import Path

from panic3d.datagen.avatars.character.surfaces import build_coloured_mesh
from panic3d.datagen.avatars.files.resources import FolderFiles, read_model_bytes
from panic3d.datagen.avatars.gltf.character import read_gltf_character
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.geometry.mesh import ColouredMesh


def read_gltf_mesh(path: Path) -> ColouredMesh:
    """Read all meshes of a .glb or .gltf file, in its own axes and units, with one colour per vertex.

    The colour is that of the unlit surface: base-colour texture times factor times COLOR_0; white where a file has none
    of them. Triangles that are hardly opaque are left out. Raises AvatarError where the file is broken or has no
    triangles.
    """
    character = read_gltf_character(
        read_model_bytes(path), path.name, FolderFiles(path.parent), AvatarOptions(), lower_arms=False
    )
    return build_coloured_mesh(character.surfaces)
