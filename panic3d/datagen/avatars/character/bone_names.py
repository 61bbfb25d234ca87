"""Which bone is which, by name: VRoid, Unity, Mixamo, Rigify, MMD, 3ds Max, Source, Unreal, KayKit and the like.

A name is read as a side and a part: `J_Bip_L_UpperArm`, `mixamorig:LeftArm`, `DEF-upper_arm.L`, `左腕` and `腕.L` are
all the left upper arm.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

SIDES = {"l": "left", "left": "left", "左": "left", "r": "right", "right": "right", "右": "right"}
PARTS: dict[str, tuple[str, ...]] = {
    # best first; `spine006` is the head of Rigify's deform bones
    "head": ("head", "頭", "head1", "spine006"),
    "neck": ("neck", "首", "neck1", "spine004"),
    "UpperArm": ("upperarm", "腕", "arm", "uparm", "shldr", "shldrbend"),
    "Hand": ("hand", "手首", "wrist"),
}
# What tools put before the name, or mean by "in the middle".
NOISE = {
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
CONTROLS = {"mch", "ik", "fk", "tweak", "target", "pole", "adj", "sec", "end", "nub", "twist", "roll"}
"""Bones beside the ones that are meant: a rig's machinery, ends, helpers."""
SECOND_CHOICE = 100
"""Added to the rank of `ORG-` bones and of names with a number behind (`Head_04`, but not `spine.006`)."""


def find_bones(names: Mapping[int, Sequence[str]], children: Sequence[Collection[int]]) -> dict[str, int]:
    """The bones `head`, `neck`, `leftUpperArm`, `rightUpperArm`, `leftHand`, `rightHand` that are there.

    `names` gives the names (in one language or several) of each node that may be a bone.
    """
    ranked: dict[str, list[tuple[int, int]]] = {}
    for node, spelt in names.items():
        for bone, rank in (found for name in spelt if (found := _reading(name))):
            ranked.setdefault(bone, []).append((rank, node))
    bones = {bone: min(found)[1] for bone, found in ranked.items()}
    for side in ("left", "right"):  # of several arms, the one that the hand hangs on: it moves all of it
        hands = {node for _, node in ranked.get(f"{side}Hand", [])}
        for _, arm in sorted(ranked.get(f"{side}UpperArm", []), reverse=True):
            if hands & _below(arm, children):
                bones[f"{side}UpperArm"] = arm
    return bones


def _reading(name: str) -> tuple[str, int] | None:
    """The bone that a name means, and how good a spelling of it that is (0 is best)."""
    name = re.split(r"[:|]", unicodedata.normalize("NFKC", name))[-1]
    name = re.sub(r"^mixamorig\d*_?", "", name)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[左右])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).lower()
    words = [word for word in re.split(r"[\s._\-]+", spaced) if word]
    words = [piece for word in words for piece in re.sub(r"^(left|right)(?=.)", r"\1 ", word).split()]
    if CONTROLS & set(words):
        return None
    sides = {SIDES[word] for word in words if word in SIDES}
    part = "".join(word for word in words if word not in SIDES and word not in NOISE and word != "org")
    for bone, spellings in PARTS.items():
        lateral = bone[0].isupper()
        for found, penalty in ((part, 0), (re.sub(r"\d+$", "", part), SECOND_CHOICE)):
            if found in spellings and len(sides) == lateral:
                rank = spellings.index(found) + penalty + SECOND_CHOICE * ("org" in words)
                return (sides.pop() + bone if lateral else bone), rank
    return None


def _below(node: int, children: Sequence[Collection[int]]) -> set[int]:
    found, todo = set(), [node]
    while todo:
        at = todo.pop()
        if at not in found:
            found.add(at)
            todo.extend(children[at])
    return found
