"""Shards with damaged headers and cut ends: no sample is read that lacks a member, and no other is lost."""

import io
import random
import tarfile
from pathlib import Path

import pytest

from panic3d.shards.tar import BLOCK_BYTES, BrokenShard, list_complete_samples, read_samples
from panic3d.shards.writer import write_tar

Samples = dict[str, dict[str, bytes]]


def make_samples(long_names: bool = False, count: int = 13) -> Samples:
    """Make samples with members of several lengths."""
    return {
        f"{'k' * 110 if long_names else 'key'}{i:02d}-00000000": {
            "back.rgba.png": bytes([i]) * 700,
            "front.rgba.png": bytes(1200),
            "meta.json": b"{}" * i,
        }
        for i in range(count)
    }


def write(path: Path, samples: Samples) -> None:
    write_tar(path, ((f"{key}.{name}", data) for key in samples for name, data in samples[key].items()))


def read(path: Path) -> tuple[Samples, BrokenShard | None]:
    listed, broken = list_complete_samples(path)
    return dict(read_samples(path, listed)), broken


@pytest.mark.parametrize("long_names", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_bit_in_a_header_costs_two_samples_at_most(tmp_path: Path, seed: int, long_names: bool) -> None:
    samples = make_samples(long_names)
    write(tmp_path / "whole.tar", samples)
    data = bytearray((tmp_path / "whole.tar").read_bytes())
    draw = random.Random(seed)
    with tarfile.open(tmp_path / "whole.tar") as tar:
        starts = [start for member in tar for start in {member.offset, member.offset_data - BLOCK_BYTES}]
    data[draw.choice(starts) + draw.randrange(150)] ^= 1 << draw.randrange(8)
    (tmp_path / "flipped.tar").write_bytes(data)
    found, broken = read(tmp_path / "flipped.tar")
    assert broken is not None
    assert 1 <= len(samples.keys() - found.keys()) <= 2
    assert all(found[key] == samples[key] for key in found)


@pytest.mark.parametrize("tar_format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tars_of_other_programs_are_read(tmp_path: Path, tar_format: int) -> None:
    samples = {f"{'folder/' * 14}key{i}": {"meta.json": bytes(i)} for i in range(3)}
    with tarfile.open(tmp_path / "other.tar", "w", format=tar_format) as tar:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for key, members in samples.items():
            header = tarfile.TarInfo(f"{key}.meta.json")
            header.size, header.mtime = len(members["meta.json"]), 0.5 if tar_format == tarfile.PAX_FORMAT else 0
            tar.addfile(header, io.BytesIO(members["meta.json"]))
    assert read(tmp_path / "other.tar") == (samples, None)


def test_several_damaged_blocks_and_a_cut_end(tmp_path: Path) -> None:
    samples = make_samples()
    write(tmp_path / "one.tar", samples)
    data = bytearray((tmp_path / "one.tar").read_bytes())
    with tarfile.open(tmp_path / "one.tar") as tar:
        members = tar.getmembers()
    data[members[3].offset : members[3].offset + BLOCK_BYTES] = bytes(BLOCK_BYTES)  # a lost block of the disk
    data[members[20].offset + 7] ^= 1
    (tmp_path / "one.tar").write_bytes(data[: members[30].offset_data + 100])
    found, broken = read(tmp_path / "one.tar")
    assert broken is not None and "one.tar has a damaged header after key00-00000000" in str(broken)
    lost = {f"key{i:02d}-00000000" for i in (0, 1, 6, 10, 11, 12)}
    assert samples.keys() - found.keys() in (lost, lost | {"key05-00000000"}, lost | {"key07-00000000"})
    assert all(found[key] == samples[key] for key in found)
