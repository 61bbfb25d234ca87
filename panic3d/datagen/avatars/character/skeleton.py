"""The bones of a character that matter here: head, upper arms and hands."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool

from panic3d.datagen.avatars.files.errors import AvatarError


@dataclass(frozen=True)
class Skeleton:
    """Node indices of the bones; `children` lists the children of each node.

    Upper arms and hands are given by `left` and `right`.
    """

    head: int | None
    children: list[list[int]]
    upper_arms: dict[str, int] = field(default_factory=dict)
    hands: dict[str, int] = field(default_factory=dict)
    bones: frozenset[str] = frozenset()
    """The names, in VRM's spelling, of all bones that were found."""

    def select_descendants(self, *nodes: int) -> Bool[np.ndarray, "nodes"]:
        """Return a mask of the nodes and all their descendants."""
        mask = np.zeros(len(self.children), bool)
        todo = list(nodes)
        while todo:
            at = todo.pop()
            if not mask[at]:
                mask[at] = True
                todo.extend(self.children[at])
        return mask


def build_skeleton(bones: dict[str, int], children: list[list[int]]) -> Skeleton:
    """Build the skeleton with these bones (VRM's names to node indices).

    Raises AvatarError where a bone refers to a node that does not exist.
    """
    for bone, node in bones.items():
        if not 0 <= node < len(children):
            raise AvatarError(f"bone '{bone}' is node {node}, but the file has {len(children)} nodes")
    arms, hands = (
        {side: bones[side + part] for side in ("left", "right") if side + part in bones}
        for part in ("UpperArm", "Hand")
    )
    return Skeleton(bones.get("head"), children, arms, hands, frozenset(bones))


def find_named_bone(wanted: str, names: Sequence[Iterable[str]]) -> int:
    """Return the first node named `wanted`, preferring the exact case.

    Raises AvatarError, which lists the closest names, where no node has the name.
    """
    for normalize in (str, str.casefold):
        for node, spellings in enumerate(names):
            if any(normalize(name) == normalize(wanted) for name in spellings):
                return node
    known = sorted({name for spelt in names for name in spelt if name})
    closest = difflib.get_close_matches(wanted, known, 5, 0.3) or known[:5]
    listed = ", ".join(f"'{name}'" for name in closest) or "no named bone at all"
    raise AvatarError(f"no bone is called '{wanted}' (--head-bone): the file has {listed}")
