"""A dataset folder as a library: opened, gone through, decoded, and loaded with torch's DataLoader."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from helpers.heads.small_suite import make_head, make_sample, write_dataset
from panic3d.datasets import open_dataset
from panic3d.datasets.multiview import VIEWS
from panic3d.datasets.source import open_shard_characters
from panic3d.datasets.view_dataset import HeadViewDataset
from panic3d.runtime.errors import UserError
from panic3d.shards.plan import load_dataset_info

SIZE = 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    samples = {f"head{i}-00000000": make_sample(make_head(i + 1), VIEWS, SIZE) for i in range(3)}
    return write_dataset(tmp_path_factory.mktemp("dataset") / "D", samples, {}, SIZE)


def test_samples_by_index_key_and_split(folder: Path) -> None:
    dataset = open_dataset(folder)
    assert len(dataset) == 3 and dataset.keys == [f"head{i}-00000000" for i in range(3)]
    assert [sample.key for sample in dataset] == dataset.keys == [sample.key for sample in dataset[:]]
    assert dataset[1].key == dataset["head1-00000000"].key == dataset[-2].key
    assert dataset.info.size == SIZE
    with pytest.raises(UserError, match="expected a split 'val'"):
        open_dataset(folder, "val")
    with pytest.raises(UserError, match="is no dataset folder"):
        open_dataset(folder / "nothing")


def test_a_split_has_its_keys_only(folder: Path) -> None:
    info = load_dataset_info(folder)
    info.splits = {"train": ["head0-00000000", "head2-00000000"], "test": []}
    info.save(folder)
    try:
        assert open_dataset(folder, "train").keys == info.splits["train"]
        with pytest.raises(UserError, match="expected samples of split 'test'"):
            open_dataset(folder, "test")
    finally:
        info.splits = {}
        info.save(folder)


def test_members_are_decoded_in_their_units(folder: Path) -> None:
    sample = open_dataset(str(folder))[0]
    assert set(sample.views) == set(VIEWS)
    rgba, depth_m = sample.rgba("front"), sample.depth_m("front")
    assert rgba.shape == (SIZE, SIZE, 4) and rgba.dtype == np.uint8
    assert depth_m.dtype == np.float32 and np.isnan(depth_m[0, 0]) and 0.5 < np.nanmin(depth_m) < 1
    assert (np.isfinite(depth_m) == (rgba[..., 3] > 0)).mean() > 0.95
    view = sample.view("front")
    assert np.array_equal(view.rgba, rgba) and np.array_equal(view.depth_m, depth_m, equal_nan=True)
    assert view.normal_head is None and view.part is None
    vertices_m = sample.mesh().vertices_head_m
    nearest_m = 1 - depth_m[np.isfinite(depth_m)].min()  # the front camera is at z = 1 m
    assert nearest_m == pytest.approx(vertices_m[:, 2].max(), abs=0.7 / SIZE), "within a pixel of the tip"
    with pytest.raises(UserError, match=r"points\.npz"):
        sample.points()


def test_a_torch_loader_gives_what_training_reads(folder: Path) -> None:
    items = HeadViewDataset(open_dataset(folder), VIEWS, 32)
    (batch,) = DataLoader(items, batch_size=3)
    assert batch["key"] == open_dataset(folder).keys
    assert batch["rgb"].shape == (3, 4, 3, 32, 32) and batch["rgb"].dtype == torch.float32
    source = open_shard_characters(folder, VIEWS, 32)
    from panic3d.datasets.multiview import read_batch

    expected = read_batch(source, [(i, False) for i in range(3)])
    for place, view in enumerate(VIEWS):
        assert torch.equal(batch["rgb"][:, place], expected.rgb(view))
        assert torch.equal(batch["alpha"][:, place], expected.alpha(view))
        depth_m, there = batch["depth_m"][:, place], torch.isfinite(expected.depth_m(view))
        assert torch.equal(torch.isfinite(depth_m), there)
        assert (depth_m - expected.depth_m(view))[there].abs().max() < 1e-6
    with pytest.raises(UserError, match="no multiple of 48"):
        HeadViewDataset(open_dataset(folder), VIEWS, 48)[0]
