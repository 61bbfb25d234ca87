"""Which nodes of a file are the head, the upper arms and the hands."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool

from panic3d.datagen.avatars.character.bone_names import find_bones
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.gltf.reader import GltfFile


@dataclass(frozen=True)
class Skeleton:
    """Node indices; `children` is each node's list of children. Upper arms and hands by `left` and `right`."""

    head: int | None
    children: list[list[int]]
    upper_arms: dict[str, int] = field(default_factory=dict)
    hands: dict[str, int] = field(default_factory=dict)
    bones: frozenset[str] = frozenset()
    """The names, as VRM has them, of all bones that are known."""

    def below(self, *nodes: int) -> Bool[np.ndarray, "nodes"]:
        """The nodes themselves and all their descendants."""
        mask = np.zeros(len(self.children), bool)
        todo = list(nodes)
        while todo:
            at = todo.pop()
            if not mask[at]:
                mask[at] = True
                todo.extend(self.children[at])
        return mask


def skeleton_of(bones: dict[str, int], children: list[list[int]]) -> Skeleton:
    """The skeleton with these bones (VRM's names). AvatarError where one is not there."""
    for bone, node in bones.items():
        if not 0 <= node < len(children):
            raise AvatarError(f"bone '{bone}' is node {node}, but the file has {len(children)} nodes")
    arms, hands = (
        {side: bones[side + part] for side in ("left", "right") if side + part in bones}
        for part in ("UpperArm", "Hand")
    )
    return Skeleton(bones.get("head"), children, arms, hands, frozenset(bones))


def find_skeleton(gltf: GltfFile, head_bone: str | None = None) -> Skeleton:
    """From the humanoid block of VRM 0.x or 1.0, else from the names of the skins' joints; `head` None if neither.

    `head_bone` names the head of a file without such a block. AvatarError where there is no such node.
    """
    children = [list(node.get("children", [])) for node in gltf.items("nodes")]
    bones = _vrm_bones(gltf)
    if bones is None or "head" not in bones:
        names = {node: (str(gltf.items("nodes")[node].get("name", "")),) for node in _joints(gltf)}
        bones = {**find_bones(names, children), **(bones or {})}
        if head_bone is not None:
            everything = [(str(node.get("name", "")),) for node in gltf.items("nodes")]
            bones["head"] = bone_called(head_bone, everything)
    return skeleton_of(bones, children)


def bone_called(wanted: str, names: Sequence[Iterable[str]]) -> int:
    """The first node that bears the name `wanted`, in any case. AvatarError, with the likest, where none does."""
    for alike in (str, str.casefold):
        for node, spelt in enumerate(names):
            if any(alike(name) == alike(wanted) for name in spelt):
                return node
    known = sorted({name for spelt in names for name in spelt if name})
    likest = difflib.get_close_matches(wanted, known, 5, 0.3) or known[:5]
    listed = ", ".join(f"'{name}'" for name in likest) or "no named bone at all"
    raise AvatarError(f"no bone is called '{wanted}' (--head-bone): the file has {listed}")


def _vrm_bones(gltf: GltfFile) -> dict[str, int] | None:
    extensions: dict[str, Any] = gltf.document.get("extensions", {})
    if "VRMC_vrm" in extensions:
        humanoid = extensions["VRMC_vrm"].get("humanoid", {}).get("humanBones", {})
        return {bone: int(entry["node"]) for bone, entry in humanoid.items()}
    if "VRM" in extensions:
        humanoid = extensions["VRM"].get("humanoid", {}).get("humanBones", [])
        return {entry["bone"]: int(entry["node"]) for entry in humanoid if int(entry["node"]) >= 0}
    return None


def _joints(gltf: GltfFile) -> list[int]:
    """The joints of all skins and what stands above them."""
    parents = gltf.parents()
    joints: set[int] = set()
    for skin in gltf.items("skins"):
        for joint in skin.get("joints", []):
            at: int | None = joint if 0 <= joint < len(parents) else None
            while at is not None and at not in joints:
                joints.add(at)
                at = parents[at]
    return sorted(joints)
