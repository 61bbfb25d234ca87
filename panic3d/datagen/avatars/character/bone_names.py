"""Identify bones by name: VRoid, Unity, Mixamo, Rigify, MMD, 3ds Max, Source, Unreal, KayKit and similar rigs.

A name is read as a side and a part: `J_Bip_L_UpperArm`, `mixamorig:LeftArm`, `DEF-upper_arm.L`, `左腕` and `腕.L`
all mean the left upper arm.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

SIDE_WORDS = {"l": "left", "left": "left", "左": "left", "r": "right", "right": "right", "右": "right"}
BONE_SPELLINGS: dict[str, tuple[str, ...]] = {
    # In order of preference; `spine006` is the head of Rigify's deform bones.
    "head": ("head", "頭", "head1", "spine006"),
    "neck": ("neck", "首", "neck1", "spine004"),
    "UpperArm": ("upperarm", "腕", "arm", "uparm", "shldr", "shldrbend"),
    "Hand": ("hand", "手首", "wrist"),
}
# Prefixes that tools add, and words for "in the middle".
IGNORED_WORDS = {
    "j",
    "bip",
    "bip01",
    "bip001",
    "c",
    "x",
    "m",
    "def",
    "bone",
    "character1",
    "armature",
    "valve",
    "biped",
    "cc",
    "base",
}
HELPER_WORDS = {"mch", "ik", "fk", "tweak", "target", "pole", "adj", "sec", "end", "nub", "twist", "roll"}
"""Words of bones that control or extend the wanted ones: control rigs, end bones, twist helpers."""
FALLBACK_PENALTY = 100
"""Added to the rank of `ORG-` bones and of names that end in a number (`Head_04`, but not `spine.006`)."""


def find_bones(names: Mapping[int, Sequence[str]], children: Sequence[Collection[int]]) -> dict[str, int]:
    """Find the bones `head`, `neck`, `leftUpperArm`, `rightUpperArm`, `leftHand` and `rightHand`, where they exist.

    `names` gives the spellings (in one or several languages) of each node that may be a bone, `children` the children
    of each node. Returns node indices by bone.
    """
    ranked: dict[str, list[tuple[int, int]]] = {}
    for node, spellings in names.items():
        for bone, rank in (found for name in spellings if (found := _parse_bone_name(name))):
            ranked.setdefault(bone, []).append((rank, node))
    bones = {bone: min(found)[1] for bone, found in ranked.items()}
    for side in ("left", "right"):  # of several arm bones, the one above the hand moves the whole arm
        hands = {node for _, node in ranked.get(f"{side}Hand", [])}
        for _, arm in sorted(ranked.get(f"{side}UpperArm", []), reverse=True):
            if hands & _find_descendants(arm, children):
                bones[f"{side}UpperArm"] = arm
    return bones


def _parse_bone_name(name: str) -> tuple[str, int] | None:
    """Return the bone that a name means and the rank of its spelling (0 is best), or None."""
    name = re.split(r"[:|]", unicodedata.normalize("NFKC", name))[-1]
    name = re.sub(r"^mixamorig\d*_?", "", name)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[左右])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).lower()
    words = [word for word in re.split(r"[\s._\-]+", spaced) if word]
    words = [piece for word in words for piece in re.sub(r"^(left|right)(?=.)", r"\1 ", word).split()]
    if HELPER_WORDS & set(words):
        return None
    sides = {SIDE_WORDS[word] for word in words if word in SIDE_WORDS}
    part = "".join(word for word in words if word not in SIDE_WORDS and word not in IGNORED_WORDS and word != "org")
    for bone, spellings in BONE_SPELLINGS.items():
        lateral = bone[0].isupper()
        for found, penalty in ((part, 0), (re.sub(r"\d+$", "", part), FALLBACK_PENALTY)):
            if found in spellings and len(sides) == lateral:
                rank = spellings.index(found) + penalty + FALLBACK_PENALTY * ("org" in words)
                return (sides.pop() + bone if lateral else bone), rank
    return None


def _find_descendants(node: int, children: Sequence[Collection[int]]) -> set[int]:
    """Return a node and all its descendants."""
    found, todo = set(), [node]
    while todo:
        at = todo.pop()
        if at not in found:
            found.add(at)
            todo.extend(children[at])
    return found
