"""Configurations: presets, settings, round trips, unknown keys."""

import math
from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch

from panic3d.models.engine.checkpoint import read_weights, save_weights
from panic3d.models.engine.config import OptimiserConfig
from panic3d.models.engine.schedule import learning_rate
from panic3d.models.engine.settings import apply_settings, from_record, list_presets, read_config, to_yaml
from panic3d.models.line_removal.training.config import LineRemovalTrainConfig
from panic3d.models.reconstructor.network.inference_config import InferenceConfig, StitchThresholds
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.training.config import PRESETS, ReconstructorTrainConfig, load_config
from panic3d.models.reconstructor.weights import change_inference, load_reconstructor
from panic3d.registry import find_entries, find_entry
from panic3d.runtime.errors import UserError


def test_presets_are_complete_and_reload(tmp_path: Path) -> None:
    assert list_presets(PRESETS) == ["paper", "paper-fast", "paper-open", "paper-small", "small", "unet"]
    for name in list_presets(PRESETS):
        config = load_config(name)
        (tmp_path / "config.yaml").write_text(to_yaml(config))
        assert read_config(tmp_path / "config.yaml", ReconstructorTrainConfig) == config


def test_settings_reach_groups_and_keep_types() -> None:
    config = load_config(
        "small", ["optimiser.learning_rate=1e-3", "batch=4", "bf16=off", "loss.lpips=0", "mirror=false"]
    )
    assert config.optimiser.learning_rate == 0.001
    assert (config.batch, config.bf16, config.loss.lpips, config.mirror) == (4, "off", 0.0, False)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("batchsize=4", "unknown setting 'batchsize'.*did you mean 'batch'"),
        ("optimiser.rate=1", "unknown setting 'optimiser.rate'"),
        ("lr=1", "unknown setting 'lr'.*did you mean 'optimiser.learning_rate'"),
        ("learning_rat=1", "unknown setting 'learning_rat'.*did you mean 'optimiser.learning_rate'"),
        ("optimiser.learning_rat=1", "did you mean 'optimiser.learning_rate'"),
        ("optimizer.clip=1", "unknown setting 'optimizer'.*did you mean 'optimiser'"),
        ("batch=many", "'batch' takes a value of type int, found 'many'"),
        ("bf16=perhaps", "'bf16' takes auto, on, off"),
        ("batch", "--set takes key=value"),
        ("loss=3", "'loss' is a group"),
    ],
)
def test_wrong_settings_are_one_sentence(setting: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        apply_settings(ReconstructorTrainConfig(), [setting])


def test_unknown_presets_list_the_known_ones() -> None:
    with pytest.raises(UserError, match="choose from paper, paper-fast, paper-open, paper-small, small"):
        load_config("large")


def test_the_paper_preset_has_the_published_generator() -> None:
    with torch.device("meta"):
        parameters = {name: p.numel() for name, p in Reconstructor(load_config("paper").model).named_parameters()}
    mapping = sum(count for name, count in parameters.items() if name.startswith("backbone.mapping."))
    synthesis = sum(count for name, count in parameters.items() if name.startswith("backbone.synthesis."))
    decoder = sum(count for name, count in parameters.items() if name.startswith("decoder."))
    # published: 29,211,200 with 58,018 of super-resolution, which comes later
    assert (mapping, synthesis, decoder) == (800_768, 28_349_181, 3_233)


def test_the_learning_rate_warms_up_and_falls() -> None:
    config = load_config(
        "small", ["optimiser.learning_rate=1.0", "optimiser.warmup_steps=10", "optimiser.final_share=0.1"]
    )
    assert learning_rate(config.optimiser, 0, 0.0) == pytest.approx(0.1)
    assert learning_rate(config.optimiser, 100, 0.0) == pytest.approx(1.0)
    assert learning_rate(config.optimiser, 100, 0.5) == pytest.approx(0.1 + 0.9 * (1 + math.cos(math.pi / 2)) / 2)
    assert learning_rate(config.optimiser, 100, 1.0) == pytest.approx(0.1)
    assert replace(config, steps=3).steps == 3


def test_weights_take_other_inference_settings_and_no_others(tmp_path: Path) -> None:
    config = load_config(
        "small", ["model.picture_size=32", "model.backbone.resolution=16", "model.backbone.channel_base=256"]
    )
    model = Reconstructor(config.model)
    save_weights(tmp_path / "a.safetensors", model.state_dict(), config, {"steps": 3})
    change_inference(tmp_path / "a.safetensors", ["model.inference.stitch=false"], tmp_path / "new" / "b.safetensors")
    before, after = (load_reconstructor(tmp_path / name) for name in ("a.safetensors", "new/b.safetensors"))
    assert (before.config.inference.stitch, after.config.inference.stitch) == (True, False)
    assert all(torch.equal(tensor, after.state_dict()[name]) for name, tensor in before.state_dict().items())
    with pytest.raises(UserError, match=r"only settings under model\.inference"):
        change_inference(tmp_path / "a.safetensors", ["model.decoder.hidden=8"], tmp_path / "c.safetensors")
    with pytest.raises(UserError, match=r"unknown setting 'model\.inference\.past'"):
        change_inference(tmp_path / "a.safetensors", ["model.inference.past=false"], tmp_path / "c.safetensors")
    assert not (tmp_path / "c.safetensors").exists()


def test_inference_settings_of_earlier_versions_are_read() -> None:
    old = {"level": 1.0, "rim": False, "paste": False, "quick": False, "paste_tests": {"least_alpha": 0.5}}
    read = from_record(InferenceConfig, old)
    assert read == InferenceConfig(
        density_level=1.0,
        complete_silhouette=False,
        stitch=False,
        cpu_renderer=False,
        stitch_thresholds=StitchThresholds(min_alpha=0.5),
    )


def test_keys_of_earlier_versions_are_read() -> None:
    """They move to today's place, in files and in settings; what is not given keeps the default of the kind."""
    record = {"learning_rate": 0.5, "constant_share": 1.0, "optimiser": {"clip": 2.0}}
    config = from_record(LineRemovalTrainConfig, record)
    default = LineRemovalTrainConfig().optimiser
    assert config.optimiser == replace(default, learning_rate=0.5, constant_share=1.0, clip=2.0)
    assert apply_settings(LineRemovalTrainConfig(), ["final_share=0.25"]).optimiser.final_share == 0.25
    with pytest.raises(UserError, match=r"'optimiser\.learning_rate' takes a value of type float"):
        from_record(LineRemovalTrainConfig, {"learning_rate": "fast"})


def test_shipped_configurations_are_written_with_the_keys_of_today() -> None:
    for entry in find_entries("method", "line remover", "model").values():
        if entry.weights_path is None:
            continue
        record = read_weights(entry.weights_path).config
        config = from_record(find_entry(record["model_kind"], "model").load_config_class(), record)
        assert not set(record) - {field.name for field in fields(config)}, entry.name


def test_the_linear_schedule_is_constant_and_then_falls() -> None:
    config = OptimiserConfig(schedule="linear", learning_rate=2.0, constant_share=0.5, final_share=0.1)
    rates = [learning_rate(config, 0, progress) for progress in (0.0, 0.5, 0.75, 1.0, 1.2)]
    assert rates == pytest.approx([2.0, 2.0, 1.1, 0.2, 0.2])
