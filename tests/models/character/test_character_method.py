"""From a portrait to a fitted head, with a network that hardly learnt anything: the fit must do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from skimage.metrics import peak_signal_noise_ratio

from helpers.heads.drawn_shards import write_drawn_dataset
from panic3d.cameras.compositing import composite_on_white
from panic3d.cameras.rigs import make_view_camera
from panic3d.datasets.drawings import RENDER
from panic3d.models.character.config import CharacterTrainConfig
from panic3d.models.character.fitting.search import SearchConfig
from panic3d.models.character.method import CharacterMethod, detect_landmarks, load_character_network
from panic3d.models.character.portraits import PortraitFolder
from panic3d.models.character.training import train
from panic3d.models.engine.settings import apply_settings
from panic3d.models.method import Method, Portrait, load_method
from panic3d.runtime.errors import UserError

TINY = (
    "batch=4", "validation=0", "rarest=1", "bf16=off", "accelerator=cpu", "steps=30", "model.whole_pixels=32",
    "model.face_pixels=32", "model.widths=[8, 8, 16]", "model.hidden=32", "optimiser.learning_rate=0.003",
)  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("character")
    write_drawn_dataset(folder / "data", 5)
    train(folder / "data", folder / "run", apply_settings(CharacterTrainConfig(), TINY), False)
    return folder


def read_portrait(run: Path) -> Portrait:
    import torch

    from panic3d.cameras.compositing import unpremultiply
    from panic3d.cameras.tensors import resize_bilinear

    folder = PortraitFolder(run / "data")
    small = torch.from_numpy(folder.read_picture(folder.portraits[0], RENDER)).permute(2, 0, 1)[None]
    return Portrait.from_render(unpremultiply(resize_bilinear(small, 512)[0].permute(1, 2, 0).numpy()))


def test_the_front_is_the_portrait_and_the_mesh_has_its_size(run: Path) -> None:
    method = CharacterMethod(load_character_network(run / "run"), SearchConfig(categorical_trials=3, numeric_trials=3))
    assert isinstance(method, Method)
    portrait = read_portrait(run)
    head = method.reconstruct(portrait)
    front, back = head.render([make_view_camera("front"), make_view_camera("back")], 256)
    given = composite_on_white(portrait.line_free)[::2, ::2]
    inside = (front.alpha > 0.99) & (portrait.line_free[::2, ::2, 3] == 255)
    assert inside.mean() > 0.1
    assert peak_signal_noise_ratio(given[inside], front.rgb[inside], data_range=1) > 20
    assert back.alpha.max() == 1 and np.isfinite(back.depth_m).any()
    mesh = head.mesh()
    assert np.isfinite(mesh.vertices_head_m).all()
    box = trimesh.Trimesh(mesh.vertices_head_m, mesh.triangles, process=False).bounds
    assert (np.abs(box) <= 0.36).all() and (box[1] - box[0] > 0.15).all()


def test_it_gives_the_same_head_again(run: Path) -> None:
    method = CharacterMethod(load_character_network(run / "run"), SearchConfig(categorical_trials=1, numeric_trials=1))
    portrait = read_portrait(run)
    first, second = (method.reconstruct(portrait).mesh() for _ in range(2))
    np.testing.assert_array_equal(first.vertices_head_m, second.vertices_head_m)
    np.testing.assert_array_equal(first.colours, second.colours)


def test_an_empty_portrait_has_no_landmarks_and_gives_a_head_all_the_same(run: Path) -> None:
    empty = Portrait.from_render(np.zeros((512, 512, 4), np.uint8))
    assert detect_landmarks(empty).landmarks_px is None
    known = replace(empty, landmarks_px=np.full((28, 2), 256.0))
    assert detect_landmarks(known) is known
    method = CharacterMethod(load_character_network(run / "run"), SearchConfig(categorical_trials=0, numeric_trials=0))
    assert len(method.reconstruct(empty).mesh().triangles) > 1000


def test_weights_that_are_not_there_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="train character"):
        load_method("panic3d-character", tmp_path / "none.safetensors")
