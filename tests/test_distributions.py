"""The wheel and the source distribution hold every file of the package."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from helpers.requirements import require_package

CLONE = Path(__file__).parents[1]
DATA_SUFFIXES = {".safetensors", ".yaml", ".vert", ".frag", ".html", ".js", ".css", ".svg", ".txt", ".typed"}


def list_package_files() -> set[str]:
    """Return the package's files that git tracks, and new ones that it does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "panic3d"]
    listed = subprocess.run(command, cwd=CLONE, capture_output=True, text=True, check=True).stdout.splitlines()
    return {name for name in listed if (CLONE / name).is_file()}


@pytest.mark.slow
def test_wheel_and_source_distribution_hold_every_file(tmp_path: Path) -> None:
    require_package("build")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(CLONE)]
    done = subprocess.run(build, capture_output=True, text=True)  # the wheel is built from the source distribution
    assert done.returncode == 0, done.stdout + done.stderr
    expected = list_package_files()
    assert {Path(name).suffix or Path(name).name for name in expected} >= DATA_SUFFIXES - {".typed"}
    assert "panic3d/py.typed" in expected

    (wheel,) = tmp_path.glob("panic3d-*-py3-none-any.whl")
    in_wheel = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert in_wheel == expected
    (source,) = tmp_path.glob("panic3d-*.tar.gz")
    with tarfile.open(source) as tar:
        in_source = {member.name.partition("/")[2] for member in tar if member.isfile()}
    assert {name for name in in_source if name.startswith("panic3d/")} == expected
    assert {"pyproject.toml", "README.md", "LICENSE"} <= in_source
    assert wheel.name.split("-")[1] == source.name.removesuffix(".tar.gz").split("-")[1]
