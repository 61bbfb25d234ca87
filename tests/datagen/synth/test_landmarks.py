"""The 28 landmarks, projected into the front view, lie on what is drawn there."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from panic3d.cameras.axes import LANDMARK_MIRROR
from panic3d.cameras.camera import Camera
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.generate import build_character
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.vrm.model import VrmCharacter

FRONT, SIZE = Camera("ortho", 0.0), 512


CHARACTERS = [("train", index) for index in range(4)] + [
    (family, index) for family in ("train2", "heldout2") for index in range(6)
]


def character_of(family: str, index: int) -> tuple[VrmCharacter, np.ndarray]:
    """A character with open eyes, and its landmarks in pixels of the front view."""
    rng = make_random_generator(11, index, family)
    params = draw_params(rng, family)
    params = replace(params, face=replace(params.face, eyes=replace(params.face.eyes, open_share=1.0)))
    character, points = build_character(params, rng, "test")
    return character, FRONT.project(points, SIZE)


def painted(character: VrmCharacter, material: str) -> np.ndarray:
    """Pixels in the front view of all points of a material whose texel is opaque, sampled inside its triangles."""
    part = next(part for mesh in character.meshes.values() for part in mesh if part.material == material)
    texture = character.textures[character.materials[material].texture]
    a, b = (grid.ravel() for grid in np.meshgrid(np.linspace(0, 1, 21), np.linspace(0, 1, 21)))
    share = np.stack([1 - a - b, a, b], axis=1)[a + b <= 1]
    uv = np.einsum("sk,fkc->fsc", share, part.uv[part.faces]).reshape(-1, 2)
    xyz = np.einsum("sk,fkc->fsc", share, part.xyz_head_m[part.faces]).reshape(-1, 3)
    column, row = (np.clip(uv, 0, 0.9999) * np.array(texture.shape[1::-1])).astype(int).T
    return FRONT.project(xyz[texture[row, column, 3] > 127], SIZE)[:, :2]


def gaps_px(landmarks: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """From each landmark to the nearest painted point."""
    return np.sqrt(((landmarks[:, None, :2] - pixels[None]) ** 2).sum(axis=2)).min(axis=1)


@pytest.mark.parametrize(("family", "index"), CHARACTERS)
def test_landmarks_fall_on_the_features(family: str, index: int) -> None:
    character, points = character_of(family, index)
    assert gaps_px(points[5:11], painted(character, "Brow")).max() < 1.5
    assert gaps_px(points[11:23], np.concatenate([painted(character, m) for m in ("EyeIris", "EyeLine")])).max() < 1.5
    # the hidden open mouth is folded up at the middle of the lips, so it cannot help the corners
    assert gaps_px(points[24:28], painted(character, "Mouth")).max() < 1.5
    left, right = (painted(character, "EyeIris")[:, 0] < SIZE / 2, painted(character, "EyeIris")[:, 0] > SIZE / 2)
    iris = painted(character, "EyeIris")
    for mask, eye in ((left, points[11:17]), (right, points[17:23])):
        box = np.array([iris[mask].min(axis=0), iris[mask].max(axis=0)])
        np.testing.assert_allclose([eye[0, 0], eye[:, 1].min()], box[0], atol=2.5)
        np.testing.assert_allclose([eye[2, 0], eye[:, 1].max()], box[1], atol=2.5)


@pytest.mark.parametrize(("family", "index"), CHARACTERS)
def test_the_jaw_is_the_outline_of_the_face(family: str, index: int) -> None:
    character, points = character_of(family, index)
    skin: MeshPart = character.meshes["Head"][0]
    # the silhouette of the skin's triangles, rasterised by Pillow; the ears are behind the face and above the jaw
    outline = Image.new("1", (SIZE, SIZE))
    draw = ImageDraw.Draw(outline)
    for triangle in FRONT.project(skin.xyz_head_m, SIZE)[skin.faces, :2]:
        draw.polygon([tuple(corner) for corner in triangle], fill=1)
    for landmark, end in ((1, 0), (3, -1)):
        rows = int(points[landmark, 1]) + np.arange(2)
        ends = [np.flatnonzero(np.array(outline)[row])[end] for row in rows]
        assert abs(np.interp(points[landmark, 1], rows, ends) - points[landmark, 0]) < 2.0
    assert points[12, 1] < points[23, 1] < points[24:28, 1].min() < points[2, 1], "eyes, nose, mouth, chin"
    face = points[[2, 23, 25, 8]]
    assert face[:, 2].argmin() == 1, "the nose tip is nearest to the camera"


def test_landmarks_are_in_the_order_of_the_format() -> None:
    for index in range(6):
        rng = make_random_generator(12, index, "heldout")
        _, points = build_character(draw_params(rng, "heldout"), rng, "test")
        mirrored = points[list(LANDMARK_MIRROR)] * [-1, 1, 1]
        # the face is symmetric down to the nose; a mouth may smirk
        np.testing.assert_allclose(points[:24], mirrored[:24], atol=2e-4)
        assert (np.diff(points[:5, 0]) > 0).all() and (np.diff(points[5:11, 0]) > 0).all()
        assert points[11, 0] < points[13, 0] < points[17, 0] < points[19, 0], "left is the image's left"
        assert (points[[12, 18], 1] > points[[15, 21], 1] - 1e-9).all(), "tops over bottoms"
        assert points[24, 0] < points[25, 0] < points[26, 0]
