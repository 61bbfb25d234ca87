"""`panic3d weights import-official` on files built as the released ones are: class sources inside, tensors whole."""

import pickle
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from torch import nn

from panic3d.cli import panic3d
from panic3d.models import published_files as official
from panic3d.models.engine.checkpoint import read_weights
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.network.stylegan.discriminator import DualDiscriminator, DualDiscriminatorConfig
from panic3d.models.reconstructor.training.config import load_config
from panic3d.models.reconstructor.weights import load_reconstructor
from panic3d.models.tagging.published import PublishedTagger, PublishedTaggerConfig, load_published_tagger
from panic3d.runtime.errors import UserError

SMALLER = (
    "model.picture_size=64", "model.superresolution.size=64", "model.superresolution.channels=4",
    "model.backbone.resolution=16", "model.backbone.channel_base=256", "model.backbone.channel_max=16",
    "model.backbone.z_dim=8", "model.backbone.w_dim=16", "model.backbone.semantic_channels=8",
    "model.inference.rays=16", "model.inference.coarse=8", "model.inference.fine=8", "model.inference.marching.size=24",
)  # fmt: skip
JUDGE = DualDiscriminatorConfig(size=64, channel_base=256, channel_max=16)


@pytest.fixture
def persistence(monkeypatch: pytest.MonkeyPatch) -> Iterator[types.ModuleType]:
    """NVIDIA's persistence by its names: classes come as source code, which a trusting reader runs."""
    made: Any = types.ModuleType("torch_utils.persistence")
    easy: Any = types.ModuleType("dnnlib.util")

    class EasyDict(dict):
        pass

    EasyDict.__module__, EasyDict.__qualname__ = "dnnlib.util", "EasyDict"
    easy.EasyDict = EasyDict

    def _reconstruct_persistent_obj(meta: Any) -> None:
        raise AssertionError("the class's source was run")

    _reconstruct_persistent_obj.__module__ = "torch_utils.persistence"
    _reconstruct_persistent_obj.__qualname__ = "_reconstruct_persistent_obj"
    made._reconstruct_persistent_obj = _reconstruct_persistent_obj
    packages = {name: types.ModuleType(name) for name in ("torch_utils", "dnnlib")}
    for name, module in {**packages, "torch_utils.persistence": made, "dnnlib.util": easy}.items():
        monkeypatch.setitem(sys.modules, name, module)
    made.EasyDict = EasyDict
    yield made


class Stored:
    """A module as that package pickles it: plain torch containers stay, all others come with their source."""

    def __init__(self, module: nn.Module, persistence: types.ModuleType) -> None:
        self.module, self.persistence = module, persistence

    def __reduce__(self) -> tuple:
        state = dict(self.module.__dict__)
        state = {k: v for k, v in state.items() if k in ("training", "_parameters", "_buffers")}
        state["_modules"] = {name: stored(child, self.persistence) for name, child in self.module._modules.items()}
        state["_non_persistent_buffers_set"] = self.module._non_persistent_buffers_set
        source = "import os\nos.system('touch ran')\n"
        meta = self.persistence.EasyDict(type="class", version=6, module_src=source, class_name="Net", state=state)
        return self.persistence._reconstruct_persistent_obj, (meta,)


def stored(module: nn.Module | None, persistence: types.ModuleType) -> Any:
    if module is None or type(module).__module__.startswith("torch.nn"):
        if isinstance(module, nn.Sequential):
            container = nn.Sequential()
            container.__dict__["_modules"] = {n: stored(c, persistence) for n, c in module._modules.items()}
            return container
        return module
    return Stored(module, persistence)


