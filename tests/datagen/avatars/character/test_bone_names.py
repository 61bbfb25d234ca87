"""Heads and arms found by the names that VRoid, Unity, Mixamo, Rigify, MMD and others give them."""

from pathlib import Path

import numpy as np
import pygltflib as gltf
import pytest

from helpers.avatars.small_glb import make_square, write_glb
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.character.bone_names import find_bones
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.options import AvatarOptions

RIGS = {
    # neck, head, left upper arm, left forearm, left hand; then what must not be taken for them
    "VRoid": ("J_Bip_C_Neck", "J_Bip_C_Head", "J_Bip_L_UpperArm", "J_Bip_L_LowerArm", "J_Bip_L_Hand",
              "J_Adj_C_Head", "J_Sec_Hair1_01", "J_Bip_L_Thumb1"),
    "Unity": ("Neck", "Head", "LeftUpperArm", "LeftLowerArm", "LeftHand", "HeadTip", "LeftHandIndex1"),
    "Unity-chan": ("Character1_Neck", "Character1_Head", "Character1_LeftArm", "Character1_LeftForeArm",
                   "Character1_LeftHand", "Character1_LeftHandThumb1"),
    "Cats": ("Neck", "Head", "Left arm", "Left elbow", "Left wrist", "Eye_L"),
    "Mixamo": ("mixamorig:Neck", "mixamorig:Head", "mixamorig:LeftArm", "mixamorig:LeftForeArm",
               "mixamorig:LeftHand", "mixamorig:HeadTop_End", "mixamorig:LeftHandThumb1"),
    "Mixamo 2": ("mixamorig5Neck", "mixamorig5Head", "mixamorig5LeftArm", "mixamorig5LeftForeArm",
                 "mixamorig5LeftHand", "mixamorig5HeadTop_End"),
    "Rigify": ("DEF-spine.004", "DEF-spine.006", "DEF-upper_arm.L", "DEF-forearm.L", "DEF-hand.L",
               "ORG-spine.006", "MCH-upper_arm_ik.L", "hand_ik.L", "DEF-spine.005", "DEF-upper_arm.L.001"),
    "metarig": ("spine.004", "spine.006", "upper_arm.L", "forearm.L", "hand.L", "spine.005", "spine.003"),
    "MMD": ("首", "頭", "左腕", "左ひじ", "左手首", "頭先", "左腕捩", "左腕捩1", "左親指１"),
    "mmd_tools": ("首", "頭", "腕.L", "ひじ.L", "手首.L", "腕捩.L"),
    "MMD, English": ("neck", "head", "arm_L", "elbow_L", "wrist_L", "arm twist_L"),
    "3ds Max": ("Bip001 Neck", "Bip001 Head", "Bip001 L UpperArm", "Bip001 L Forearm", "Bip001 L Hand",
                "Bip001 HeadNub"),
    "Source": ("ValveBiped.Bip01_Neck1", "ValveBiped.Bip01_Head1", "ValveBiped.Bip01_L_UpperArm",
               "ValveBiped.Bip01_L_Forearm", "ValveBiped.Bip01_L_Hand"),
    "Unreal": ("neck_01", "head", "upperarm_l", "lowerarm_l", "hand_l", "upperarm_twist_01_l", "ik_hand_l"),
    "KayKit": ("neck", "head", "upperarm.l", "lowerarm.l", "hand.l", "handslot.l", "handIK.l"),
    "Character Creator": ("CC_Base_NeckTwist01", "CC_Base_Head", "CC_Base_L_Upperarm", "CC_Base_L_Forearm",
                          "CC_Base_L_Hand"),
    "Daz": ("neck", "head", "lShldrBend", "lForearmBend", "lHand", "lShldrTwist"),
    "Sketchfab": ("Neck_03", "Head_04", "LeftArm_06", "LeftForeArm_07", "LeftHand_08", "HeadTop_End_05"),
}  # fmt: skip


