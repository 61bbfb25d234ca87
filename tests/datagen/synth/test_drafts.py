"""Drafts have the shape of the whole characters and show the same parts."""

import numpy as np
import pytest

from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.generate import build_character
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.surface import make_textured_mesh


@pytest.mark.parametrize(("index", "family"), [(0, "train2"), (5, "train2"), (8, "heldout2"), (1, "train")])
def test_a_draft_shows_the_same_parts_at_the_same_places(index: int, family: str) -> None:
    found = []
    for draft in (False, True):
        random = make_random_generator(9, index, family)
        found.append(build_character(draw_params(random, family), random, "", draft=draft))
    (whole, landmarks), (coarse, same_landmarks) = found
    np.testing.assert_array_equal(landmarks, same_landmarks)
    assert sum(t.size for t in coarse.textures.values()) < 0.5 * sum(t.size for t in whole.textures.values())
    for name, parts in whole.meshes.items():
        if name != "Body":
            for ours, theirs in zip(parts, coarse.meshes[name], strict=True):
                np.testing.assert_array_equal(ours.xyz_head_m, theirs.xyz_head_m)
    for view in ("front", "back"):
        shown, drafted = (
            TexturedScene(make_textured_mesh(c)).render_parts(make_view_camera(view), 128) for c in (whole, coarse)
        )
        assert len(np.unique(shown)) > 2
        assert (shown == drafted)[(shown > 0) | (drafted > 0)].mean() > 0.985
