"""Beards and moustaches lie on the face, leave the mouth free and are drawn for men."""

import numpy as np
import pytest

from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.facial_hair.build import build_facial_hair
from panic3d.datagen.synth.facial_hair.styles import BEARDS, MOUSTACHES, FacialHair
from panic3d.datagen.synth.head.face_surface import FaceSurface
from panic3d.datagen.synth.head.form import HeadForm
from panic3d.datagen.synth.head.mouth import MouthParams
from panic3d.datagen.synth.head.skull import HeadShape

SURFACE = FaceSurface(HeadShape(form=HeadForm()))
STYLES = [FacialHair(beard=name) for name in BEARDS] + [FacialHair(moustache=name) for name in MOUSTACHES]


@pytest.mark.parametrize("hair", STYLES, ids=lambda hair: f"{hair.beard}-{hair.moustache}")
def test_facial_hair_is_symmetric_and_leaves_the_mouth_free(hair: FacialHair) -> None:
    mouth = MouthParams()
    parts = build_facial_hair(hair, mouth, SURFACE)
    xyz = np.concatenate([part.xyz_head_m for part in parts])
    assert 100 < sum(len(part.faces) for part in parts) < 4500
    assert xyz[:, 0].max() == pytest.approx(-xyz[:, 0].min(), abs=4e-3)
    # a grid of points on the lips lies before the hair
    x, y = (grid.ravel() for grid in np.meshgrid(np.linspace(-0.008, 0.008, 9), [mouth.y_m, mouth.y_m - 0.003]))
    lips = SURFACE.place_on_face(np.stack([x, y], axis=1))
    for lip in lips:
        near = np.hypot(*(xyz[:, :2] - lip[:2]).T) < 0.002
        assert (xyz[near, 2] < lip[2] + 0.0005).all()


def test_a_longer_beard_hangs_lower() -> None:
    lows = [
        min(
            part.xyz_head_m[:, 1].min()
            for part in build_facial_hair(FacialHair("full", length_m=m), MouthParams(), SURFACE)
        )
        for m in (0.0, 0.01, 0.03)
    ]
    np.testing.assert_allclose(np.diff(lows), [-0.01, -0.02], atol=0.003)


def test_men_alone_have_facial_hair() -> None:
    drawn = [draw_params(make_random_generator(3, index, "train2"), "train2") for index in range(150)]
    bearded = [params for params in drawn if params.facial_hair != FacialHair()]
    assert 3 < len(bearded) < 25
    assert all(params.names["sex"] == "male" and params.names["age"] != "child" for params in bearded)
