"""The albedo network starts as the identity, learns a change of tone, and keeps alpha."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from helpers.heads.drawn_shards import write_drawn_dataset
from helpers.heads.textured_characters import make_character, make_portrait
from panic3d.models.albedo.config import AlbedoTrainConfig
from panic3d.models.albedo.network import AlbedoNetwork, AlbedoNetworkConfig
from panic3d.models.albedo.pairs import load_pairs
from panic3d.models.albedo.remover import load
from panic3d.models.albedo.training import train
from panic3d.models.engine.settings import apply_settings
from panic3d.models.line_removal.removers import load_remover
from panic3d.runtime.errors import UserError
from panic3d.shards.archive import SampleArchive

TINY = AlbedoNetworkConfig(pixels=32, widths=(8, 16, 16))


def test_an_untrained_network_changes_nothing_and_its_result_is_an_affine_change_of_colour() -> None:
    network = AlbedoNetwork(TINY).eval()
    rgba = torch.rand(2, 4, 80, 80)
    with torch.no_grad():
        torch.testing.assert_close(network(rgba), rgba[:, :3])
        # every place has the same change: mixed channels and an offset, as NumPy computes them
        random = np.random.default_rng(0)
        matrix, offset = random.normal(0, 0.1, (3, 3)), random.normal(0, 0.02, 3)
        assert network.last.bias is not None
        network.last.bias.copy_(torch.from_numpy(np.concatenate([matrix.ravel(), offset])))
        found = network(rgba)
    rgb = rgba[:, :3].numpy()
    expected = rgb + np.einsum("ij,bjhw->bihw", matrix, rgb - 0.5) + offset[:, None, None]
    np.testing.assert_allclose(found.numpy(), expected.clip(0, 1), atol=1e-5)


def test_pairs_have_no_lines_and_colours_beyond_the_outline(tmp_path: Path) -> None:
    write_drawn_dataset(tmp_path / "data", 2)
    pairs = load_pairs(tmp_path / "data", tmp_path / "cache", 128)
    assert pairs.arrays["drawing"].shape == (2, 128, 128, 4)
    for row, key in enumerate(pairs.keys):
        archive = SampleArchive(tmp_path / "data")
        given, render = (
            cv2.imdecode(np.frombuffer(archive.read(key, f"front.{name}.png"), np.uint8), cv2.IMREAD_UNCHANGED)[
                ..., [2, 1, 0, 3]
            ]
            for name in ("illustration", "rgba")
        )
        small = cv2.resize(given, (128, 128), interpolation=cv2.INTER_AREA)
        drawing, target = (pairs.arrays[name][row] for name in ("drawing", "render"))
        np.testing.assert_allclose(drawing[..., 3], small[..., 3], atol=1)
        inside = small[..., 3] == 255
        truth = cv2.resize(render, (128, 128), interpolation=cv2.INTER_AREA)
        np.testing.assert_allclose(target[inside], truth[inside], atol=2)
        away = [np.abs(picture[..., :3].astype(int) - truth[..., :3])[inside].mean() for picture in (drawing, small)]
        assert away[0] < 0.5 * away[1]
        outside = small[..., 3] == 0
        assert (target[outside][:, :3].max(1) > 60).all()


def test_a_change_of_tone_is_learnt_and_the_remover_applies_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_drawn_dataset(tmp_path / "data", 6)
    import panic3d.models.albedo.pairs as pairs

    decode = pairs.decode_picture

    def decode_darker(data: bytes, name: str) -> np.ndarray:
        rgba = decode(data, name)
        if "illustration" in name:
            rgba = np.concatenate([rgba[..., :3] // 2, rgba[..., 3:]], axis=2)
        return rgba

    monkeypatch.setattr(pairs, "decode_picture", decode_darker)
    settings = (
        "batch=4", "validation=1", "bf16=off", "accelerator=cpu", "log_every=1", "model.pixels=32", "pixels=64",
        "model.widths=[8, 16, 16]", "steps=120", "optimiser.learning_rate=0.01", "optimiser.ema=0",
    )  # fmt: skip
    train(tmp_path / "data", tmp_path / "run", apply_settings(AlbedoTrainConfig(), settings), False)
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["validation_psnr"] > lines[-1]["validation_psnr_drawing"] + 5
    assert next((tmp_path / "run" / "samples").iterdir()).suffix == ".png"
    remover = load(tmp_path / "run")
    rgba = decode_darker(
        SampleArchive(tmp_path / "data").read("char0-00000000", "front.illustration.png"), "illustration"
    )
    line_free, found = load_remover("line-removal-paired")(rgba, None), remover(rgba, None)
    np.testing.assert_array_equal(found[..., 3], rgba[..., 3])
    inside = rgba[..., 3] > 0
    assert found[inside][:, :3].mean() > 1.5 * line_free[inside][:, :3].mean()


def test_data_without_drawings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        train(tmp_path, tmp_path / "run", apply_settings(AlbedoTrainConfig(), ["steps=1"]), False)


def test_the_shipped_network_keeps_the_picture_and_its_alpha() -> None:
    mesh, landmarks = make_character()
    rgba = make_portrait(mesh, landmarks).line_free
    found = load(None)(rgba, None)
    np.testing.assert_array_equal(found[..., 3], rgba[..., 3])
    inside = rgba[..., 3] > 250
    assert 0.5 < np.abs(found.astype(int) - rgba)[inside][:, :3].mean() < 25
