"""What a network was trained with is recorded with its weights, and taken again when they are loaded."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from safetensors.torch import save

from helpers.heads.sphere_shards import make_sphere_views, write_shard
from helpers.small_trainings import BACKBONE, COMMON, MULTIVIEW, train_small
from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.models.engine.checkpoint import read_facts, read_weights, save_weights
from panic3d.models.engine.settings import from_record
from panic3d.models.engine.task import CalibratedTask
from panic3d.models.portrait.alignment.face_frame import read_face_frame
from panic3d.models.portrait.alignment.similarity import GENERATED_TARGETS, PUBLISHED_TARGETS, measure_targets
from panic3d.models.portrait.front_faces import measure_face_frame
from panic3d.models.portrait.training.characters import read_characters
from panic3d.models.reconstructor.method import load
from panic3d.models.reconstructor.semantic import OPEN_FILE
from panic3d.models.reconstructor.training.config import ReconstructorTrainConfig, load_config
from panic3d.models.reconstructor.training.train import train
from panic3d.models.reconstructor.weights import change_inference
from panic3d.models.tagging.network import PUBLISHED_SPREAD, ResnetTagger, TaggerConfig, load_tagger
from panic3d.models.tagging.published import PublishedTagger, PublishedTaggerConfig
from panic3d.models.tagging.training import TaggerTask
from panic3d.models.tagging.training import train as train_tagger
from panic3d.models.training import load_run_config
from panic3d.runtime.errors import UserError
from panic3d.weights.catalogue import get_weights_folder

LATTICE = (
    *COMMON, *MULTIVIEW, *BACKBONE, "steps=1", "loss.lpips=0", "rays.x=8", "rays.y=8", "rays.z=8", "validation=0",
    "model.backbone.encoder_width=0", "rays.near_surface=0",
)  # fmt: skip
WIDE = ("model.backbone.semantic_channels=512", "model.backbone.channel_base=4096", "model.backbone.channel_max=512")
TAGGER = (*COMMON, "steps=1", "batch=2", "validation=0", "rarest=2", "calibration=4")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    balls = {f"ball{i}-00000000": make_sphere_views(0.1 + 0.02 * i, 0.02 * i, 64) for i in range(3)}
    write_shard(folder / "shard-000000.tar", balls)
    return folder


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, shard = tmp_path_factory.mktemp("tagged"), {}
    for i in range(8):
        views = make_sphere_views(0.25 if i % 2 else 0.12, 0.02, 256)
        meta = {"sha256": f"{i}", "labels": {"tags": ["large" if i % 2 else "small", "solo"]}}
        shard[f"ball{i}-00000000"] = {"front.rgba.png": views["front.rgba.png"], "meta.json": json.dumps(meta).encode()}
    write_shard(folder / "shard-000000.tar", shard)
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path / "weights"))
    (tmp_path / "weights").mkdir()
    assert get_weights_folder() == tmp_path / "weights"
    return tmp_path / "weights"


def import_tagger(folder: Path, seed: int = 0) -> None:
    torch.manual_seed(seed)
    tagger = PublishedTagger(PublishedTaggerConfig())
    tagger.pca.get_buffer("components_").normal_()
    (folder / "tagger.safetensors").write_bytes(save(tagger.state_dict()))


@pytest.fixture(scope="module")
def open_tagger(tagged: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One step of the preset resnet50."""
    run = tmp_path_factory.mktemp("tagger")
    train_tagger(tagged, run, load_run_config("tagger", "resnet50", TAGGER), resume=False)
    return run


def test_paper_refuses_to_start_without_its_tagger_unless_told(data: Path, tmp_path: Path, cache: Path) -> None:
    settings = [*COMMON, "steps=1", "loss.lpips=0", "validation=0"]
    with pytest.raises(UserError, match=r"published tagger.*is missing.*paper-open.*semantic_channels=0"):
        train(data, tmp_path / "run", load_config("paper", settings), resume=False)
    small = load_config("small", [*LATTICE, "model.backbone.semantic_channels=0"])
    train(data, tmp_path / "told", small, resume=False)
    assert read_facts(tmp_path / "told" / "weights.safetensors")["tagger"] is None


