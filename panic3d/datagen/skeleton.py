"""Which nodes of a file are the head, the upper arms and the hands."""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool

from panic3d.datagen.gltf import AvatarError, GltfFile

# Bone names of VRoid, Unity, Mixamo, Rigify, KayKit and the like, once `_plain` has stripped prefixes and separators.
HEAD_NAMES = ("head", "bip001head", "jbipchead", "spine006", "頭")
UPPER_ARM_NAMES = {
    "left": ("leftupperarm", "upperarml", "leftarm", "arml", "jbiplupperarm", "bip001lupperarm", "lupperarm", "左腕"),
    "right": (
        "rightupperarm",
        "upperarmr",
        "rightarm",
        "armr",
        "jbiprupperarm",
        "bip001rupperarm",
        "rupperarm",
        "右腕",
    ),
}
HAND_NAMES = {
    "left": ("lefthand", "handl", "jbiplhand", "bip001lhand", "lhand", "左手首"),
    "right": ("righthand", "handr", "jbiprhand", "bip001rhand", "rhand", "右手首"),
}
NAME_PREFIXES = ("mixamorig", "character1", "armature", "def", "org", "j", "valvebipedbip01")


@dataclass(frozen=True)
class Skeleton:
    """Node indices; `children` is each node's list of children. Upper arms and hands by `left` and `right`."""

    head: int | None
    children: list[list[int]]
    upper_arms: dict[str, int] = field(default_factory=dict)
    hands: dict[str, int] = field(default_factory=dict)

    def below(self, node: int) -> Bool[np.ndarray, "nodes"]:
        """The node itself and all its descendants."""
        mask = np.zeros(len(self.children), bool)
        todo = [node]
        while todo:
            at = todo.pop()
            mask[at] = True
            todo.extend(self.children[at])
        return mask


def find_skeleton(gltf: GltfFile) -> Skeleton:
    """From the humanoid block of VRM 0.x or 1.0, else from the names of the skins' joints; `head` None if neither.

    AvatarError where a VRM names no head bone or one that is not there.
    """
    children = [list(node.get("children", [])) for node in gltf.items("nodes")]
    bones = _vrm_bones(gltf)
    if bones is None:
        bones = _named_bones(gltf)
        head = bones.get("head")
    else:
        head = bones.get("head")
        if head is None:
            raise AvatarError("the VRM's humanoid block names no head bone")
    for bone, node in bones.items():
        if not 0 <= node < len(children):
            raise AvatarError(f"bone '{bone}' is node {node}, but the file has {len(children)} nodes")
    sides = ("left", "right")
    return Skeleton(
        head,
        children,
        {side: bones[f"{side}UpperArm"] for side in sides if f"{side}UpperArm" in bones},
        {side: bones[f"{side}Hand"] for side in sides if f"{side}Hand" in bones},
    )


def _vrm_bones(gltf: GltfFile) -> dict[str, int] | None:
    extensions: dict[str, Any] = gltf.document.get("extensions", {})
    if "VRMC_vrm" in extensions:
        humanoid = extensions["VRMC_vrm"].get("humanoid", {}).get("humanBones", {})
        return {bone: int(entry["node"]) for bone, entry in humanoid.items()}
    if "VRM" in extensions:
        humanoid = extensions["VRM"].get("humanoid", {}).get("humanBones", [])
        return {entry["bone"]: int(entry["node"]) for entry in humanoid}
    return None


def _plain(name: str) -> str:
    plain = re.sub(r"[\s._:\-|]", "", name.lower())
    for prefix in NAME_PREFIXES:
        if plain.startswith(prefix) and len(plain) > len(prefix):
            stripped = plain.removeprefix(prefix)
            if stripped in HEAD_NAMES or any(stripped in names for names in _LIMB_NAMES):
                return stripped
    return plain


_LIMB_NAMES = (*UPPER_ARM_NAMES.values(), *HAND_NAMES.values())


def _named_bones(gltf: GltfFile) -> dict[str, int]:
    nodes, parents = gltf.items("nodes"), gltf.parents()
    joints: set[int] = set()
    for skin in gltf.items("skins"):
        for joint in skin.get("joints", []):
            at: int | None = joint if 0 <= joint < len(nodes) else None
            while at is not None and at not in joints:
                joints.add(at)
                at = parents[at]
    bones: dict[str, int] = {}
    wanted: dict[str, tuple[str, ...]] = {"head": HEAD_NAMES}
    for side in ("left", "right"):
        wanted[f"{side}UpperArm"], wanted[f"{side}Hand"] = UPPER_ARM_NAMES[side], HAND_NAMES[side]
    for joint in sorted(joints):
        plain = _plain(str(nodes[joint].get("name", "")))
        for bone, names in wanted.items():
            if bone not in bones and plain in names:
                bones[bone] = joint
    return bones
