"""The order of the styles, on which the random choices of every character depend."""

from collections.abc import Mapping
from typing import Any

import pytest

from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.families import FAMILIES
from panic3d.datagen.synth.hair.styles import BACKS, FRINGES, SIDES

ORDER = {
    "fringe": (
        "straight swept parted blunt see_through between_eyes over_one_eye spiky curtain short_choppy asymmetric "
        "swept_back over_eyes rolled"
    ),
    "side": "short long hime tucked flicked wavy framing pointed ringlets braided winged",
    "back": (
        "bob bob_flipped long_straight long_wavy hime_long medium wolf short_spiky boyish very_long fluffy long_spiky "
        "twin_tails short_twin_tails low_twin_tails pony_tail high_pony_tail side_pony_tail double_bun single_bun "
        "twin_braids single_braid half_up drills braided_bun two_side_up"
    ),
    "accessory": (
        "cat_ears rabbit_ears bear_ears fox_ears horns ram_horns antlers halo hair_ribbon back_bow twin_ribbons "
        "hair_band maid_headdress headphones flower flower_wreath hair_clips glasses glasses_red round_glasses goggles "
        "eye_patch tiara beret cap straw_hat witch_hat hood veil"
    ),
}
"""The styles of version 2 of the generator, in the order of the registries."""


@pytest.mark.parametrize("kind", ORDER)
def test_the_styles_of_version_2_keep_their_order(kind: str) -> None:
    registries: dict[str, Mapping[str, Any]] = {
        "fringe": FRINGES,
        "side": SIDES,
        "back": BACKS,
        "accessory": ACCESSORIES,
    }
    assert FAMILIES["train"].version == FAMILIES["heldout"].version == 2
    old = [name for name, style in registries[kind].items() if style.family in ("train", "heldout")]
    assert old == ORDER[kind].split()
