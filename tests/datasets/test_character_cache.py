"""What a run reads of its characters: which pictures are decoded, by whom, and what that takes on disk."""

import itertools
import logging
import shutil
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers.heads.drawn_shards import write_drawn_dataset
from helpers.heads.sphere_shards import make_sphere_views, write_shard
from panic3d.cameras.camera import Camera
from panic3d.datasets import source as source_module
from panic3d.datasets.batches import BatchShare, MultiviewLoader
from panic3d.datasets.drawings import DRAWING, load_portraits
from panic3d.datasets.multiview import SAMPLED_VIEW, VIEWS, EpochOrder, read_batch
from panic3d.datasets.source import CharacterCache, CharacterSource, load_cached_characters, open_shard_characters
from panic3d.runtime.errors import UserError

SIZE, SHARDS = 32, 4
AROUND = {f"persp{i}": Camera("persp", 30.0 + 80.0 * i, 10.0 - 9.0 * i, fov_deg=30.0) for i in range(3)}
NAMES = (*VIEWS, *AROUND)
BYTES = 2 * SHARDS * SIZE**2 * (7 * 4 + 4 * 2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two characters in each of four shards; perspective views without depth, whose files are no pictures."""
    folder = tmp_path_factory.mktemp("data")
    for shard in range(SHARDS):
        samples = {}
        for i in range(2):
            views = make_sphere_views(0.1 + 0.01 * shard, 0.02 * i, SIZE, cameras=AROUND)
            samples[f"ball{shard}{i}-0000000{i}"] = views | {f"{v}.depth.png": b"no picture" for v in AROUND}
        write_shard(folder / f"shard-{shard:06d}.tar", samples)
    return folder


def count_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.bin") if path.stem != "cameras")


def test_what_is_announced_is_what_is_written(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("panic3d"), "propagate", True)
    announced: list[tuple[int, int]] = []
    announce = source_module.announce_cache

    def watch(cache: Path, count: int, size_bytes: int, advice: str) -> None:
        announced.append((count, size_bytes))
        announce(cache, count, size_bytes, advice)

    monkeypatch.setattr(source_module, "announce_cache", watch)
    with caplog.at_level(logging.INFO):
        load_cached_characters(data, tmp_path / "cache", NAMES, SIZE, pytest.fail)
    assert announced == [(8, BYTES)] and count_bytes(tmp_path / "cache") == BYTES
    assert "the pictures of 8 samples take 0.3 MiB" in caplog.text
    load_cached_characters(data, tmp_path / "cache", NAMES, SIZE, pytest.fail)
    assert len(announced) == 1, "nothing is missing"


def test_too_little_space_is_refused_before_anything_is_written(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", ("total", "used", "free"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(BYTES, 1, BYTES - 1))
    with pytest.raises(UserError, match=r"samples take .*--set cache=FOLDER.*--set reading=stream"):
        load_cached_characters(data, tmp_path / "cache", NAMES, SIZE, pytest.fail)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(BYTES, 0, BYTES))
    assert len(load_cached_characters(data, tmp_path / "cache", NAMES, SIZE, pytest.fail)) == 8


def test_processes_decode_different_shards_and_a_stopped_run_goes_on(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[str] = []
    decode = source_module.decode_views

    def watch(members: dict[str, bytes], views: tuple[str, ...], size: int) -> object:
        decoded.append("")
        return decode(members, views, size)

    monkeypatch.setattr(source_module, "decode_views", watch)
    ranks = [CharacterCache(data, tmp_path / "cache", NAMES, SIZE, pytest.fail) for _ in range(3)]
    for rank, cached in enumerate(ranks):
        cached.announce()
        cached.decode(slice(rank, None, 3))
        folders = {path.name for path in (tmp_path / "cache").iterdir() if path.is_dir()}
        assert len(decoded) == 2 * len(folders), "each character once"
    assert len(decoded) == 8
    shared = [cached.load() for cached in ranks]
    assert len(decoded) == 8 and len({characters.keys for characters in shared}) == 1
    alone = load_cached_characters(data, tmp_path / "alone", NAMES, SIZE, pytest.fail)
    every = [(i, False) for i in range(8)]
    ours, theirs = read_batch(shared[2], every), read_batch(alone, every)
    assert ours.keys == theirs.keys and torch.equal(ours.rgba, theirs.rgba) and torch.equal(ours.depth, theirs.depth)
    shutil.rmtree(tmp_path / "alone" / "shard-000002")
    decoded.clear()
    load_cached_characters(data, tmp_path / "alone", NAMES, SIZE, pytest.fail)
    assert len(decoded) == 2, "only the missing shard"


@pytest.mark.parametrize("kind", ["cache", "stream"])
def test_of_sampled_views_each_character_has_one(data: Path, tmp_path: Path, kind: str) -> None:
    characters: CharacterSource
    if kind == "cache":
        characters = load_cached_characters(data, tmp_path / "cache", NAMES, SIZE, pytest.fail)
    else:
        characters = open_shard_characters(data, NAMES, SIZE, pytest.fail)
    order, sampled = EpochOrder(8, mirror=True, seed=3), tuple(AROUND)
    seen = set()
    for step, batch in enumerate(itertools.islice(MultiviewLoader(characters, order, 4, sampled=sampled), 8)):
        assert batch.views == (*VIEWS, SAMPLED_VIEW) and batch.depth.shape[1] == len(VIEWS)
        items = order.select(range(4 * step, 4 * step + 4))
        whole = read_batch(characters, items)
        for i in range(4):
            (view,) = [v for v in AROUND if whole.list_cameras(v)[i] == batch.list_cameras(SAMPLED_VIEW)[i]]
            seen.add((view, items[i][1]))
            assert torch.equal(batch.rgb(SAMPLED_VIEW)[i], whole.rgb(view)[i])
        assert torch.equal(batch.rgba[:, :4], whole.rgba[:, :4]) and torch.equal(batch.depth, whole.depth)
    assert len(seen) == 6, "every view, of both mirrorings"
    halves = [MultiviewLoader(characters, order, 4, BatchShare(r, 2), 0, sampled) for r in range(2)]
    both = [next(half) for half in halves]
    one = next(MultiviewLoader(characters, order, 4, workers=0, sampled=sampled))
    assert one.cameras[::2] == both[0].cameras and one.cameras[1::2] == both[1].cameras, "whoever reads"


def test_a_part_of_a_set_stays_on_disk(data: Path, tmp_path: Path) -> None:
    characters = load_cached_characters(data, tmp_path / "cache", NAMES, SIZE, pytest.fail)
    some = characters.select([6, 1, 3])
    assert some.keys == tuple(characters.keys[i] for i in (6, 1, 3)) and some.shards is characters.shards
    assert all(isinstance(arrays["rgba"], np.memmap) for arrays in some.shards)
    items = [(6, True), (1, False), (3, False)]
    chosen = read_batch(some, [(0, True), (1, False), (2, False)])
    assert torch.equal(chosen.rgba, read_batch(characters, items).rgba)
    write_drawn_dataset(tmp_path / "drawn", 4)
    portraits = load_portraits(tmp_path / "drawn", DRAWING, tmp_path / "portraits", pytest.fail)
    few = portraits.select([3, 0]).select([1])
    assert few.pictures is portraits.pictures and isinstance(few.pictures, np.memmap)
    assert few.keys == portraits.keys[:1] and np.array_equal(few.get_picture(0), portraits.get_picture(0))
