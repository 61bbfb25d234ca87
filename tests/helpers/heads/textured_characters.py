"""Generated characters as textured meshes, and portraits rendered of them."""

from functools import cache

import numpy as np

from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.generate import build_character
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.surface import make_textured_mesh
from panic3d.models.method import Portrait

FRONT = make_view_camera("front")


@cache
def make_character(index: int = 3) -> tuple[TexturedMesh, np.ndarray]:
    """Return a character of the family `train` and its landmarks in the head frame."""
    random = make_random_generator(5, index, "train")
    character, landmarks = build_character(draw_params(random, "train"), random, "")
    return make_textured_mesh(character), landmarks


def make_portrait(mesh: TexturedMesh, landmarks_head_m: np.ndarray) -> Portrait:
    """Return the front view as a portrait."""
    view = TexturedScene(mesh).render([FRONT], 512)[0]
    alpha = view.alpha[..., None]
    straight = np.clip((view.rgb - 1 + alpha) / np.maximum(alpha, 1e-3), 0, 1)
    rgba = np.round(255 * np.concatenate([straight, alpha], axis=2)).astype(np.uint8)
    return Portrait(rgba, rgba, FRONT.project(landmarks_head_m, 512)[:, :2])
