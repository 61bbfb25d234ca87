"""Every recorded file is read by the one module of tests that owns its item."""

import re
from pathlib import Path

import pytest

from helpers.parity_cases import COMMITTED, list_recorded_files

TESTS = Path(__file__).parent
RECONSTRUCTOR = "models/reconstructor"
MOST_BYTES = 4_000_000
OWNERS = {
    "01": f"{RECONSTRUCTOR}/rendering/test_parity_cameras.py",
    "02": f"{RECONSTRUCTOR}/rendering/test_parity_volume.py",
    "03": f"{RECONSTRUCTOR}/network/test_parity_networks.py",
    "04": f"{RECONSTRUCTOR}/published/test_parity_generator.py",
    "05": f"{RECONSTRUCTOR}/network/test_parity_discriminator.py",
    "06": f"{RECONSTRUCTOR}/published/test_parity_stitch.py",
    "07": f"{RECONSTRUCTOR}/published/test_parity_mesh.py",
    "08": "models/line_removal/test_parity_line_removal.py",
    "09": "benchmark/metrics/test_parity_evaluation.py",
    "10": "models/portrait/alignment/test_parity_alignment.py",
    "11": "models/tagging/test_parity_tagger.py",
}


@pytest.mark.parametrize("path", list_recorded_files(""), ids=lambda path: path.stem)
def test_a_file_is_read(path: Path) -> None:
    item = path.stem[:2]
    assert item in OWNERS, f"no test reads {path.name}: item {item} has no owner"
    owner = TESTS / OWNERS[item]
    assert owner.is_file(), f"no test reads {path.name}: {owner} is missing"
    patterns = [
        p for mark in re.findall(r"parity_items\(([^)]*)", owner.read_text()) for p in re.findall(r'"([^"]+)"', mark)
    ]
    readers = [pattern for pattern in patterns if path in list_recorded_files(pattern)]
    assert readers, f"no test reads {path.name}: {owner.name} reads {', '.join(sorted(set(patterns)))}"


def test_the_committed_files_cover_every_item_and_stay_small() -> None:
    files = sorted(COMMITTED.glob("*.npz"))
    assert {path.stem[:2] for path in files} == set(OWNERS)
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES
