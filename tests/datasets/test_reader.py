"""Shards to arrays: colours against Pillow and a numpy twin, depth on slopes and edges, broken shards, exact epochs."""

from pathlib import Path

import numpy as np
import pytest
import torch

from helpers.heads.sphere_shards import make_sphere_views, write_shard
from panic3d.cameras.resampling import reduce_depth, reduce_rgba
from panic3d.datasets.multiview import VIEWS, EpochOrder, read_batch
from panic3d.datasets.source import load_cached_characters
from panic3d.runtime.errors import UserError
from panic3d.shards.plan import DatasetInfo
from panic3d.shards.schema import decode_depth, encode_depth


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    for shard in range(2):
        balls = {f"ball{shard}{i}-00000000": make_sphere_views(0.1 + 0.02 * i, 0.05 * shard, 64) for i in range(3)}
        write_shard(data / f"shard-{shard:06d}.tar", balls)
    DatasetInfo("ortho4", 64, "balls", {}, {}, 3, splits={"test": ["ball01-00000000"]}).save(data)
    return data


def read(folder: Path, cache: Path, split: str = "train") -> tuple:
    said: list[str] = []
    return load_cached_characters(folder, cache, VIEWS, 32, said.append, split), said


def test_colour_is_averaged_over_areas_on_white() -> None:
    rgba = np.random.default_rng(0).integers(0, 256, (12, 12, 4), dtype=np.uint8)
    expected = np.zeros((4, 4, 4))
    for i in range(4):
        for j in range(4):
            block = rgba[3 * i : 3 * i + 3, 3 * j : 3 * j + 3].reshape(9, 4).astype(float)
            alpha = block[:, 3:] / 255
            expected[i, j, :3] = (block[:, :3] * alpha + 255 * (1 - alpha)).mean(0)
            expected[i, j, 3] = block[:, 3].mean()
    assert np.abs(reduce_rgba(rgba, 4) - expected).max() <= 0.501


