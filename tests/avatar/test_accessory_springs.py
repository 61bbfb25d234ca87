"""Animal ears, ribbons and bows of avatars swing; other accessories and horns do not."""

import numpy as np
import pytest

from helpers.heads.fitted_head import make_fitted_head
from panic3d.avatar.parts.accessory_springs import SEGMENTS, add_accessory_springs, can_swing
from panic3d.avatar.parts.chains import SwingingPart, fit_colliders
from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.accessories.registry import AccessoryFit
from panic3d.datagen.synth.head.face_surface import FaceSurface
from panic3d.datagen.synth.head.skull import HeadShape
from panic3d.datagen.synth.meshes.mesh import MeshPart, merge_parts
from panic3d.datagen.synth.vrm.skeleton import HUMANOID_BONES, build_humanoid_skeleton
from panic3d.geometry.pieces import weld

FIT = AccessoryFit(FaceSurface(HeadShape()), (0.036, 0.0), 0.0)


def build(*names: str) -> tuple[MeshPart, list[str]]:
    """Accessories on the standard head, and the name of each vertex."""
    parts = [(name, part) for name in names for part in ACCESSORIES[name].build(FIT)]
    whole = merge_parts([part for _, part in parts])
    weights = {"head": np.ones(len(whole.xyz_head_m))}
    labels = [name for name, part in parts for _ in part.xyz_head_m]
    return MeshPart(whole.material, whole.xyz_head_m, whole.faces, whole.uv, weights), labels


def swing(*names: str) -> SwingingPart:
    part, labels = build(*names)
    return add_accessory_springs(part, build_humanoid_skeleton(1.0, 1.0), labels)


@pytest.mark.parametrize(
    ("name", "chains"),
    [("cat_ears", 2), ("rabbit_ears", 2), ("dog_ears", 2), ("mouse_ears", 2), ("twin_ribbons", 2),
     ("hair_ribbon", 4), ("back_bow", 4)],
)  # fmt: skip
def test_each_ear_loop_and_tail_has_a_chain(name: str, chains: int) -> None:
    found = swing(name)
    part, skeleton = found.part, found.skeleton
    assert can_swing(name) and len(found.springs) == chains
    assert np.abs(sum(part.weights.values()) - 1).max() < 1e-9 and min(w.min() for w in part.weights.values()) >= 0
    carried = sum(part.weights[bone] for bone in part.weights if bone not in HUMANOID_BONES)
    assert isinstance(carried, np.ndarray) and carried.max() > 0.99
    for spring in found.springs:
        assert len(spring.bones) == SEGMENTS + 1 and skeleton.parents[spring.bones[0]] == "head"
        joints = np.array([skeleton.positions_head_m[bone] for bone in spring.bones])
        steps = np.linalg.norm(np.diff(joints, axis=0), axis=1)
        assert steps.min() > 0.008, "bones with a direction"
        last = part.weights[spring.bones[-2]] > 0.9
        near = np.linalg.norm(part.xyz_head_m[last] - joints[-1], axis=1).min()
        assert last.any() and near < 0.03, "the tip moves the end"
        rooted = np.linalg.norm(part.xyz_head_m - joints[0], axis=1) < 0.15 * np.linalg.norm(joints[-1] - joints[0])
        assert part.weights["head"][rooted].max(initial=1) > 0.5, "the root stays on the head"
    for collider in fit_colliders(skeleton, found.springs):
        centre = skeleton.positions_head_m[collider.bone] + collider.offset_m
        tips = [skeleton.positions_head_m[bone] for spring in found.springs for bone in spring.bones[1:]]
        assert np.linalg.norm(np.array(tips) - centre, axis=1).min() > collider.radius_m


def test_an_ear_moves_as_a_whole_where_textures_cut_it() -> None:
    """Vertices at one place have the same weights, though each triangle has its own."""
    part, labels = build("cat_ears")
    corners = part.faces.ravel()
    cut = MeshPart(
        part.material,
        part.xyz_head_m[corners],
        np.arange(len(corners)).reshape(-1, 3),
        part.uv[corners],
        {"head": np.ones(len(corners))},
    )
    found = add_accessory_springs(cut, build_humanoid_skeleton(1.0, 1.0), [labels[i] for i in corners])
    assert len(found.springs) == 2
    _, place = np.unique(cut.xyz_head_m.round(6), axis=0, return_inverse=True)
    for weight in found.part.weights.values():
        low, high = np.full(place.max() + 1, 2.0), np.full(place.max() + 1, -1.0)
        np.minimum.at(low, place, weight)
        np.maximum.at(high, place, weight)
        assert (high - low).max() < 1e-9
    assert len(weld(cut.xyz_head_m, cut.faces)[0]) == len(low)


@pytest.mark.parametrize("name", ["horns", "cow_ears", "glasses", "hair_band", "beret", "halo", "bow_hairband"])
def test_others_stay_where_they_are(name: str) -> None:
    found = swing(name)
    assert not can_swing(name) and found.springs == () and set(found.part.weights) == {"head"}


def test_glasses_stay_beside_ears_that_swing() -> None:
    part, labels = build("cat_ears", "glasses")
    found = add_accessory_springs(part, build_humanoid_skeleton(1.0, 1.0), labels)
    assert len(found.springs) == 2
    assert found.part.weights["head"][np.array(labels) == "glasses"].min() == 1


def test_a_fitted_character_with_mouse_ears_has_their_chains() -> None:
    avatar = make_fitted_head().avatar
    names = {spring.name for spring in avatar.springs}
    assert {"mouse ears left", "mouse ears right"} <= names and any(name.startswith("hair") for name in names)
    positions = avatar.skeleton.positions_head_m
    assert positions["mouse_ears_left_3"][0] > 0.03 and positions["mouse_ears_right_3"][0] < -0.03
    assert positions["mouse_ears_left_3"][1] > positions["mouse_ears_left_1"][1] + 0.03
    accessory = avatar.meshes["Accessory"][0]
    carried = {bone: w.max() for bone, w in accessory.weights.items() if bone.startswith("mouse")}
    assert len(carried) == 2 * SEGMENTS and min(carried.values()) > 0.5, carried
