"""Every hairstyle of version 3: finite, not too fine, and outside the skull."""

from dataclasses import replace

import numpy as np
import pytest

from panic3d.datagen.synth.fields.field import replace_field
from panic3d.datagen.synth.hair.build import build_hair
from panic3d.datagen.synth.hair.params import HairParams
from panic3d.datagen.synth.hair.styles import BACKS, FRINGES, SIDES
from panic3d.datagen.synth.head.cranium import CRANIUM_CENTRE_M, CRANIUM_RADII_M
from panic3d.datagen.synth.labels import list_tags
from panic3d.datagen.synth.survey.vocabulary import make_plain_character

REGISTRIES = {"fringe": FRINGES, "side": SIDES, "back": BACKS}
STYLES = [
    (kind, name)
    for kind, registry in REGISTRIES.items()
    for name, style in registry.items()
    if style.family in ("train2", "heldout2")
]
PLAIN = HairParams(fringe="none", side="none", back="bald", smooth=True)
MOST_TRIANGLES = 20_000
DEEPEST_M = 0.012
"""How far the roots of locks may lie below the skull."""


@pytest.mark.parametrize("volume_m", [0.0, 0.016])
@pytest.mark.parametrize(("kind", "name"), STYLES)
def test_a_style_grows_outside_the_skull(kind: str, name: str, volume_m: float) -> None:
    params = replace_field(replace(PLAIN, volume_m=volume_m), kind, name)
    parts = build_hair(params, np.random.default_rng(3))
    assert sum(len(part.faces) for part in parts) <= MOST_TRIANGLES
    for part in parts:
        assert np.isfinite(part.xyz_head_m).all()
        assert (part.uv >= 0).all()
        assert (part.uv <= 1).all()
        depth_m = 1 - np.linalg.norm((part.xyz_head_m - CRANIUM_CENTRE_M) / CRANIUM_RADII_M, axis=1)
        above = part.xyz_head_m[:, 1] > CRANIUM_CENTRE_M[1]
        assert (depth_m[above] * CRANIUM_RADII_M.min()).max(initial=0) < DEEPEST_M


def test_at_least_three_styles_of_each_region_are_held_out() -> None:
    for registry in REGISTRIES.values():
        assert sum(style.family == "heldout2" for style in registry.values()) >= 3


@pytest.mark.parametrize(("kind", "name"), STYLES)
def test_tags_name_the_style(kind: str, name: str) -> None:
    tags = list_tags(replace_field(make_plain_character(), f"hair.{kind}", name))
    assert set(REGISTRIES[kind][name].tags) <= set(tags)
