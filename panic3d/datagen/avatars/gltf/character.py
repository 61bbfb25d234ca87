"""Read a character from a VRM 0.x, VRM 1.0 or plain glTF file: axes, skeleton, pose, surfaces, credits."""

from typing import Any

import numpy as np

from panic3d.datagen.avatars.character.pose import has_arms_of_facing_back, lower_upper_arms
from panic3d.datagen.avatars.character.posed import AvatarKind, PosedCharacter
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.files.resources import CompanionFiles
from panic3d.datagen.avatars.gltf.humanoid import find_skeleton
from panic3d.datagen.avatars.gltf.materials import GltfMaterialReader
from panic3d.datagen.avatars.gltf.nodes import compute_world_from_node
from panic3d.datagen.avatars.gltf.reader import GltfFile
from panic3d.datagen.avatars.gltf.scene import VisibleScene
from panic3d.datagen.avatars.options import AvatarOptions

HALF_TURN_ABOUT_Y = np.diag([-1.0, 1.0, -1.0, 1.0])


def read_gltf_character(
    data: bytes, name: str, companions: CompanionFiles, options: AvatarOptions, lower_arms: bool = True
) -> PosedCharacter:
    """Read a character from the bytes of a glTF or GLB file (a `CharacterReader`).

    A VRM defines the direction that it faces; `options.facing` applies to other files, and turns a VRM only if its arms
    say that it faces backwards. Raises AvatarError where the file is broken or there are no triangles.
    """
    gltf = GltfFile(data, name, companions)
    extensions = gltf.document.get("extensions", {})
    kind: AvatarKind = "vrm1" if "VRMC_vrm" in extensions else "vrm0" if "VRM" in extensions else "gltf"
    faces_back = kind == "vrm0" or (kind == "gltf" and options.facing == "-z")
    upright_from_file = HALF_TURN_ABOUT_Y.copy() if faces_back else np.eye(4)
    skeleton = find_skeleton(gltf, options.head_bone)
    with np.errstate(invalid="ignore", over="ignore"):  # checked in the next statement
        world_from_node = upright_from_file @ compute_world_from_node(gltf)
    if not np.isfinite(world_from_node).all():
        raise AvatarError("a node's transform is not a finite number")
    backwards = kind != "gltf" and has_arms_of_facing_back(world_from_node, skeleton)
    if backwards and options.facing == "-z":
        backwards = False
        upright_from_file = HALF_TURN_ABOUT_Y @ upright_from_file
        world_from_node = HALF_TURN_ABOUT_Y @ world_from_node
    posed = lower_upper_arms(world_from_node, skeleton) if lower_arms else world_from_node
    scene = VisibleScene(gltf, skeleton, posed, GltfMaterialReader(gltf, options.paper_materials))
    surfaces = list(scene.iterate_surfaces())
    if not surfaces:
        raise AvatarError("the file has no triangles to show")
    head_m = None if skeleton.head is None else world_from_node[skeleton.head, :3, 3]
    return PosedCharacter(
        kind, surfaces, upright_from_file, head_m, skeleton.bones, *_read_credits(gltf.document, kind), backwards
    )


def _read_credits(document: dict[str, Any], kind: AvatarKind) -> tuple[str, str, str]:
    """Return title, author and licence as the file states them."""
    extensions = document.get("extensions", {})
    if kind == "vrm1":
        meta = extensions["VRMC_vrm"].get("meta", {})
        return meta.get("name", ""), ", ".join(meta.get("authors", [])), meta.get("licenseUrl", "")
    if kind == "vrm0":
        meta = extensions["VRM"].get("meta", {})
        return meta.get("title") or "", meta.get("author") or "", meta.get("licenseName") or ""
    return "", "", document.get("asset", {}).get("copyright", "")
