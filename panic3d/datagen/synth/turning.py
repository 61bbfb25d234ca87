"""Characters whose head is turned: poses at random, and meshes, morphs, bones and landmarks in such a pose."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.head_pose import HeadPose
from panic3d.datagen.synth.vrm.model import VrmCharacter

PITCH_SHARE, ROLL_SHARE = 0.4, 0.3
"""Largest pitch and roll over the largest yaw; a pitch of more than 20 degrees would fold long hair behind the neck."""
STREAM = 1
"""Distinguishes the random numbers of poses from others of a character."""


def draw_head_pose(seed: int, index: int, largest_yaw_deg: float) -> HeadPose:
    """Draw the pose of character `index` of a seed; all angles up to the largest are equally likely."""
    random = np.random.default_rng([seed, index, STREAM])
    yaw, pitch, roll = random.uniform(-1, 1, 3) * largest_yaw_deg * [1, PITCH_SHARE, ROLL_SHARE]
    return HeadPose(round(float(yaw), 3), round(float(pitch), 3), round(float(roll), 3))


def turn_character(
    character: VrmCharacter, landmarks_head_m: Float[np.ndarray, "28 3"], pose: HeadPose
) -> tuple[VrmCharacter, Float[np.ndarray, "28 3"]]:
    """Return a character and its landmarks with the head turned. Its skeleton has no rotations, as before."""
    meshes = {name: [part.warp(pose.apply) for part in parts] for name, parts in character.meshes.items()}
    skeleton = character.skeleton
    bones = {bone: pose.apply(place[None])[0] for bone, place in skeleton.positions_head_m.items()}
    turned = replace(character, meshes=meshes, skeleton=replace(skeleton, positions_head_m=bones))
    return turned, pose.apply(landmarks_head_m)
