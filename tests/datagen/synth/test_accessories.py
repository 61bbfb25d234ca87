"""Accessories are small closed meshes about the head, and lie on the hair of characters of version 3."""

from dataclasses import replace

import numpy as np
import pytest

from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.accessories.hair_relief import HairRelief
from panic3d.datagen.synth.accessories.registry import AccessoryFit
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.generate import build_character
from panic3d.datagen.synth.head.cranium import direction_from_angles, place_above_cranium
from panic3d.datagen.synth.head.ears import find_ornament_place
from panic3d.datagen.synth.head.face_surface import FaceSurface
from panic3d.datagen.synth.head.form import HeadForm
from panic3d.datagen.synth.head.skull import HeadShape


def make_fit(hair_lift_m: float) -> AccessoryFit:
    """The fit of a standard head whose hair is one smooth shell."""
    azimuth, polar = (grid.ravel() for grid in np.meshgrid(np.arange(-180, 180, 4.0), np.arange(1, 125, 4.0)))
    shape = HeadShape(form=HeadForm())
    relief = HairRelief(place_above_cranium(direction_from_angles(azimuth, polar), hair_lift_m))
    return AccessoryFit(FaceSurface(shape), (0.037, -0.005), 0.006, relief, find_ornament_place("human", shape))


FIT = make_fit(0.024)


@pytest.mark.parametrize("name", [name for name, entry in ACCESSORIES.items() if entry.family != "heldout"])
def test_an_accessory_is_small_and_near_the_head(name: str) -> None:
    parts = ACCESSORIES[name].build(FIT)
    xyz = np.concatenate([part.xyz_head_m for part in parts])
    assert np.isfinite(xyz).all()
    assert sum(len(part.faces) for part in parts) < 3500
    assert np.abs(xyz[:, 0]).max() < 0.26 and xyz[:, 1].min() > -0.3 and xyz[:, 1].max() < 0.36
    assert all(part.uv.min() >= 0 and part.uv.max() <= 1 for part in parts)


def test_the_relief_measures_the_hair() -> None:
    around = direction_from_angles(np.array([0.0, 90.0, 180.0]), np.array([50.0, 70.0, 60.0]))
    assert FIT.hair is not None
    np.testing.assert_allclose(FIT.hair.measure(around, 8.0), 0.024, atol=0.002)
    assert make_fit(0.05).find_lift(40.0, 60.0, 0.03) - FIT.find_lift(40.0, 60.0, 0.03) == pytest.approx(
        0.026, abs=3e-3
    )


@pytest.mark.parametrize("name", ["star_pin", "rose", "circlet", "headband", "leaf_pin"])
def test_ornaments_lie_on_the_hair(name: str) -> None:
    xyz = np.concatenate([part.xyz_head_m for part in ACCESSORIES[name].build(FIT)])
    lift = HairRelief(xyz)._lift_m
    assert 0.02 < np.percentile(lift, 10) < 0.05, "neither below the hair nor floating"


def test_earrings_hang_from_visible_ears() -> None:
    rng = make_random_generator(8, 3, "train2")
    params = replace(draw_params(rng, "train2"), accessories=("hoop_earrings",))
    counts = {}
    for ears in ("human", "hidden"):
        character, _ = build_character(replace(params, ears=ears), make_random_generator(8, 3, "train2"), "test")
        counts[ears] = sum(len(part.faces) for part in character.meshes.get("Accessories", []))
    assert counts["human"] - counts["hidden"] > 200


def test_every_slot_of_the_new_accessories_has_some_that_one_family_alone_wears() -> None:
    families = [entry.family for entry in ACCESSORIES.values()]
    assert families.count("train2") >= 20
    assert families.count("heldout2") >= 3