def test_depth_is_always_the_depth_of_a_pixel() -> None:
    depth = np.random.default_rng(0).integers(0, 60000, (16, 16), dtype=np.uint16)
    depth[np.random.default_rng(1).random((16, 16)) < 0.5] = 0
    small = reduce_depth(depth, 4)
    for i in range(4):
        for j in range(4):
            block = depth[4 * i : 4 * i + 4, 4 * j : 4 * j + 4]
            there = np.sort(block[block > 0])
            assert small[i, j] == (there[(len(there) - 1) // 2] if len(there) >= 8 else 0)
    assert (reduce_depth(depth[:, ::-1], 4) == small[:, ::-1]).all()


def test_depth_of_a_slope_is_right_within_half_a_source_pixel() -> None:
    slope_m = np.broadcast_to(1.0 + np.linspace(-0.3, 0.3, 64)[None], (64, 64))
    small_m = decode_depth(reduce_depth(encode_depth(slope_m), 16))
    assert np.abs(small_m - slope_m.reshape(16, 4, 16, 4).mean((1, 3))).max() <= 0.6 / 63 / 2 + 1e-4


def test_views_have_the_documented_units_and_sides(folder: Path, tmp_path: Path) -> None:
    balls, said = read(folder, tmp_path / "cache")
    assert not said
    assert len(balls) == 5
    batch = read_batch(balls, [(balls.keys.index("ball12-00000000"), False)])  # x = 0.05, radius 0.14
    assert batch.rgb("front").dtype == torch.float32
    assert batch.rgb("front")[0, :, 0, 0].tolist() == [1, 1, 1]
    assert batch.rgb("left")[0, :, 16, 16].tolist() == [1, 0, 0]  # the camera at +x sees the red half
    assert batch.rgb("right")[0, :, 16, 16].tolist() == [0, 0, 1]
    assert batch.depth_m("left")[0, 16, 16].item() == pytest.approx(1 - 0.05 - 0.14, abs=2e-3)
    assert batch.depth_m("right")[0, 16, 16].item() == pytest.approx(1 + 0.05 - 0.14, abs=2e-3)
    assert torch.isnan(batch.depth_m("front")[0, 0, 0])
    assert (torch.isfinite(batch.depth_m("front")) == batch.mask("front")).all()
    columns = batch.mask("front")[0].any(0).nonzero()
    assert (columns.float().mean() + 0.5) / 32 * 0.7 - 0.35 == pytest.approx(0.05, abs=0.7 / 32)


def test_mirror_is_the_mirrored_character(folder: Path, tmp_path: Path) -> None:
    write_shard(folder / "shard-000002.tar", {"twin-00000000": make_sphere_views(0.14, -0.05, 64)})
    balls, _ = read(folder, tmp_path / "cache")
    mirrored = read_batch(balls, [(balls.keys.index("ball12-00000000"), True)])
    twin = read_batch(balls, [(balls.keys.index("twin-00000000"), False)])
    for view in VIEWS:
        assert torch.equal(mirrored.mask(view), twin.mask(view))
        assert torch.equal(mirrored.depth_m(view).nan_to_num(), twin.depth_m(view).nan_to_num())
    assert mirrored.rgb("left")[0, :, 16, 16].tolist() == [0, 0, 1]


def test_splits_are_kept_apart(folder: Path, tmp_path: Path) -> None:
    train, _ = read(folder, tmp_path / "cache")
    test, _ = read(folder, tmp_path / "cache_test", "test")
    assert "ball01-00000000" not in train.keys
    assert test.keys == ("ball01-00000000",)


def test_a_truncated_shard_is_used_as_far_as_it_goes(folder: Path, tmp_path: Path) -> None:
    shard = folder / "shard-000001.tar"
    shard.write_bytes(shard.read_bytes()[: int(shard.stat().st_size * 0.6)])
    balls, said = read(folder, tmp_path / "cache")
    assert {"ball00-00000000", "ball02-00000000", "ball10-00000000"} <= set(balls.keys)
    assert len(said) >= 1
    assert all("shard-000001.tar" in sentence and "ball1" in sentence for sentence in said)


def test_a_broken_member_names_shard_and_key(folder: Path, tmp_path: Path) -> None:
    broken = {
        "torn-00000000": make_sphere_views(0.1, 0, 64) | {"left.depth.png": b"\x89PNG nothing"},
        "poor-00000000": {"front.rgba.png": make_sphere_views(0.1, 0, 64)["front.rgba.png"]},
        "fine-00000000": make_sphere_views(0.1, 0, 64),
    }
    write_shard(folder / "shard-000002.tar", broken)
    balls, said = read(folder, tmp_path / "cache")
    assert balls.keys[-1] == "fine-00000000"
    assert len(said) == 2
    assert "shard-000002.tar: torn-00000000 is left out: left.depth.png is not a readable PNG" in said[0]
    assert "poor-00000000 is left out: front.depth.png is missing" in said[1]


def test_the_cache_follows_its_shards(folder: Path, tmp_path: Path) -> None:
    first, _ = read(folder, tmp_path / "cache")
    made_ns = (tmp_path / "cache" / "shard-000000" / "rgba.bin").stat().st_mtime_ns
    again, _ = read(folder, tmp_path / "cache")
    assert (tmp_path / "cache" / "shard-000000" / "rgba.bin").stat().st_mtime_ns == made_ns
    assert np.array_equal(first.shards[0]["rgba"], again.shards[0]["rgba"])
    write_shard(folder / "shard-000002.tar", {"new-00000000": make_sphere_views(0.1, 0, 64)})
    assert len(read(folder, tmp_path / "cache")[0]) == len(first) + 1


def test_empty_folders_and_wrong_sizes_are_one_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no dataset folder"):
        read(tmp_path / "absent", tmp_path / "cache")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"holds no shard-\*\.tar"):
        read(tmp_path / "empty", tmp_path / "cache")
    with pytest.raises(UserError, match="multiple of 48 pixels"):
        load_cached_characters(folder, tmp_path / "cache", VIEWS, 48, lambda _: None)


@pytest.mark.parametrize("count", [1, 8])
def test_epochs_are_exact_and_can_be_entered_anywhere(count: int) -> None:
    order = EpochOrder(count, mirror=True, seed=3)
    whole = order.select(range(0, 6 * count))
    for epoch in range(3):
        part = whole[epoch * 2 * count : (epoch + 1) * 2 * count]
        assert sorted(part) == sorted((i, m) for i in range(count) for m in (False, True))
    assert order.select(range(3, 5 * count)) == whole[3 : 5 * count]
    if count == 8:
        assert whole[:16] != whole[16:32]
        assert EpochOrder(8, True, 4).select(range(16)) != whole[:16]
