"""A generated character as a textured mesh, in the pose in which avatars are rendered."""

import math

import numpy as np
from jaxtyping import Float

from panic3d.datagen.avatars.character.pose import ARM_LOWERING_DEG, rotate_about_z
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.vrm.model import VrmCharacter
from panic3d.datagen.synth.vrm.skeleton import HumanoidSkeleton
from panic3d.geometry.textured_mesh import AlphaMode, TexturedMesh, TextureMaterial
from panic3d.shards.schema import PARTS

ALPHA_MODES: dict[str, AlphaMode] = {"OPAQUE": "OPAQUE", "MASK": "MASK", "BLEND": "BLEND"}


def make_textured_mesh(character: VrmCharacter) -> TexturedMesh:
    """Join all primitives of a character with lowered arms, as avatars are rendered; without expressions."""
    parts = [part for group in character.meshes.values() for part in group]
    order = {name: index for index, name in enumerate(character.materials)}
    starts = np.cumsum([0, *(len(part.xyz_head_m) for part in parts)])
    materials = tuple(
        TextureMaterial(
            name,
            character.textures[material.texture],
            ALPHA_MODES[material.alpha_mode],
            material.double_sided,
            PARTS[material.part],
        )
        for name, material in character.materials.items()
    )
    positions = [lower_arms(part, character.skeleton) for part in parts]
    return TexturedMesh(
        vertices_head_m=np.concatenate(positions).astype(np.float32),
        triangles=np.concatenate([part.faces + start for part, start in zip(parts, starts[:-1], strict=True)]),
        uv=np.concatenate([part.uv for part in parts]).astype(np.float32),
        material=np.concatenate([np.full(len(part.faces), order[part.material]) for part in parts]),
        materials=materials,
    )


def lower_arms(part: MeshPart, skeleton: HumanoidSkeleton) -> Float[np.ndarray, "V 3"]:
    """Return a part's vertices with the arms of the T-pose lowered (linear blend skinning)."""
    total = sum(part.weights.values(), start=np.zeros(len(part.xyz_head_m)))
    moved = part.xyz_head_m.astype(float)
    for side, sign in (("left", -1.0), ("right", 1.0)):
        bones = {bone for bone in part.weights if _is_below(bone, f"{side}UpperArm", skeleton)}
        if not bones:
            continue
        share = sum(part.weights[bone] for bone in bones) / np.maximum(total, 1e-9)
        turn = rotate_about_z(sign * math.radians(ARM_LOWERING_DEG), skeleton.positions_head_m[f"{side}UpperArm"])
        turned = part.xyz_head_m @ turn[:3, :3].T + turn[:3, 3]
        moved += share[:, None] * (turned - part.xyz_head_m)
    return moved


def _is_below(bone: str, ancestor: str, skeleton: HumanoidSkeleton) -> bool:
    at: str | None = bone
    while at is not None and at != ancestor:
        at = skeleton.parents[at]
    return at is not None