def test_a_later_import_adds_no_features_that_the_network_never_saw(data: Path, tmp_path: Path, cache: Path) -> None:
    train(data, tmp_path / "run", load_config("small", [*LATTICE, "model.backbone.semantic_channels=0"]), resume=False)
    made = read_weights(tmp_path / "run" / "weights.safetensors")
    made.config["model"]["backbone"]["semantic_channels"] = 512  # as runs were that went on without the tagger
    config = from_record(ReconstructorTrainConfig, made.config)
    save_weights(tmp_path / "w.safetensors", made.tensors, config, made.facts)
    import_tagger(cache)
    assert load(tmp_path / "w.safetensors").tagger is None


def test_the_published_tagger_has_to_be_the_same_one_again(data: Path, tmp_path: Path, cache: Path) -> None:
    import_tagger(cache)
    train(data, tmp_path / "run", load_config("small", [*LATTICE, *WIDE]), resume=False)
    record = read_facts(tmp_path / "run" / "weights.safetensors")["tagger"]
    assert record["name"] == "published" and len(record["sha256"]) == 64
    assert isinstance(load(tmp_path / "run").tagger, PublishedTagger)
    import_tagger(cache, seed=1)
    with pytest.raises(UserError, match="was trained with the tagger of sha256"):
        load(tmp_path / "run")
    (cache / "tagger.safetensors").unlink()
    with pytest.raises(UserError, match="was trained with the published tagger, which is missing"):
        load(tmp_path / "run")


def test_an_open_tagger_goes_along_with_the_weights(data: Path, tmp_path: Path, cache: Path, open_tagger: Path) -> None:
    """It lies in the run folder and beside a changed copy; without it loading is refused."""
    settings = [*LATTICE, *WIDE, "model.backbone.tagger=open"]
    with pytest.raises(UserError, match="needs a tagger: --set tagger_weights"):
        train(data, tmp_path / "none", load_config("small", settings), resume=False)
    with pytest.raises(UserError, match="the tagger 'open' has 512 features"):
        few = [*settings, f"tagger_weights={open_tagger}", "model.backbone.semantic_channels=64"]
        train(data, tmp_path / "few", load_config("small", few), resume=False)
    run = tmp_path / "run"
    train(data, run, load_config("small", [*settings, f"tagger_weights={open_tagger}"]), resume=False)
    assert (run / OPEN_FILE).read_bytes() == (open_tagger / "weights.safetensors").read_bytes()
    assert read_facts(run / "weights.safetensors")["tagger"]["name"] == "open"
    assert isinstance(load(run).tagger, ResnetTagger)
    change_inference(run / "weights.safetensors", ["model.inference.stitch=false"], tmp_path / "copy" / "w.safetensors")
    assert isinstance(load(tmp_path / "copy" / "w.safetensors").tagger, ResnetTagger)
    (run / OPEN_FILE).unlink()
    with pytest.raises(UserError, match="was trained with a tagger that is missing"):
        load(run)


def test_the_open_tagger_has_the_published_architecture(open_tagger: Path, tagged: Path) -> None:
    tagger = load_tagger(open_tagger)
    assert isinstance(tagger, ResnetTagger) and tagger.config.tags == ("large", "small")
    ours, theirs = tagger.state_dict(), PublishedTagger(PublishedTaggerConfig()).state_dict()
    assert ours.keys() == theirs.keys()
    assert {name for name in ours if ours[name].shape != theirs[name].shape} == {"resnet.fc.weight", "resnet.fc.bias"}
    components = tagger.pca.get_buffer("components_").double()
    gram = components @ components.T
    assert torch.allclose(gram / gram[0, 0], torch.eye(512, dtype=torch.float64), atol=2e-2), (
        "orthogonal, of equal length"
    )


