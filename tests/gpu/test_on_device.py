"""`make test-gpu`: every trainer, every method and a step of `paper` on the device that DEVICE names.

It takes neither Blender nor Open3D, downloads nothing and prints throughput and memory. Where the weights of LPIPS or
the published tagger are missing, networks of the same architecture with random weights take their places: the work is
the same, the numbers mean nothing.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save

from helpers.heads.drawn_shards import draw_character
from helpers.heads.sphere_shards import make_sphere_views, write_shard
from helpers.small_trainings import SMALL_TRAININGS, train_small, write_training_data
from panic3d.cameras.rigs import RIGS, make_view_camera
from panic3d.models.engine.checkpoint import read_facts
from panic3d.models.method import MovableMethod, Portrait, load_method
from panic3d.models.reconstructor.training.config import load_config
from panic3d.models.reconstructor.training.train import train
from panic3d.models.tagging.published import FILE, PublishedTagger, PublishedTaggerConfig
from panic3d.registry import find_entries
from panic3d.weights import lpips as lpips_module
from panic3d.weights.catalogue import LPIPS_ALEXNET, get_weights_folder
from panic3d.weights.lpips import Lpips, make_torchvision_importable

DEVICE = os.environ.get("DEVICE", "")
PAPER_STEPS, CHARACTERS = 3, 4
METHODS = [name for name in find_entries("method") if name not in ("mean", "nearest", "relief")]
"""Those with networks; the others need a dataset and no device."""
SMALL_PAPER = [
    setting for setting in SMALL_TRAININGS["reconstructor by volume rendering"][3] if "semantic_channels" not in setting
]
SMALL_PAPER += ["model.backbone.semantic_channels=512", "model.backbone.channel_base=4096", "loss.lpips=20",
                "model.backbone.channel_max=512"]  # fmt: skip

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(DEVICE not in ("cuda", "cpu"), reason="make test-gpu runs it: DEVICE=cuda or DEVICE=cpu"),
    pytest.mark.skipif(
        DEVICE == "cuda" and not torch.cuda.is_available(), reason="NOT TESTED: this machine has no CUDA device"
    ),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_training_data(tmp_path_factory.mktemp("data"))


@contextmanager
def measure(what: str, pictures: int = 0) -> Iterator[None]:
    """Print time, pictures per second and the peak of the device's memory of what a `with` block does."""
    if DEVICE == "cuda":
        torch.cuda.reset_peak_memory_stats()
    start_s = time.perf_counter()
    yield
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    seconds = time.perf_counter() - start_s
    rate = f", {pictures / seconds:.2f} pictures/s" if pictures else ""
    memory = f", {torch.cuda.max_memory_allocated() / 2**30:.2f} GiB" if DEVICE == "cuda" else ""
    print(f"\n{what}: {seconds:.1f} s{rate}{memory}", flush=True)


@pytest.mark.parametrize("name", SMALL_TRAININGS)
def test_trainer_takes_20_steps_and_resumes(name: str, data: dict[str, Path], tmp_path: Path) -> None:
    settings = (f"accelerator={'gpu' if DEVICE == 'cuda' else 'cpu'}", "bf16=auto", "validation_limit=2")
    with measure(f"train {name}"):
        config = train_small(name, data, tmp_path, "steps=10", *settings)
        train_small(name, data, tmp_path, "steps=20", *settings, resume=True)
    facts = read_facts(tmp_path / "weights.safetensors")
    assert (facts["steps"], facts["pictures"]) == (20, 20 * config.batch)
    records = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [record["step"] for record in records if "gradient" in record] == [*range(1, 21)]


@pytest.mark.parametrize("name", METHODS)
def test_method_reconstructs(name: str) -> None:
    portrait = Portrait.from_render(draw_character(0)[0])
    method = load_method(name, device=DEVICE)  # type: ignore[arg-type]
    assert isinstance(method, MovableMethod)
    with measure(f"reconstruct by {name}"):
        head = method.reconstruct(portrait)
        view = head.render([make_view_camera("front")], 256)[0]
        mesh = head.mesh()
    assert view.alpha.max() > 0.5 and len(mesh.triangles) > 100


def test_a_step_of_paper_has_all_losses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a GPU at the published size, batch 4 (published a GPU); on a CPU at a small one."""
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(make_weights_folder(tmp_path / "weights")))
    monkeypatch.setattr("panic3d.models.reconstructor.training.task.load_lpips", load_any_lpips)
    published = DEVICE == "cuda"
    size = 512 if published else 32
    samples = {}
    for i in range(CHARACTERS):
        key = f"ball{i}-0000000{i}"
        cameras = {view: make_view_camera(view, key) for view in RIGS["persp8"]}
        samples[key] = make_sphere_views(0.12 + 0.02 * i, 0.01 * i, size, painted=True, cameras=cameras)
    write_shard(tmp_path / "data" / "shard-000000.tar", samples)
    settings = [f"steps={PAPER_STEPS}", f"batch={CHARACTERS if published else 2}", "log_every=1", "validation=1",
                f"accelerator={'gpu' if published else 'cpu'}", *([] if published else SMALL_PAPER)]  # fmt: skip
    if not published:
        settings = [s for s in settings if s != "loss.lpips=0"]
    config = load_config("paper", settings)
    with measure(f"{PAPER_STEPS} steps of paper and a validation", PAPER_STEPS * config.batch):
        train(tmp_path / "data", tmp_path / "run", config, resume=False)
    records = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    views = ("front", "left", "right", "back")
    terms = {f"{term}_{view}" for term in ("rgb", "lpips", "silhouette", "depth") for view in views}
    terms |= {"adversarial", "density", "discriminator_fake", "discriminator_real", "discriminator_r1"}
    steps = [record for record in records if "gradient" in record]
    assert terms <= steps[0].keys() and len(steps) == PAPER_STEPS
    assert all(abs(value) < 1e9 for record in steps for value in record.values())
    if published:
        between = [later["seconds"] - earlier["seconds"] for earlier, later in pairwise(steps)]
        print(f"a step of paper at batch {config.batch}: {min(between):.2f} s", flush=True)
    facts = read_facts(tmp_path / "run" / "weights.safetensors")
    assert facts["precision"] == "float32" and facts["tagger"]["name"] == "published" and facts["lpips"]


def make_weights_folder(folder: Path) -> Path:
    """Link the weights of this machine, with a random tagger if the published one is not among them."""
    known = get_weights_folder()
    folder.mkdir()
    for file in known.iterdir() if known.is_dir() else ():
        if file.is_file():
            (folder / file.name).symlink_to(file)
    if not (folder / FILE).exists():
        torch.manual_seed(0)
        tagger = PublishedTagger(PublishedTaggerConfig())
        tagger.pca.get_buffer("components_").normal_(std=0.02)
        (folder / FILE).write_bytes(save(tagger.state_dict()))
        print("\nthe tagger has random weights", flush=True)
    return folder


def load_any_lpips() -> Any:
    """Return LPIPS with its weights, or with a random backbone where they were not fetched."""
    if LPIPS_ALEXNET.state() == "present":
        return lpips_module.load_lpips()
    make_torchvision_importable()
    import lpips

    print("\nLPIPS has a random backbone", flush=True)
    return Lpips(lpips.LPIPS(net="alex", pnet_rand=True, verbose=False))
