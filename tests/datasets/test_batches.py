"""Training batches: exact epochs over processes, resumed anywhere, the same from shards and from the cache."""

import io
import itertools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
import webdataset
from PIL import Image

from helpers.heads.sphere_shards import make_sphere_views, write_shard
from panic3d.datasets.batches import BatchShare, MultiviewLoader
from panic3d.datasets.multiview import VIEWS, EpochOrder, read_batch
from panic3d.datasets.source import ShardCharacters, load_cached_characters, open_shard_characters
from panic3d.runtime.errors import UserError

COUNT = 7


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("batches")
    balls = {f"ball{i}-00000000": make_sphere_views(0.08 + 0.02 * i, 0.01 * i, 64) for i in range(COUNT)}
    for shard, keys in enumerate((list(balls)[:4], list(balls)[4:])):
        write_shard(data / f"shard-{shard:06d}.tar", {key: balls[key] for key in keys})
    return data


def source(folder: Path, said: list[str] | None = None) -> ShardCharacters:
    return open_shard_characters(folder, VIEWS, 64, said.append if said is not None else pytest.fail)


def drawn(batches: MultiviewLoader, steps: int) -> list[tuple[str, bytes]]:
    """Key and front picture of everything that some steps draw: tells a character from its mirror image."""
    items = []
    for batch in itertools.islice(batches, steps):
        items += [(key, batch.rgba[i, 0].numpy().tobytes()) for i, key in enumerate(batch.keys)]
    return items


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_every_character_comes_once_an_epoch_over_all_processes(folder: Path, processes: int) -> None:
    order = EpochOrder(COUNT, mirror=True, seed=1)
    shares = [BatchShare(rank, processes) for rank in range(processes)]
    loaders = [MultiviewLoader(source(folder), order, 6, share, workers=2) for share in shares]
    steps = 2 * order.epoch_length // 6 + 1  # a batch that straddles epochs is among them
    per_rank = [drawn(loader, steps) for loader in loaders]
    size = 6 // processes
    whole = [
        per_rank[place % processes][step * size + place // processes] for step in range(steps) for place in range(6)
    ]
    for epoch in range(2):
        part = whole[epoch * order.epoch_length : (epoch + 1) * order.epoch_length]
        assert len(set(part)) == 2 * COUNT and set(Counter(key for key, _ in part).values()) == {2}
    assert whole == drawn(MultiviewLoader(source(folder), order, 6, workers=0), steps), "the same, whoever decodes"


def test_reading_goes_on_in_the_middle_of_an_epoch(folder: Path) -> None:
    order = EpochOrder(COUNT, mirror=True, seed=2)
    whole = drawn(MultiviewLoader(source(folder), order, 4), 9)
    first = MultiviewLoader(source(folder), order, 4)
    begin = drawn(first, 3)
    state = first.state_dict()
    assert state["position"] == 12 and first.compute_epoch() == pytest.approx(12 / 14)
    for batch in (4, 6):  # another batch size goes through the same sequence
        again = MultiviewLoader(source(folder), order, batch)
        again.load_state_dict(state)
        assert begin + drawn(again, 24 // batch) == whole
    other = MultiviewLoader(source(folder), EpochOrder(COUNT, mirror=False, seed=2), 4)
    with pytest.raises(UserError, match="reading order with mirror True, now it is False"):
        other.load_state_dict(state)


def test_shards_and_cache_give_the_same_batches(folder: Path, tmp_path: Path) -> None:
    for size in (64, 32):
        cached = load_cached_characters(folder, tmp_path / f"cache{size}", VIEWS, size, pytest.fail)
        streamed = open_shard_characters(folder, VIEWS, size, pytest.fail)
        assert cached.keys == streamed.keys
        order = EpochOrder(COUNT, mirror=True, seed=0)
        mirrorings = set()
        for step, batch in enumerate(itertools.islice(MultiviewLoader(streamed, order, 5), 3)):
            items = order.select(range(5 * step, 5 * step + 5))
            mirrorings |= {mirrored for _, mirrored in items}
            expected = read_batch(cached, items)
            assert batch.keys == expected.keys == tuple(cached.keys[index] for index, _ in items)
            assert torch.equal(batch.rgba, expected.rgba) and torch.equal(batch.depth, expected.depth)
            others = read_batch(cached, [(index, not mirrored) for index, mirrored in items])
            assert all(not torch.equal(batch.rgba[i], others.rgba[i]) for i in range(5)), "mirroring changes a picture"
        assert mirrorings == {False, True}


def test_colours_are_those_of_plain_webdataset_and_pillow(folder: Path) -> None:
    """On white by Pillow's own compositing, from shards that plain webdataset reads."""
    ours = source(folder)
    seen = 0
    for sample in webdataset.WebDataset([str(path) for path in sorted(folder.glob("*.tar"))], shardshuffle=False):
        batch = read_batch(ours, [(ours.keys.index(sample["__key__"]), False)])
        for view in VIEWS:
            picture = Image.open(io.BytesIO(sample[f"{view}.rgba.png"]))
            white = Image.new("RGBA", picture.size, "white")
            white.alpha_composite(picture)
            rgb = (batch.rgb(view)[0].permute(1, 2, 0) * 255).round().numpy()
            assert np.abs(rgb - np.asarray(white)[..., :3].astype(np.float32)).max() <= 1
        seen += 1
    assert seen == COUNT


def test_a_broken_picture_is_told_once_and_keeps_the_epoch(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.tar"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    write_shard(
        tmp_path / "shard-000002.tar",
        {
            "torn-00000000": make_sphere_views(0.1, 0, 64) | {"left.depth.png": b"\x89PNG nothing"},
            "poor-00000000": {"front.rgba.png": make_sphere_views(0.1, 0, 64)["front.rgba.png"]},
        },
    )
    said: list[str] = []
    ours = source(tmp_path, said)
    assert len(ours) == COUNT + 1 and "poor-00000000 is left out: back.depth.png is missing" in said[0]
    batches = MultiviewLoader(ours, EpochOrder(len(ours), mirror=False, seed=0), 4)
    assert len(drawn(batches, 4)) == 16
    batches.close()
    assert len(said) == 2 and "torn-00000000 is replaced by the next character" in said[1]


def test_what_cannot_be_shared_is_refused(folder: Path) -> None:
    with pytest.raises(UserError, match="a batch of 4 cannot be shared by 3 processes"):
        MultiviewLoader(source(folder), EpochOrder(COUNT, mirror=True, seed=0), 4, BatchShare(0, 3))
