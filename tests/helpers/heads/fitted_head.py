"""A head of a character that was fitted to its own render, without a network and without a search."""

from functools import cache

import numpy as np

from panic3d.avatar.config import AvatarConfig
from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.head import Head, PreparedPortrait
from panic3d.models.character.fitting.candidate import build_candidate
from panic3d.models.character.fitting.completion import complete_character
from panic3d.models.character.fitting.evidence import collect_evidence
from panic3d.models.method import Portrait
from panic3d.models.portrait.canonical import PortraitConfig, make_portrait
from panic3d.models.portrait.faces.face import Face
from panic3d.models.portrait.picture import make_picture_from_array

SEED, INDEX = 3, 4
CONFIG = AvatarConfig(triangles=20_000, texture_px=2048)


@cache
def make_fitted_head(index: int = INDEX) -> Head:
    """Return the head of character `index`; its picture has twice the canonical resolution."""
    params = draw_params(make_random_generator(SEED, index, "train2"), "train2")
    empty = np.zeros((512, 512, 4), np.uint8)
    candidate = build_candidate(params, 0, collect_evidence(Portrait(empty, empty)))
    front = make_view_camera("front")
    view = TexturedScene(candidate.mesh).render([front], 1024)[0]
    alpha = view.alpha[..., None]
    straight = np.clip((view.rgb - 1 + alpha) / np.maximum(alpha, 1e-3), 0, 1)
    rgba = np.round(255 * np.concatenate([straight, alpha], axis=2)).astype(np.uint8)
    face = Face(front.project(candidate.landmarks_head_m, 1024)[:, :2], 1.0)
    stages = make_portrait(rgba, [face], PortraitConfig(align="never", matting="given"))
    prepared = PreparedPortrait("character.png", make_picture_from_array(rgba), stages, None)
    evidence = collect_evidence(prepared.portrait)
    fitted = build_candidate(params, 0, evidence)
    return Head(prepared, complete_character(fitted, prepared.portrait, evidence), CONFIG)