def test_components_are_the_principal_ones_with_the_published_spread() -> None:
    """Against NumPy's singular value decomposition of the same vectors."""
    generator = np.random.default_rng(0)
    maps = (generator.normal(size=(300, 2048)) * np.linspace(3, 0.01, 2048) + 1).astype(np.float32)
    tagger = ResnetTagger(TaggerConfig(architecture="resnet50", features=8, tags=("a",)))
    tagger.fit_components(torch.from_numpy(maps))
    found = tagger.pca.get_buffer("components_").numpy()
    expected = np.linalg.svd(maps - maps.mean(axis=0), full_matrices=False)[2][:8]
    cosine = (found / np.linalg.norm(found, axis=1, keepdims=True) * expected).sum(axis=1)
    assert np.abs(cosine).min() > 0.999
    features = (maps - tagger.pca.get_buffer("mean_").numpy()) @ found.T
    assert np.sqrt((features**2).mean()) == pytest.approx(PUBLISHED_SPREAD, rel=1e-3)


def test_precision_lpips_and_face_frame_are_recorded(data: Path, tmp_path: Path) -> None:
    train_small("reconstructor", {"spheres": data}, tmp_path, "steps=1", "validation=0")
    facts = read_facts(tmp_path / "weights.safetensors")
    assert facts["precision"] == "float32" and facts["tf32"] == "convolutions" and facts["float16"] == []
    assert facts["lpips"] in (True, False) and facts["face"] is None, "spheres have no faces"
    assert read_face_frame(tmp_path) == GENERATED_TARGETS


def test_portraits_are_moved_to_the_faces_of_the_training_renders(tmp_path: Path) -> None:
    """Labelled faces around the published place: the record says so, and the pipeline aligns to it."""
    generator, samples, true = np.random.default_rng(0), {}, []
    for i in range(10):
        shape = generator.normal(size=(28, 2)) * 12 + [PUBLISHED_TARGETS.column_px, PUBLISHED_TARGETS.row_px]
        true.append(shape)
        xyz = np.zeros((28, 3))
        xyz[:, 0], xyz[:, 1] = (shape[:, 0] / 512 - 0.5) * BOX_SIDE_M, -(shape[:, 1] / 512 - 0.5) * BOX_SIDE_M
        views = make_sphere_views(0.15, 0.0, 32)
        meta = json.loads(views["meta.json"]) | {"labels": {"landmarks_head_m": xyz.tolist()}}
        samples[f"face{i}-0000000{i}"] = views | {"meta.json": json.dumps(meta).encode()}
    write_shard(tmp_path / "data" / "shard-000000.tar", samples)
    found, expected = measure_face_frame(tmp_path / "data", samples), measure_targets(true)
    assert found is not None
    assert (found.row_px, found.column_px) == pytest.approx((expected.row_px, expected.column_px), abs=1e-3)
    train_small("reconstructor", {"spheres": tmp_path / "data"}, tmp_path / "run", "steps=1", "validation=0")
    assert read_face_frame(tmp_path / "run").row_px == pytest.approx(expected.row_px, abs=1e-3)
    assert read_face_frame(None) == GENERATED_TARGETS


def test_calibration_is_what_the_loop_calls(tagged: Path) -> None:
    config: Any = load_run_config(
        "tagger", "small", [*COMMON, "steps=1", "batch=2", "model.tags=[large]", "model.size=32"]
    )
    task = TaggerTask(Fabric(accelerator="cpu"), config, list(read_characters(tagged, 32)), [])
    assert isinstance(task, CalibratedTask)
    before = {name: tensor.clone() for name, tensor in task.model.state_dict().items()}
    task.calibrate()
    assert all(torch.equal(before[name], tensor) for name, tensor in task.model.state_dict().items())
