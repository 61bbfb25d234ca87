"""Every outfit dresses every body: finite meshes of limited size, through which no skin sticks (Open3D's rays)."""

from dataclasses import replace

import numpy as np
import open3d as o3d
import pytest

from panic3d.datagen.synth.clothing.body import BodyShape
from panic3d.datagen.synth.clothing.figure.figure import LOWERING_DEG
from panic3d.datagen.synth.clothing.outfits.catalogue import OUTFITS
from panic3d.datagen.synth.clothing.outfits.dress import DressedFigure, dress_figure
from panic3d.datagen.synth.clothing.outfits.tailor import WornHead
from panic3d.datagen.synth.draws.body import draw_body
from panic3d.datagen.synth.draws.clothes import draw_clothes
from panic3d.datagen.synth.draws.head import draw_head
from panic3d.datagen.synth.draws.traits import AGES, PROPORTIONS, PersonTraits
from panic3d.datagen.synth.meshes.manners import MANNERS
from panic3d.datagen.synth.meshes.mesh import MeshPart, merge_parts
from panic3d.datagen.synth.vrm.skeleton import BONES

MAX_TRIANGLES = 10_000
SKIN, SHADE = (1.0, 0.9, 0.84), (0.93, 0.70, 0.66)


def dress_somebody(outfit: str, seed: int) -> tuple[DressedFigure, BodyShape]:
    """Dress a person, whose body is returned too, and whose sex, age, proportion and manner differ with the seed."""
    rng = np.random.default_rng(seed)
    sex = OUTFITS[outfit].sexes[seed % len(OUTFITS[outfit].sexes)]
    traits = PersonTraits(sex, AGES[seed % 3], PROPORTIONS[seed // 3 % 3])  # type: ignore[arg-type]
    family = "heldout2" if OUTFITS[outfit].family == "heldout2" else "train2"
    clothes = draw_clothes(rng, family, traits, SKIN, MANNERS[seed % len(MANNERS)], kind=outfit)
    shape = draw_body(rng, traits)
    return dress_figure(shape, clothes, WornHead(draw_head(rng, traits), 0.0), SHADE), shape


def lower_arms(part: MeshPart, shape: BodyShape) -> np.ndarray:
    """Return the vertices in the rendered pose: linear blend skinning with the arms turned down."""
    xyz, moved = part.xyz_head_m, np.zeros_like(part.xyz_head_m)
    rest = np.ones(len(xyz))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        arm = (part.weights.get(f"{side}{bone}", np.zeros(len(xyz))) for bone in ("UpperArm", "LowerArm", "Hand"))
        weight = np.sum(list(arm), axis=0)
        joint = (np.array(BONES["leftUpperArm"][1]) + np.append(shape.shoulder_shift_m, 0.0)) * [sign, 1.0, 1.0]
        turn = -np.radians(LOWERING_DEG) * sign
        rotation = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
        moved += weight[:, None] * (joint + (xyz - joint) @ rotation.T)
        rest -= weight
    return moved + rest[:, None] * xyz


def find_cloth(
    scene: o3d.t.geometry.RaycastingScene,
    cloth: MeshPart,
    texture: np.ndarray,
    start: np.ndarray,
    direction: np.ndarray,
    reach_m: float,
) -> np.ndarray:
    """Return which rays meet the cloth first where its texture is opaque, within a distance."""
    rays = np.concatenate([start, direction], axis=1).astype(np.float32)
    hit = {key: value.numpy() for key, value in scene.cast_rays(o3d.core.Tensor.from_numpy(rays)).items()}
    near = hit["t_hit"] < reach_m
    uv = cloth.uv[cloth.faces[np.where(near, hit["primitive_ids"], 0)]]
    second, third = hit["primitive_uvs"].T
    at = uv[:, 0] * (1 - second - third)[:, None] + uv[:, 1] * second[:, None] + uv[:, 2] * third[:, None]
    pixel = (at * texture.shape[1::-1]).astype(int)
    return near & (texture[pixel[:, 1], pixel[:, 0], 3] > 127)


def measure_poking_share(dressed: DressedFigure, shape: BodyShape) -> float:
    """Return the share of the skin's points that have opaque cloth at most 12 mm below them, and none above them."""
    skin = [part for part in dressed.parts if part.material == "BodySkin" and part.xyz_head_m[:, 1].max() > -0.5]
    cloth = merge_parts([part for part in dressed.parts if part.material == "Garment"])
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(
        o3d.core.Tensor.from_numpy(lower_arms(cloth, shape).astype(np.float32)),
        o3d.core.Tensor.from_numpy(cloth.faces.astype(np.uint32)),
    )
    poking, count = 0, 0
    for part in skin:
        xyz = lower_arms(part, shape)
        corners = xyz[part.faces]
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        area = np.linalg.norm(normal, axis=1)
        inward = -normal / np.maximum(area, 1e-12)[:, None]
        inside_box = (corners[:, :, 1].min(axis=1) > -0.42) & (area > 1e-9)
        middle, inward = corners.mean(axis=1)[inside_box], inward[inside_box]
        below = find_cloth(scene, cloth, dressed.textures["garment"], middle, inward, 0.012)
        above = find_cloth(scene, cloth, dressed.textures["garment"], middle, -inward, 0.080)
        poking += int((below & ~above).sum())
        count += len(middle)
    return poking / max(count, 1)


@pytest.mark.parametrize(("seed", "outfit"), list(enumerate(OUTFITS)))
def test_an_outfit_has_finite_meshes_through_which_no_skin_sticks(seed: int, outfit: str) -> None:
    dressed, shape = dress_somebody(outfit, seed)
    assert measure_poking_share(dressed, shape) < 0.01
    assert sum(len(part.faces) for part in dressed.parts) <= MAX_TRIANGLES
    for part in dressed.parts:
        assert np.isfinite(part.xyz_head_m).all()
        assert part.faces.max() < len(part.xyz_head_m)
        assert part.uv.min() >= 0
        assert part.uv.max() <= 1
        assert sum(part.weights.values()) == pytest.approx(1.0)


def test_skin_that_sticks_through_is_noticed() -> None:
    dressed, shape = dress_somebody("t_shirt", 0)
    swollen = [
        part.with_positions(part.xyz_head_m * [1.15, 1.0, 1.25]) if part.material == "BodySkin" else part
        for part in dressed.parts
    ]
    assert measure_poking_share(replace(dressed, parts=swollen), shape) > 0.05
