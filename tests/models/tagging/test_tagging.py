"""The small tagger: ranking, mirroring, who is kept apart, learning, exact resume, what reconstructors take from it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from helpers.heads.sphere_shards import make_sphere_views, write_shard
from panic3d.models.commands import train as train_command
from panic3d.models.engine.settings import apply_settings
from panic3d.models.method import Portrait
from panic3d.models.reconstructor.method import load as load_method
from panic3d.models.reconstructor.semantic import load_training_tagger
from panic3d.models.reconstructor.training.config import load_config
from panic3d.models.reconstructor.training.train import train as train_reconstructor
from panic3d.models.tagging import training
from panic3d.models.tagging.network import SmallTagger, TaggerConfig, load_tagger
from panic3d.models.tagging.precision import compute_average_precision, compute_tag_precision
from panic3d.models.tagging.published import SemanticFeatures
from panic3d.registry import find_entry, find_weights
from panic3d.runtime.errors import UserError
from panic3d.shards.schema import read_png

TINY = (
    "model.size=32", "model.widths=[8, 8, 8, 8]", "model.features=16", "batch=8", "validation=0", "rarest=2",
    "bf16=off", "accelerator=cpu", "log_every=1",
)  # fmt: skip


def settings(*more: str) -> training.TaggerTrainConfig:
    return apply_settings(training.TaggerTrainConfig(), [*TINY, *more])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Balls, large or small, some of them painted; their tags say which."""
    folder, shard = tmp_path_factory.mktemp("data"), {}
    for i in range(12):
        large, painted = i % 2 == 0, i % 3 == 0
        tags = ["solo", "large" if large else "small", *(["painted"] if painted else [])]
        meta = json.dumps({"sha256": f"{i}", "labels": {"tags": tags}}).encode()
        views = make_sphere_views(0.25 if large else 0.12, 0.02, 64, painted)
        shard[f"ball{i:02}-00000000"] = {"front.rgba.png": views["front.rgba.png"], "meta.json": meta}
    write_shard(folder / "shard-000000.tar", shard)
    return folder


def test_average_precision_is_the_mean_precision_at_each_hit() -> None:
    """By hand: hits at places 1 and 3 of 4 give (1/1 + 2/3) / 2."""
    scores, true = np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, False, True, False])
    assert compute_average_precision(scores, true) == pytest.approx((1 + 2 / 3) / 2)
    assert compute_average_precision(np.zeros(4), true) == pytest.approx(0.5)
    assert np.isnan(compute_average_precision(scores, np.zeros(4, bool)))


def test_average_precision_against_its_definition() -> None:
    generator = np.random.default_rng(0)
    scores, true = generator.integers(0, 9, 60).astype(float), generator.random(60) < 0.3
    definition = np.mean([true[scores >= s].mean() for s in scores[true]])
    assert compute_average_precision(scores, true) == pytest.approx(definition)


def test_tags_that_do_not_tell_apart_are_not_scored() -> None:
    true = np.array([[True, True, False], [True, False, False]])
    found = compute_tag_precision(np.zeros((2, 3)), true, ("all", "some", "none"))
    assert found == {"some": (0.5, 0.5)}


def test_sides_change_places_in_a_mirror() -> None:
    assert training.mirror_tag("hair_over_left_eye") == "hair_over_right_eye"
    assert training.mirror_tag("bright_pupils") == "bright_pupils"


def test_a_mirrored_picture_is_the_picture_mirrored() -> None:
    rgba = read_png(make_sphere_views(0.2, 0.05, 64)["front.rgba.png"])
    still = training.JitterConfig(0.0, 0.0, 0.0, 0.0, 0.0)
    plain, flipped = (training.jitter_picture(rgba, still, f, np.random.default_rng(0)) for f in (False, True))
    np.testing.assert_allclose(plain[:, ::-1], flipped, atol=1e-5)
    np.testing.assert_allclose(plain[..., 3], rgba[..., 3] / 255, atol=1e-5)


def test_a_character_is_on_one_side_only(data: Path) -> None:
    everyone = list(training.read_characters(data, 32)) * 2  # each one twice, as renders and drawings are
    learnt, kept = training.split_characters(everyone, 2)
    assert len({c.key for c in kept}) == 2
    assert len(kept) == 4
    assert not {c.key for c in kept} & {c.key for c in learnt}


def test_it_learns_what_is_to_be_seen(data: Path, tmp_path: Path) -> None:
    training.train(data, tmp_path, settings("steps=60", "optimiser.ema=0.9"), resume=False)
    tagger = load_tagger(tmp_path / "weights.safetensors")
    assert tagger.config.tags == ("large", "painted", "small"), "all are solo"
    everyone = list(training.read_characters(data, 32))
    logits = tagger.tags(torch.from_numpy(np.stack([c.pictures[0] for c in everyone]))).numpy()
    true = np.array([[tag in c.tags for tag in tagger.config.tags] for c in everyone])
    assert min(found for found, _ in compute_tag_precision(logits, true, tagger.config.tags).values()) > 0.95