def rigged_glb(path: Path, names: tuple[str, ...], loose: bool = False) -> Path:
    """A square at head height on node 0 and a chain of joints; the arms stand straight out."""
    write_glb(path, [{"corners": [[x, y + 1.5, z] for x, y, z in make_square(0.1)]}])
    model = gltf.GLTF2().load(str(path))
    neck, head, arm, forearm, hand, *others = names
    model.nodes += [
        gltf.Node(name="hips", children=[2], translation=[0, 0.9, 0]),
        gltf.Node(name=neck, children=[3, 4, *range(7, 7 + len(others))], translation=[0, 0.5, 0]),
        gltf.Node(name=head, translation=[0, 0.1, 0]),
        gltf.Node(name=arm, children=[5], translation=[0.2, 0, 0]),
        gltf.Node(name=forearm, children=[6], translation=[0.3, 0, 0]),
        gltf.Node(name=hand, translation=[0.3, 0, 0]),
        *(gltf.Node(name=name, translation=[0, 0.2, 0]) for name in others),
    ]
    model.scenes[0].nodes = [0, 1]
    if not loose:
        model.skins = [gltf.Skin(joints=list(range(1, len(model.nodes))))]
    model.save_binary(str(path))
    return path


@pytest.mark.parametrize("rig", RIGS)
def test_a_rig_by_its_names(rig: str, tmp_path: Path) -> None:
    left = dict(enumerate(RIGS[rig]))
    found = find_bones({node: (name,) for node, name in left.items()}, [[1, 2], [], [3], [4], []] + [[]] * 9)
    assert found["head"] == 1 and found["leftUpperArm"] == 2 and found["leftHand"] == 4, found
    assert rig == "Character Creator" or found["neck"] == 0
    assert not {"rightUpperArm", "rightHand"} & set(found)
    mirrored = {node: (name.translate(str.maketrans("左", "右")).replace("Left", "Right").replace("lShldr", "rShldr")
                       .replace("lHand", "rHand").replace("_L", "_R").replace(".L", ".R").replace(" L ", " R ")
                       .replace("_l", "_r").replace(".l", ".r"),) for node, name in left.items()}  # fmt: skip
    found = find_bones(mirrored, [[1, 2], [], [3], [4], []] + [[]] * 9)
    assert found.get("rightUpperArm") == 2 and found.get("rightHand") == 4 and "leftHand" not in found
    avatar = load_avatar(rigged_glb(tmp_path / "a.glb", RIGS[rig]))
    assert avatar.head_from_file[1, 3] == pytest.approx(-1.6), "the head's height and 0.1 m"


def test_of_two_arms_the_one_with_the_hand() -> None:
    """Game rigs have a bone `arm.L` beside the chain that moves the hand."""
    names = {0: ("upper_arm.L",), 1: ("Arm.L",), 2: ("hand.L",)}
    assert find_bones(names, [[], [2], []])["leftUpperArm"] == 1
    assert find_bones(names, [[2], [], []])["leftUpperArm"] == 0


def test_the_head_by_option(tmp_path: Path) -> None:
    names = ("n", "Schädel", "a", "b", "c")
    path = rigged_glb(tmp_path / "a.glb", names)
    by_geometry = load_avatar(path).head_from_file
    assert by_geometry[1, 3] == pytest.approx(-1.5), "the middle of the square"
    assert load_avatar(path, AvatarOptions(head_bone="schädel")).head_from_file[1, 3] == pytest.approx(-1.6)
    with pytest.raises(AvatarError, match=r"no bone is called 'Schadel' .*'Schädel'"):
        load_avatar(path, AvatarOptions(head_bone="Schadel"))


def test_a_node_that_is_no_joint_counts_by_option_only(tmp_path: Path) -> None:
    """A mesh called Head says nothing about where a head bone would be."""
    path = rigged_glb(tmp_path / "a.glb", RIGS["Unity"], loose=True)
    assert load_avatar(path).head_from_file[1, 3] == pytest.approx(-1.5)
    assert load_avatar(path, AvatarOptions(head_bone="Head")).head_from_file[1, 3] == pytest.approx(-1.6)


def test_facing_and_head_bone_together(tmp_path: Path) -> None:
    path = rigged_glb(tmp_path / "a.glb", ("n", "top", "a", "b", "c"))
    turned = load_avatar(path, AvatarOptions(facing="-z", head_bone="top")).head_from_file
    assert np.allclose(turned, np.array([[-1, 0, 0, 0], [0, 1, 0, -1.6], [0, 0, -1, 0], [0, 0, 0, 1]]))