def smaller(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The published networks at a size that tests can afford."""
    config = load_config("paper", [*SMALLER, "adversarial.network.size=64"])
    monkeypatch.setattr(official, "load_config", lambda preset: config)
    monkeypatch.setattr(official, "DualDiscriminatorConfig", lambda: JUDGE)
    return config


def released(config: Any, persistence: types.ModuleType, path: Path) -> tuple[Reconstructor, DualDiscriminator]:
    torch.manual_seed(0)
    generator, judge = Reconstructor(config.model), DualDiscriminator(JUDGE)
    generator.register_buffer("dataset_label_std", torch.zeros(25))
    nets = {"G": generator, "D": judge, "G_ema": generator}
    content = {name: stored(net, persistence) for name, net in nets.items()}
    path.write_bytes(pickle.dumps({"training_set_kwargs": {}, **content, "augment_pipe": None}))
    return generator, judge


def run(*arguments: object) -> Result:
    return CliRunner().invoke(panic3d, ["weights", "import-official", *map(str, arguments)])


def test_the_reconstructors_pickle(tmp_path: Path, persistence: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = smaller(monkeypatch)
    generator, judge = released(config, persistence, tmp_path / "snapshot.pkl")
    result = run(tmp_path / "snapshot.pkl", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.exception
    assert not (tmp_path / "ran").exists()
    loaded = load_reconstructor(tmp_path / "out" / official.RECONSTRUCTOR)
    assert loaded.config == config.model
    for name, tensor in loaded.state_dict().items():
        assert torch.equal(tensor, generator.state_dict()[name]), name
    tensors, *_ = read_weights(tmp_path / "out" / official.DISCRIMINATOR)
    assert tensors.keys() == judge.state_dict().keys()
    assert all(torch.equal(t, judge.state_dict()[name]) for name, t in tensors.items())


def test_a_wrong_shape_names_the_tensor(tmp_path: Path, persistence: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    config = smaller(monkeypatch)
    wider = replace(config.model, backbone=replace(config.model.backbone, w_dim=17))
    released(replace(config, model=wider), persistence, tmp_path / "snapshot.pkl")
    result = run(tmp_path / "snapshot.pkl", "--out", tmp_path)
    assert isinstance(result.exception, UserError)
    assert "tensor backbone.mapping.embed.bias should be (16,), found (17,)" in str(result.exception)
    assert run(tmp_path / "snapshot.pkl", "--out", tmp_path, "--part", "discriminator").exit_code == 0


def test_the_tagger_and_its_pca(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path / "weights"))
    assert load_published_tagger() is None
    source = PublishedTagger(PublishedTaggerConfig())
    state = {name: t for name, t in source.state_dict().items() if name.startswith("resnet.")}
    torch.save({"state_dict": state, "hyper_parameters": {"size": 256}, "epoch": 22}, tmp_path / "tagger.ckpt")

    class PCA:
        pass

    PCA.__module__, PCA.__qualname__ = "sklearn.decomposition._pca", "PCA"
    packages = ("sklearn", "sklearn.decomposition", "sklearn.decomposition._pca")
    for name in packages:
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    sys.modules[packages[-1]].PCA = PCA  # type: ignore[attr-defined]
    pca = PCA()
    random = np.random.default_rng(0)
    pca.mean_, pca.components_ = random.normal(size=2048), random.normal(size=(600, 2048))  # type: ignore[attr-defined]
    (tmp_path / "pca.pkl").write_bytes(pickle.dumps(pca))
    assert "still to come" in run(tmp_path / "tagger.ckpt").output
    with pytest.raises(UserError, match=r"pca\.pkl"):
        load_published_tagger()
    assert run(tmp_path / "pca.pkl").exit_code == 0
    loaded = load_published_tagger()
    assert loaded is not None
    assert torch.equal(loaded.resnet.conv1.weight, source.resnet.conv1.weight)
    components = torch.from_numpy(pca.components_[:512]).float()  # type: ignore[attr-defined]
    assert torch.equal(loaded.pca.get_buffer("components_"), components)
    rgba = torch.zeros(1, 512, 512, 4, dtype=torch.uint8)
    assert loaded.features(rgba).shape == (1, 512, 8, 8)
    state["resnet.layer1.0.conv1.weight"] = torch.zeros(64, 64, 3, 3)
    torch.save({"state_dict": state}, tmp_path / "tagger.ckpt")
    assert "tensor resnet.layer1.0.conv1.weight should be (64, 64, 1, 1)" in str(
        run(tmp_path / "tagger.ckpt").exception
    )


def test_the_line_remover(tmp_path: Path) -> None:
    state = {f"generator.{i}.weight": torch.randn(32, 3 if i == 0 else 32, 3, 3) for i in (0, 3, 6)}
    torch.save({"state_dict": state, "hyper_parameters": {"gen_width": 32}}, tmp_path / "epoch=0199.ckpt")
    result = run(tmp_path / "epoch=0199.ckpt", "--out", tmp_path)
    assert "32 channels wide, without the face hull" in result.output
    tensors, metadata, *_ = read_weights(tmp_path / official.LINE_REMOVER)
    assert torch.equal(tensors["generator.3.weight"], state["generator.3.weight"])
    assert "gen_width" in metadata["settings"]


def test_other_files_are_named_for_what_they_are(tmp_path: Path) -> None:
    torch.save({"weights": torch.zeros(3)}, tmp_path / "other.pt")
    assert "none of the released files" in str(run(tmp_path / "other.pt", "--out", tmp_path).exception)
    assert "there is no file" in str(run(tmp_path / "absent.pkl").exception)


@pytest.mark.slow
def test_the_whole_size(tmp_path: Path, persistence: Any) -> None:
    generator = Reconstructor(load_config("paper").model)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"G_ema": stored(generator, persistence)}))
    assert run(tmp_path / "a.pkl", "--out", tmp_path, "--part", "generator").exit_code == 0
    loaded = load_reconstructor(tmp_path / official.RECONSTRUCTOR)
    assert sum(p.numel() for p in loaded.parameters()) == 29_211_200
