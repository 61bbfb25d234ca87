"""Runs of the line remover and the baselines of translation: files, exact resumption, settings, published sizes."""

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from helpers.heads.drawn_shards import write_drawn_dataset
from panic3d.cli import panic3d
from panic3d.models.baselines.translation.config import CycleGanTrainConfig, UgatitTrainConfig
from panic3d.models.baselines.translation.networks import build_discriminators, build_generator
from panic3d.models.baselines.translation.ugatit import UgatitNetworks
from panic3d.runtime.errors import UserError

SETTINGS = {
    "line-removal": ("batch=4", "model.width=4", "model.discriminator_width=4"),
    "cyclegan": ("crop_px=32", "model.width=2", "model.blocks=1", "model.discriminator_width=2", "buffer=3"),
    "ugatit": ("crop_px=64", "model.width=2", "model.blocks=1", "model.discriminator_width=2"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    write_drawn_dataset(folder, 3)
    return folder


def train(model: str, data: Path, run: Path, *more: str) -> None:
    settings = [x for s in (*SETTINGS[model], "accelerator=cpu", "log_every=1") for x in ("--set", s)]
    cache = ["--set", f"cache={data / 'cache'}"]
    arguments = ["train", model, "--data", str(data), "--out", str(run), *settings, *cache, *more]
    result = CliRunner().invoke(panic3d, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("model", SETTINGS)
def test_a_stopped_run_goes_on_exactly(model: str, data: Path, tmp_path: Path) -> None:
    even = ("--set", "constant_share=1.0")  # else the rate would fall to the end of the shorter run
    train(model, data, tmp_path / "whole", "--set", "steps=4", *even)
    train(model, data, tmp_path / "parts", "--set", "steps=2", *even)
    train(model, data, tmp_path / "parts", "--set", "steps=4", "--resume")
    whole, parts = (load_file(tmp_path / name / "weights.safetensors") for name in ("whole", "parts"))
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    names = {path.name for path in (tmp_path / "whole").iterdir()}
    assert {"config.yaml", "metrics.jsonl", "samples", "weights.safetensors", "state.pt"} <= names
    losses = [json.loads(line) for line in (tmp_path / "whole" / "metrics.jsonl").read_text().splitlines()]
    assert [record["step"] for record in losses if "gradient" in record] == [1, 2, 3, 4]


@pytest.mark.parametrize("setting", ["paired=1", "identity_on=drawings", "drawn_patches=renders", "render_lines=own"])
def test_every_way_to_train_the_line_remover(setting: str, data: Path, tmp_path: Path) -> None:
    train("line-removal", data, tmp_path, "--set", "steps=1", "--set", setting)
    assert (tmp_path / "weights.safetensors").is_file()


def test_published_sizes() -> None:
    """Of CycleGAN as its authors' code prints them; of U-GAT-IT as its paper's appendix says for the whole system."""

    def count(*modules: torch.nn.Module) -> float:
        return sum(p.numel() for module in modules for p in module.parameters()) / 1e6

    with torch.device("meta"):
        cyclegan = CycleGanTrainConfig()
        assert round(count(build_generator(cyclegan)), 3) == 11.378
        assert round(count(build_discriminators(cyclegan)), 3) == 2.765
        for light, published in ((False, 670.6), (True, 134.0)):
            config = UgatitTrainConfig(model=UgatitNetworks(light=light))
            assert 2 * count(build_generator(config), build_discriminators(config)) == pytest.approx(
                published, rel=5e-4
            )


def test_a_run_without_drawings_says_so(tmp_path: Path) -> None:
    from helpers.heads.sphere_shards import make_sphere_views, write_shard

    write_shard(tmp_path / "shard-000000.tar", {"ball-00000000": make_sphere_views(0.1, 0.0, 512)})
    arguments = ["train", "line-removal", "--data", str(tmp_path), "--out", str(tmp_path / "run"), "--set", "steps=1"]
    result = CliRunner().invoke(panic3d, arguments)
    assert isinstance(result.exception, UserError)
    assert "--illustrate" in str(result.exception)
