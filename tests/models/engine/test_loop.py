"""The loop: ends, resumes exactly, shares a batch exactly, survives Ctrl-C, refuses nonsense."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from helpers.heads.sphere_shards import make_sphere_views, write_shard
from panic3d.datasets.multiview import VIEWS, read_batch
from panic3d.datasets.source import load_cached_characters
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.training.config import ReconstructorTrainConfig, load_config
from panic3d.models.reconstructor.training.train import train
from panic3d.models.reconstructor.training.validation import predict_lattice_views
from panic3d.models.reconstructor.weights import load_reconstructor
from panic3d.runtime.errors import UserError

TINY = (
    "batch=4", "steps=6", "bf16=off", "validation=0", "log_every=1", "accelerator=cpu", "loss.lpips=0",
    "model.picture_size=32", "model.backbone.resolution=16", "model.backbone.channel_base=256",
    "model.backbone.channel_max=16", "model.backbone.z_dim=8", "model.backbone.w_dim=16",
    "model.backbone.semantic_channels=8", "model.backbone.encoder_width=8", "rays.x=16", "rays.y=16", "rays.z=16",
    "rays.near_surface=32",
)  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    balls = {f"ball{i}-00000000": make_sphere_views(0.1 + 0.02 * i, 0.02 * i, 64) for i in range(5)}
    write_shard(folder / "shard-000000.tar", balls)
    return folder


def tiny(*settings: str) -> ReconstructorTrainConfig:
    return load_config("small", [*TINY, *settings])


def metrics(run: Path) -> list[dict]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_a_run_leaves_its_files(data: Path, tmp_path: Path) -> None:
    train(data, tmp_path, tiny("validation=1"), resume=False)
    names = {path.name for path in tmp_path.iterdir()}
    assert {"config.yaml", "metrics.jsonl", "samples", "weights.safetensors", "state.pt"} <= names
    records = metrics(tmp_path)
    assert [r["step"] for r in records if "total" in r] == [1, 2, 3, 4, 5, 6]
    scores = records[-1]
    assert {f"validation_psnr_{view}" for view in VIEWS} < scores.keys()
    assert scores["validation_psnr_front"] > 15
    assert 0.2 < scores["validation_iou_left"] <= 1
    assert 5 < scores["validation_chamfer_mm"] < 150, "no surface has 700 mm"
    assert {t.dtype for t in load_file(tmp_path / "weights.safetensors").values()} == {torch.float16}
    assert len(list((tmp_path / "samples").glob("*.png"))) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_and_resumed_gives_the_weights_of_one_that_was_not(
    data: Path, tmp_path: Path, number: signal.Signals
) -> None:
    def stop_after_two_steps() -> None:
        while not (tmp_path / "parts" / "metrics.jsonl").exists() or len(metrics(tmp_path / "parts")) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    config = tiny("steps=10")
    killer = threading.Thread(target=stop_after_two_steps)
    killer.start()
    with pytest.raises(SystemExit) as stopped:
        train(data, tmp_path / "parts", config, resume=False)
    killer.join()
    assert stopped.value.code == 128 + number
    done = metrics(tmp_path / "parts")[-1]["step"]
    assert 2 <= done < 10
    train(data, tmp_path / "parts", config, resume=True)
    train(data, tmp_path / "whole", config, resume=False)
    whole, parts = (torch.load(tmp_path / name / "state.pt", weights_only=True) for name in ("whole", "parts"))
    for name, tensor in whole["model"].items():
        assert torch.equal(tensor, parts["model"][name]), name
    for name, tensor in whole["average"].items():
        assert torch.equal(tensor, parts["average"][name]), name


def test_two_processes_give_the_weights_of_one(data: Path, tmp_path: Path) -> None:
    for devices in (1, 2):
        settings = [part for setting in (*TINY, f"devices={devices}", "steps=4") for part in ("--set", setting)]
        command = [sys.executable, "-m", "panic3d", "train", "reconstructor", "--data", str(data)]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        subprocess.run([*command, "--out", str(tmp_path / str(devices)), *settings], check=True, env=environment)
    one, two = (torch.load(tmp_path / name / "state.pt", weights_only=True)["model"] for name in ("1", "2"))
    start = Reconstructor(tiny().model).state_dict()
    for name, tensor in one.items():
        assert torch.allclose(tensor, two[name], atol=1e-4, rtol=1e-4), name
    moved = max((one[name] - start[name]).abs().max().item() for name in one)
    assert moved > 1e-3


def test_time_ends_a_run_too(data: Path, tmp_path: Path) -> None:
    train(data, tmp_path, tiny("steps=0", "minutes=0.02"), resume=False)
    assert metrics(tmp_path)[-1]["seconds"] < 30


def test_weights_that_blow_up_end_the_run_with_advice(data: Path, tmp_path: Path) -> None:
    wild = tiny("steps=200", "optimiser.learning_rate=1e30", "optimiser.warmup_steps=0")
    with pytest.raises(UserError, match=r"no finite gradient.*optimiser\.learning_rate"):
        train(data, tmp_path, wild, resume=False)


def test_nonsense_is_refused_in_a_sentence(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="needs an end"):
        train(data, tmp_path, tiny("steps=0", "minutes=0"), resume=False)
    with pytest.raises(UserError, match="cannot be shared"):
        train(data, tmp_path, tiny("devices=3"), resume=False)
    with pytest.raises(UserError, match="nothing to resume"):
        train(data, tmp_path / "empty", tiny(), resume=True)


def test_weights_of_another_shape_name_the_tensor(data: Path, tmp_path: Path) -> None:
    from safetensors import safe_open
    from safetensors.torch import save_file

    train(data, tmp_path, tiny("steps=1"), resume=False)
    path = tmp_path / "weights.safetensors"
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    tensors["decoder.net.0.bias"] = torch.zeros(7)
    save_file(tensors, path, metadata)
    with pytest.raises(UserError, match=r"decoder\.net\.0\.bias should be \(32,\), found \(7,\)"):
        load_reconstructor(path)
    with pytest.raises(UserError, match="there are no weights"):
        load_reconstructor(tmp_path / "absent")
    path.write_bytes(b"no weights")
    with pytest.raises(UserError, match="cannot read the weights"):
        load_reconstructor(path)


@pytest.mark.parametrize(
    ("preset", "steps", "rate"), [("small", 180, 5e-3), pytest.param("unet", 300, 2e-3, marks=pytest.mark.slow)]
)
def test_one_character_is_learnt_by_heart(tmp_path: Path, preset: str, steps: int, rate: float) -> None:
    write_shard(
        tmp_path / "data" / "shard-000000.tar", {"face-00000000": make_sphere_views(0.2, 0.03, 256, painted=True)}
    )
    fast = [f"optimiser.learning_rate={rate}", "optimiser.warmup_steps=10", "optimiser.ema=0.9"]
    settings = [f"steps={steps}", "batch=2", "mirror=false", "validation=0", "loss.lpips=0", *fast]
    train(tmp_path / "data", tmp_path / "run", load_config(preset, settings), resume=False)
    model = load_reconstructor(tmp_path / "run" / "weights.safetensors")
    one = load_cached_characters(tmp_path / "data", tmp_path / "run" / "cache" / "train", VIEWS, 128, print)
    batch = read_batch(one, [(0, False)])
    views = predict_lattice_views(model, batch)
    for view, least_db in (("front", 28.0), ("left", 22.0), ("back", 25.0)):
        truth = batch.rgb(view)[0].permute(1, 2, 0)
        flips = {"front": (0,), "back": (0, 1), "left": (0, 1)}[view]
        error = (views.rgb[view][0].flip(flips) - truth).square().mean()
        assert -10 * error.log10() >= least_db, view
