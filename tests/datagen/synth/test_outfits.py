"""Every outfit dresses every body: finite meshes of limited size."""

import numpy as np
import pytest

from panic3d.datagen.synth.clothing.outfits.catalogue import OUTFITS
from panic3d.datagen.synth.clothing.outfits.dress import DressedFigure, dress_figure
from panic3d.datagen.synth.clothing.outfits.tailor import WornHead
from panic3d.datagen.synth.draws.body import draw_body
from panic3d.datagen.synth.draws.clothes import draw_clothes
from panic3d.datagen.synth.draws.head import draw_head
from panic3d.datagen.synth.draws.traits import AGES, PROPORTIONS, PersonTraits
from panic3d.datagen.synth.meshes.manners import MANNERS

MAX_TRIANGLES = 10_000
SKIN, SHADE = (1.0, 0.9, 0.84), (0.93, 0.70, 0.66)


def dress_somebody(outfit: str, seed: int) -> DressedFigure:
    """Dress a person whose sex, age, proportion and manner differ with the seed."""
    rng = np.random.default_rng(seed)
    sex = OUTFITS[outfit].sexes[seed % len(OUTFITS[outfit].sexes)]
    traits = PersonTraits(sex, AGES[seed % 3], PROPORTIONS[seed // 3 % 3])  # type: ignore[arg-type]
    family = "heldout2" if OUTFITS[outfit].family == "heldout2" else "train2"
    clothes = draw_clothes(rng, family, traits, SKIN, MANNERS[seed % len(MANNERS)], kind=outfit)
    return dress_figure(draw_body(rng, traits), clothes, WornHead(draw_head(rng, traits), 0.0), SHADE)


@pytest.mark.parametrize(("seed", "outfit"), list(enumerate(OUTFITS)))
def test_an_outfit_has_finite_meshes_of_limited_size(seed: int, outfit: str) -> None:
    dressed = dress_somebody(outfit, seed)
    assert sum(len(part.faces) for part in dressed.parts) <= MAX_TRIANGLES
    for part in dressed.parts:
        assert np.isfinite(part.xyz_head_m).all()
        assert part.faces.max() < len(part.xyz_head_m)
        assert part.uv.min() >= 0
        assert part.uv.max() <= 1
        assert sum(part.weights.values()) == pytest.approx(1.0)
