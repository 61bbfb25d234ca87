"""The skeleton of a glTF file: its humanoid block (VRM 0.x and 1.0), else the names of its joints."""

from typing import Any

from panic3d.datagen.avatars.character.bone_names import find_bones
from panic3d.datagen.avatars.character.skeleton import Skeleton, build_skeleton, find_named_bone
from panic3d.datagen.avatars.gltf.nodes import find_parents
from panic3d.datagen.avatars.gltf.reader import GltfFile


def find_skeleton(gltf: GltfFile, head_bone: str | None = None) -> Skeleton:
    """Find the skeleton by the humanoid block of VRM 0.x or 1.0, else by the names of the skins' joints.

    `head_bone` names the head of a file without such a block. `head` of the result is None where nothing was found.
    Raises AvatarError where no node has that name.
    """
    children = [list(node.get("children", [])) for node in gltf.items("nodes")]
    bones = read_humanoid_bones(gltf)
    if bones is None or "head" not in bones:
        names = {node: (str(gltf.items("nodes")[node].get("name", "")),) for node in _list_joints(gltf)}
        bones = {**find_bones(names, children), **(bones or {})}
        if head_bone is not None:
            all_names = [(str(node.get("name", "")),) for node in gltf.items("nodes")]
            bones["head"] = find_named_bone(head_bone, all_names)
    return build_skeleton(bones, children)


def read_humanoid_bones(gltf: GltfFile) -> dict[str, int] | None:
    """Read the node of each bone from the humanoid block of a VRM; None where there is no such block."""
    extensions: dict[str, Any] = gltf.document.get("extensions", {})
    if "VRMC_vrm" in extensions:
        humanoid = extensions["VRMC_vrm"].get("humanoid", {}).get("humanBones", {})
        return {bone: int(entry["node"]) for bone, entry in humanoid.items()}
    if "VRM" in extensions:
        humanoid = extensions["VRM"].get("humanoid", {}).get("humanBones", [])
        return {entry["bone"]: int(entry["node"]) for entry in humanoid if int(entry["node"]) >= 0}
    return None


def _list_joints(gltf: GltfFile) -> list[int]:
    """List the joints of all skins and their ancestors."""
    parents = find_parents(gltf)
    joints: set[int] = set()
    for skin in gltf.items("skins"):
        for joint in skin.get("joints", []):
            at: int | None = joint if 0 <= joint < len(parents) else None
            while at is not None and at not in joints:
                joints.add(at)
                at = parents[at]
    return sorted(joints)
