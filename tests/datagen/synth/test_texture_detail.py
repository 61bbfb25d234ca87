"""Less detail gives smaller textures of the same clothes, and the same shape."""

import numpy as np
import pytest

from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.generate import build_character


@pytest.mark.parametrize("index", [0, 5])
def test_half_the_detail_is_the_same_character_with_smaller_textures(index: int) -> None:
    found = []
    for detail in (1.0, 0.5):
        random = make_random_generator(9, index, "train2")
        params = draw_params(random, "train2")
        found.append(build_character(params, random, "", detail=detail)[0])
    whole, half = found
    assert whole.textures["garment"].size >= 3 * half.textures["garment"].size
    np.testing.assert_array_equal(whole.textures["face"], half.textures["face"])
    for name, parts in whole.meshes.items():
        if name != "Body":
            for ours, theirs in zip(parts, half.meshes[name], strict=True):
                np.testing.assert_array_equal(ours.xyz_head_m, theirs.xyz_head_m)
    bounds = [np.concatenate([part.xyz_head_m for part in c.meshes["Body"]]).min(0).tolist() for c in (whole, half)]
    assert bounds[0] == pytest.approx(bounds[1], abs=2e-3)
    # the colours of the cloth, where both show it
    means = [c.textures["garment"][c.textures["garment"][..., 3] > 250][:, :3].mean(0) for c in (whole, half)]
    np.testing.assert_allclose(means[0], means[1], atol=12)
