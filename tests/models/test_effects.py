"""Settings without an effect: each is one sentence that names what it goes with, and really has none."""

from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from helpers.small_trainings import train_small, write_training_data
from panic3d.cli import panic3d
from panic3d.models.effects import HasEffects, check_effects, find_ineffective
from panic3d.models.engine.settings import list_preset_settings, list_presets, resolve_settings
from panic3d.models.training import load_run_config
from panic3d.registry import find_entries, find_entry
from panic3d.runtime.errors import UserError, WrongUsage

REFUSED = [
    ("reconstructor", "small", "volume.rays=64", "renderer=volume"),
    ("reconstructor", "small", "volume={rays: 64}", "renderer=volume"),
    ("reconstructor", "small", "adversarial.beta1=0", "renderer=volume"),
    ("reconstructor", "small", "adversarial.weight=1", "renderer=volume"),
    ("reconstructor", "small", "model.superresolution.size=256", "renderer=volume"),
    ("reconstructor", "small", "model.unet.hidden=64", "model.unet.widths"),
    ("reconstructor", "unet", "model.backbone.z_dim=64", "model.unet.widths"),
    ("reconstructor", "small", "tagger_weights=x", "model.backbone.tagger=open"),
    ("reconstructor", "small", "optimiser.constant_share=0.3", "optimiser.schedule=linear"),
    ("reconstructor", "small", "constant_share=0.3", "optimiser.schedule=linear"),
    ("reconstructor", "paper", "rays.x=16", "renderer=lattice"),
    ("reconstructor", "paper", "stretch.across=0.1", "renderer=lattice"),
    ("reconstructor", "paper", "loss.occupancy=1", "renderer=lattice"),
    ("reconstructor", "paper", "loss.rgb_error=squared", "renderer=lattice"),
    ("reconstructor", "paper", "optimiser.ema=0.9", "optimiser.ema_half_life_steps=0"),
    ("reconstructor", "paper", "clock=processor", "minutes=N"),
    ("eg3d", "small", "rays.x=16", "panic3d train reconstructor"),
    ("eg3d", "small", "loss.rgb=1", "panic3d train reconstructor"),
    ("eg3d", "small", "volume.coarse=16", "renderer=volume"),
    ("eg3d", "paper", "latent.half_size_steps=16", "renderer=lattice"),
    ("pixelnerf", "small", "loss.near_surface=1", "rays.near_surface=N"),
    ("pixelnerf", "small", "rays.lpips_every=2", "loss.lpips=WEIGHT"),
    ("line-removal", "paired", "fake_target=0.2", "adversarial=WEIGHT"),
    ("line-removal", "small", "optimiser.warmup_steps=9", "optimiser.schedule=cosine"),
    ("cyclegan", "small", "attention=10", "panic3d train ugatit"),
]
ACCEPTED = [
    ("reconstructor", "small", ("renderer=volume", "volume.rays=64", "adversarial.weight=0")),
    ("reconstructor", "small", ("adversarial.weight=0", "model.superresolution.channels=0", "rays.near_surface=0")),
    ("reconstructor", "paper", ("stretch.up=0", "loss.occupancy=0", "adversarial.r1_every=8")),
    ("reconstructor", "unet", ("model.backbone.semantic_channels=0", "model.unet.hidden=64")),
    ("eg3d", "small", ("volume.density_every=2", "latent.views=2", "adversarial.r1_gamma=2")),
    ("line-removal", "paired", ("adversarial=1", "fake_target=0.2")),
    ("cyclegan", "small", ("attention=0", "optimiser.constant_share=1.0")),
]


@pytest.mark.parametrize(("model", "preset", "setting", "goes_with"), REFUSED)
def test_a_setting_without_an_effect_is_one_sentence(model: str, preset: str, setting: str, goes_with: str) -> None:
    config = load_run_config(model, preset, [setting])
    with pytest.raises(WrongUsage) as caught:
        check_effects(config, resolve_settings(config, [setting]))
    assert "has no effect here: it goes with" in str(caught.value) and goes_with in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("model", "preset", "settings"), ACCEPTED)
def test_settings_that_go_together_and_zeros_are_accepted(model: str, preset: str, settings: tuple[str, ...]) -> None:
    config = load_run_config(model, preset, settings)
    check_effects(config, resolve_settings(config, settings))


def test_the_command_says_so_before_it_makes_anything(tmp_path: Path) -> None:
    arguments = ["train", "reconstructor", "--data", str(tmp_path), "--out", str(tmp_path / "run"), "--set", "steps=1"]
    result = CliRunner().invoke(panic3d, [*arguments, "--set", "volume.coarse=8"])
    assert isinstance(result.exception, WrongUsage) and result.exception.exit_code == 2
    assert "'volume.coarse' has no effect here: it goes with renderer=volume" in str(result.exception)
    assert not (tmp_path / "run").exists()
    with pytest.raises(UserError):  # the same run without that setting goes on to the data, which is missing
        raise CliRunner().invoke(panic3d, arguments).exception or AssertionError


@pytest.mark.parametrize("model", find_entries("model"))
def test_shipped_presets_set_nothing_without_an_effect(model: str) -> None:
    folder = find_entry(model, "model").presets_folder
    for preset in list_presets(folder):
        config = load_run_config(model, preset)
        assert find_ineffective(config, list_preset_settings(folder, preset)) == [], preset


@pytest.mark.parametrize("model", find_entries("model"))
def test_the_settings_of_effects_exist(model: str) -> None:
    config = load_run_config(model)
    assert isinstance(config, HasEffects)
    for effect in config.list_effects():
        for name in (*effect.settings, *effect.switches):
            group: Any = config
            for part in name.split("."):
                group = getattr(group, part)
        assert all(effect.covers(name) for name in effect.switches)


@pytest.mark.parametrize(
    ("training", "ignored"),
    [
        ("reconstructor", ("volume.coarse=9", "adversarial.beta1=0.3", "model.unet.hidden=8")),
        ("reconstructor by volume rendering", ("rays.x=9", "loss.rgb_error=squared", "loss.near_surface=3")),
        ("eg3d", ("loss.rgb=9", "rays.x=9", "volume.rays=8", "stretch.across=0.2", "volume.depth=absolute")),
        ("line-removal in pairs", ("fake_target=0.3",)),
    ],
)
def test_what_is_refused_changes_no_weight(training: str, ignored: tuple[str, ...], tmp_path: Path) -> None:
    """The trainings are called without the check, with and without the settings."""
    data = write_training_data(tmp_path / "data")
    train_small(training, data, tmp_path / "plain", "steps=1", "validation=0")
    train_small(training, data, tmp_path / "set", "steps=1", "validation=0", *ignored)
    plain, changed = (load_file(tmp_path / name / "weights.safetensors") for name in ("plain", "set"))
    assert plain.keys() == changed.keys() and all(torch.equal(plain[name], changed[name]) for name in plain)
