"""Every recorded file of the folder that PANIC3D_PARITY names is read by the one module that owns its item."""

import re
from pathlib import Path

import pytest

from helpers.parity_cases import recorded_files

TESTS = Path(__file__).parent
RECONSTRUCTOR = "models/reconstructor"
OWNERS = {
    "01": f"{RECONSTRUCTOR}/rendering/test_parity_cameras.py",
    "02": f"{RECONSTRUCTOR}/rendering/test_parity_volume.py",
    "03": f"{RECONSTRUCTOR}/network/test_parity_networks.py",
    "04": f"{RECONSTRUCTOR}/published/test_parity_generator.py",
    "05": f"{RECONSTRUCTOR}/network/test_parity_discriminator.py",
    "06": f"{RECONSTRUCTOR}/published/test_parity_paste.py",
    "07": f"{RECONSTRUCTOR}/published/test_parity_mesh.py",
    "08": "models/line_removal/test_parity_line_removal.py",
    "09": "benchmark/metrics/test_parity_evaluation.py",
    "10": "models/portrait/alignment/test_parity_alignment.py",
    "11": "models/tagging/test_parity_tagger.py",
}
LATER: dict[str, str] = {}
"""Items whose code comes with another issue; the mark is strict, so that it must go when the module is there."""


def files() -> list:
    params = []
    for path in recorded_files(""):
        later = LATER.get(path.stem[:2])
        marks = [pytest.mark.xfail(strict=True, reason=later)] if later else []
        params.append(pytest.param(path, id=path.stem, marks=marks))
    skip = pytest.mark.skip(reason="PANIC3D_PARITY names no folder")
    return params or [pytest.param(None, id="none", marks=skip)]


@pytest.mark.parametrize("path", files())
def test_a_file_is_read(path: Path) -> None:
    item = path.stem[:2]
    assert item in OWNERS, f"no test reads {path.name}: item {item} has no owner"
    owner = TESTS / OWNERS[item]
    assert owner.is_file(), f"no test reads {path.name}: {owner} is missing"
    patterns = [
        p for mark in re.findall(r"parity_items\(([^)]*)", owner.read_text()) for p in re.findall(r'"([^"]+)"', mark)
    ]
    readers = [pattern for pattern in patterns if path in recorded_files(pattern)]
    assert readers, f"no test reads {path.name}: {owner.name} reads {', '.join(sorted(set(patterns)))}"
