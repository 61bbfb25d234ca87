"""The search finds what a wrong belief hid, and keeps what the picture does not tell apart."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.fields.field import CategoricalField, ContinuousField, SetField
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.beliefs import Beliefs, read_beliefs
from panic3d.models.character.codes import FieldCodes, FieldOutputs
from panic3d.models.character.fitting.candidate import build_candidate
from panic3d.models.character.fitting.evidence import collect_evidence
from panic3d.models.character.fitting.search import CharacterSearch, SearchConfig
from panic3d.models.character.network import CharacterPrediction
from panic3d.models.method import Portrait
from panic3d.shards.schema import PARTS

FIELDS = (
    CategoricalField("hair.back", 0.7, values=("bob", "twin_tails", "hime_long")),
    CategoricalField("hair.flip", 0.0, values=(False, True)),
    ContinuousField("head.scale", 1.0, low=0.9, high=1.5),
    SetField("accessories", 1.0, values=("glasses", "beret")),
)


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    params = draw_params(make_random_generator(1, 0, "train"), "train")
    params = replace(params, hair=replace(params.hair, back="twin_tails"), head=replace(params.head, scale=1.2))
    params = replace(params, accessories=("beret",))
    empty = Portrait(np.zeros((512, 512, 4), np.uint8), np.zeros((512, 512, 4), np.uint8))
    shown = build_candidate(params, 7, collect_evidence(empty))
    front = make_view_camera("front")
    view = TexturedScene(shown.mesh).render([front], 512)[0]
    rgba = np.round(255 * np.concatenate([view.rgb, view.alpha[..., None]], axis=2)).astype(np.uint8)
    return Portrait(rgba, rgba, front.project(shown.landmarks_head_m, 512)[:, :2])


def test_the_back_hair_and_the_hat_are_found(portrait: Portrait) -> None:
    codes = FieldCodes(FieldOutputs.from_fields(FIELDS), FIELDS)
    base = draw_params(make_random_generator(1, 0, "train"), "train")
    beliefs = Beliefs(
        (np.array([0.6, 0.3, 0.1]), np.array([0.9, 0.1])), np.array([-0.6]), np.array([0.5]), np.array([0.1, 0.3])
    )
    search = CharacterSearch(codes, beliefs, base, collect_evidence(portrait), SearchConfig(numeric_trials=8))
    first = search.best
    assert first.params.hair.back == "bob"
    found = search.run()
    assert found.params.hair.back == "twin_tails"
    assert found.match.iou > first.match.iou + 0.05
    assert found.params.hair.flip == first.params.hair.flip
    assert first.params.accessories == () and found.params.accessories == ("beret",)


def test_a_hat_in_the_colour_of_the_hair_is_none(portrait: Portrait) -> None:
    codes = FieldCodes(FieldOutputs.from_fields(FIELDS), FIELDS)
    base = draw_params(make_random_generator(1, 0, "train"), "train")
    beliefs = Beliefs(
        (np.array([0.01, 0.98, 0.01]), np.array([0.9, 0.1])), np.array([0.0]), np.array([0.1]), np.array([0.01, 0.99])
    )
    config = SearchConfig(categorical_trials=0, member_trials=0, numeric_trials=0)
    search = CharacterSearch(codes, beliefs, base, collect_evidence(portrait), config)
    part = TexturedScene(search.best.mesh).render_parts(make_view_camera("front"), 512)
    hair = np.median(portrait.line_free[part == PARTS["hair"]], axis=0).astype(np.uint8)
    alike = portrait.line_free.copy()
    alike[(part == PARTS["accessory"]) & (alike[..., 3] > 0)] = hair
    assert search.run().params.accessories == ("beret",)
    other = CharacterSearch(codes, beliefs, base, collect_evidence(replace(portrait, line_free=alike)), config)
    assert other.best.params.accessories == ("beret",)
    assert other.run().params.accessories == ()


def test_beliefs_are_the_distributions_of_the_network() -> None:
    codes = FieldCodes(FieldOutputs.from_fields(FIELDS), FIELDS)
    generator = torch.Generator().manual_seed(0)
    means, log_scales, weights = (torch.randn(1, 1, 3, generator=generator) for _ in range(3))
    prediction = CharacterPrediction(
        torch.tensor([[0.0, 2.0, 1.0, 0.0, 3.0]]), means, log_scales, weights, torch.tensor([[1.0, -1.0]])
    )
    found = read_beliefs(prediction, codes)
    theirs = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=weights[0, 0]),
        torch.distributions.Normal(means[0, 0], log_scales[0, 0].exp()),
    )
    assert found.numbers[0] == pytest.approx(float(theirs.mean), abs=1e-5)
    assert found.deviations[0] == pytest.approx(float(theirs.variance.sqrt()), abs=1e-5)
    assert found.chances[0] == pytest.approx(torch.tensor([0.0, 2.0, 1.0]).softmax(0).numpy(), abs=1e-6)
    assert found.members == pytest.approx(torch.tensor([1.0, -1.0]).sigmoid().numpy())
