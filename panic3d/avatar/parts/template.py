"""The generated character behind a fitted one, in T-pose: its skeleton and skin weights, carried over to the fit."""

import math

import numpy as np
from jaxtyping import Float
from scipy.spatial import cKDTree

from panic3d.avatar.parts.sources import PART_OF_MATERIAL
from panic3d.datagen.avatars.character.pose import ARM_LOWERING_DEG, rotate_about_z
from panic3d.datagen.synth.generate import build_character, count_accessory_vertices
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.vrm.skeleton import HumanoidSkeleton
from panic3d.models.character.fitting.fitted import FittedCharacter
from panic3d.models.character.fitting.surface import lower_arms

NEIGHBOURS = 4
"""Vertices of the template whose weights a vertex takes, by their distance."""
ACCESSORY_REACH_M = 0.02
"""How far from an accessory of the template a vertex of it may lie."""
JOINT_NEIGHBOURS = 60
"""Vertices whose mean displacement a joint has."""


class RiggedTemplate:
    """Weights and joints of a fitted character."""

    def __init__(self, fitted: FittedCharacter) -> None:
        self._fitted = fitted
        character, _ = build_character(fitted.params, _make_random(fitted), "")
        parts = [part for group in character.meshes.values() for part in group]
        self._bones = list(character.skeleton.parents)
        posed = np.concatenate([lower_arms(part, character.skeleton) for part in parts])
        deformed = fitted.deformed_head_m
        dense = np.concatenate([self._get_dense_weights(part) for part in parts])
        self.skeleton = _move_joints(character.skeleton, posed, deformed)
        names = np.repeat(
            [PART_OF_MATERIAL.get(p.material, "") for p in parts],
            [len(p.xyz_head_m) for p in parts],
        )
        self._trees = {
            name: (cKDTree(deformed[names == name]), dense[names == name]) for name in sorted(set(names) - {""})
        }

    def compute_weights(self, name: str, xyz_head_m: Float[np.ndarray, "V 3"]) -> dict[str, Float[np.ndarray, " V"]]:
        """Return the weights of bones at vertices of a part; what the template lacks follows the head."""
        if name not in self._trees:
            return {"head": np.ones(len(xyz_head_m))}
        tree, dense = self._trees[name]
        count = min(NEIGHBOURS, tree.n)
        away, index = tree.query(xyz_head_m, k=[*range(1, count + 1)])
        share = 1 / (away + 1e-4)
        share /= share.sum(1, keepdims=True)
        weights = (share[..., None] * dense[index]).sum(1)
        used = weights.max(0) > 1e-4
        return {bone: weights[:, i] for i, bone in enumerate(self._bones) if used[i]}

    def find_accessories(self, xyz_head_m: Float[np.ndarray, "V 3"]) -> list[str]:
        """Return the name of the accessory that each vertex of the accessories' mesh belongs to, or nothing."""
        counts = count_accessory_vertices(self._fitted.params, _make_random(self._fitted))
        if not counts or "Accessory" not in self._trees:
            return [""] * len(xyz_head_m)
        tree = self._trees["Accessory"][0]
        names = [name for name, count in counts for _ in range(count)]
        names += [""] * (tree.n + 1 - len(names))  # the tree's index for nothing within reach is n
        _, index = tree.query(xyz_head_m, distance_upper_bound=ACCESSORY_REACH_M)
        return [names[i] for i in index]

    def raise_arms(
        self, xyz_head_m: Float[np.ndarray, "V 3"], weights: dict[str, Float[np.ndarray, " V"]]
    ) -> Float[np.ndarray, "V 3"]:
        """Return the T-pose whose vertices linear blend skinning moves to these when the arms are lowered."""
        raised = xyz_head_m.astype(float)
        for side, sign in (("left", 1.0), ("right", -1.0)):
            share = sum(
                (w for bone, w in weights.items() if self.is_in_arm(bone, side)), start=np.zeros(len(xyz_head_m))
            )
            lower = np.linalg.inv(_get_turn(self.skeleton, side, sign))
            blended = np.eye(4) + share[:, None, None] * (lower - np.eye(4))
            points = np.column_stack([raised, np.ones(len(raised))])
            raised = np.linalg.solve(blended, points[..., None])[:, :3, 0]
        return raised

    def get_rest_skeleton(self) -> HumanoidSkeleton:
        """Return the skeleton with its arms in T-pose; the soles stay where they are."""
        positions = dict(self.skeleton.positions_head_m)
        for side, sign in (("left", 1.0), ("right", -1.0)):
            turn = _get_turn(self.skeleton, side, sign)
            for bone, place in positions.items():
                if self.is_in_arm(bone, side):
                    positions[bone] = turn[:3, :3] @ place + turn[:3, 3]
        return HumanoidSkeleton(self.skeleton.parents, positions, self.skeleton.ground_y_m)

    def is_in_arm(self, bone: str, side: str) -> bool:
        """Return whether a bone is the upper arm of a side or below it."""
        at: str | None = bone
        while at is not None and at != f"{side}UpperArm":
            at = self.skeleton.parents.get(at)
        return at is not None

    def _get_dense_weights(self, part: MeshPart) -> Float[np.ndarray, "V B"]:
        dense = np.zeros((len(part.xyz_head_m), len(self._bones)))
        for bone, weight in (part.weights or {"head": np.ones(len(part.xyz_head_m))}).items():
            dense[:, self._bones.index(bone)] = np.maximum(weight, 0)
        return dense / np.maximum(dense.sum(1, keepdims=True), 1e-9)


def _make_random(fitted: FittedCharacter) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(fitted.locks))


def _get_turn(skeleton: HumanoidSkeleton, side: str, sign: float) -> Float[np.ndarray, "4 4"]:
    return rotate_about_z(sign * math.radians(ARM_LOWERING_DEG), skeleton.positions_head_m[f"{side}UpperArm"])


def _move_joints(
    skeleton: HumanoidSkeleton, posed: Float[np.ndarray, "V 3"], deformed: Float[np.ndarray, "V 3"]
) -> HumanoidSkeleton:
    """Move the joints of a skeleton in T-pose as the vertices about them were moved: arms lowered, then the fit."""
    turned = dict(skeleton.positions_head_m)
    for side, sign in (("left", -1.0), ("right", 1.0)):
        turn = _get_turn(skeleton, side, sign)
        for bone in (f"{side}LowerArm", f"{side}Hand"):
            turned[bone] = turn[:3, :3] @ turned[bone] + turn[:3, 3]
    tree = cKDTree(posed)
    positions = {}
    for bone, place in turned.items():
        _, index = tree.query(place, k=JOINT_NEIGHBOURS)
        positions[bone] = _fit_affine(posed[index], deformed[index], place)
    ground = float(deformed[:, 1].min())
    return HumanoidSkeleton(skeleton.parents, positions, ground)


def _fit_affine(
    source: Float[np.ndarray, "K 3"], target: Float[np.ndarray, "K 3"], place: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "3"]:
    """Return a place moved as points about it are: by one scale and one shift, by least squares."""
    middle, target_middle = source.mean(0), target.mean(0)
    centred = source - middle
    scale = float((centred * (target - target_middle)).sum() / max(float((centred**2).sum()), 1e-12))
    return target_middle + scale * (place - middle)