def test_stopped_and_resumed_is_exact(data: Path, tmp_path: Path) -> None:
    two_steps, four_steps = (settings(f"steps={n}", "optimiser.final_share=1") for n in (2, 4))
    training.train(data, tmp_path / "whole", four_steps, resume=False)
    training.train(data, tmp_path / "parts", two_steps, resume=False)
    training.train(data, tmp_path / "parts", four_steps, resume=True)
    one, two = (torch.load(tmp_path / run / "state.pt", weights_only=True)["model"] for run in ("whole", "parts"))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_labels_come_from_a_file_where_the_shards_have_none(data: Path, tmp_path: Path) -> None:
    views = make_sphere_views(0.2, 0.0, 32)
    bare = {
        f"b{i}-0": {"front.rgba.png": views["front.rgba.png"], "meta.json": json.dumps({"sha256": f"{i}"}).encode()}
        for i in range(4)
    }
    write_shard(tmp_path / "bare" / "shard-000000.tar", bare)
    arguments = ["tagger", "--data", str(tmp_path / "bare"), "--out", str(tmp_path / "run"), "--set", "steps=1"]
    arguments += [part for setting in TINY for part in ("--set", setting)]
    failed = CliRunner().invoke(train_command, arguments)
    assert isinstance(failed.exception, UserError)
    assert "give --labels" in str(failed.exception)
    lines = [json.dumps({"sha256": f"{i}", "tags": ["hat"] if i % 2 else ["ahoge"]}) for i in range(4)]
    (tmp_path / "labels.jsonl").write_text("\n".join(lines))
    done = CliRunner().invoke(train_command, [*arguments, "--labels", str(tmp_path / "labels.jsonl")])
    assert done.exit_code == 0, done.output
    assert load_tagger(tmp_path / "run" / "weights.safetensors").config.tags == ("ahoge", "hat")


def test_features_are_upside_down_and_normalised() -> None:
    """A spot at the top of the picture is seen in the last rows, where y is largest."""
    torch.manual_seed(0)
    tagger = SmallTagger(TaggerConfig(tags=("a",))).eval()
    black = torch.zeros(1, 3, 64, 64)
    spot = black.clone()
    spot[:, :, :8] = 1
    with torch.no_grad():
        change = (tagger.features_on_black(spot) - tagger.features_on_black(black)).abs().mean(dim=(0, 1, 3))
    assert change.shape == (8,)
    assert change[4:].sum() > 0.9 * change.sum() > 0
    assert isinstance(tagger, SemanticFeatures)


def test_the_shipped_one_is_small_and_normalised() -> None:
    assert find_weights(find_entry("tagger", "model")).stat().st_size <= 2e6
    tagger = load_tagger()
    assert len(tagger.config.tags) > 50
    picture = read_png(make_sphere_views(0.2, 0.0, 512, painted=True)["front.rgba.png"])
    found = tagger.features(torch.from_numpy(picture)[None])
    assert found.shape == (1, 128, 8, 8)
    assert 0.3 < found.std() < 3


def test_a_reconstructor_learns_and_reconstructs_with_it(data: Path, tmp_path: Path) -> None:
    balls = {f"ball{i}-00000000": make_sphere_views(0.1 + 0.02 * i, 0.02 * i, 32) for i in range(2)}
    write_shard(tmp_path / "data" / "shard-000000.tar", balls)
    chosen = load_config("small", [
        "batch=2", "steps=2", "validation=0", "accelerator=cpu", "loss.lpips=0", "log_every=1", "readers=0",
        "model.picture_size=32", "model.backbone.resolution=16", "rays.x=16", "rays.y=16", "rays.z=16",
        "model.backbone.tagger=small", "model.backbone.encoder_width=8",
    ])  # fmt: skip
    train_reconstructor(tmp_path / "data", tmp_path / "run", chosen, resume=False)
    method = load_method(tmp_path / "run")
    assert isinstance(method.tagger, SmallTagger)
    picture = read_png(make_sphere_views(0.2, 0.0, 512)["front.rgba.png"])
    with_tags: Any = method.reconstruct(Portrait.from_render(picture))
    method.tagger = None
    without: Any = method.reconstruct(Portrait.from_render(picture))
    assert not torch.equal(with_tags.field.encoded.planes, without.field.encoded.planes)


def test_other_channels_than_its_own_are_refused(tmp_path: Path) -> None:
    model = load_config("small", ["model.backbone.tagger=small", "model.backbone.semantic_channels=64"]).model
    with pytest.raises(UserError, match="the tagger 'small' has 128 features"):
        load_training_tagger(model, "", tmp_path)
