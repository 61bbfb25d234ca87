"""Heavy libraries are imported where they are needed: not by the package itself, nor by its help."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "bpy", "open3d", "numpy", "scipy", "pandas", "cv2", "PIL", "trimesh", "numba")
HELP = "from panic3d.cli import panic3d; panic3d(['--help'], standalone_mode=False)"


@pytest.mark.parametrize("statement", ["import panic3d", "import panic3d.cli", HELP], ids=["package", "cli", "help"])
def test_no_heavy_library_is_imported_by(statement: str) -> None:
    report = f"import sys; print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", f"{statement}\n{report}"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stderr.splitlines()[-1] == "[]"


def test_help_lists_the_commands() -> None:
    result = subprocess.run([sys.executable, "-m", "panic3d", "--help"], capture_output=True, text=True, check=True)
    assert {"render", "train", "reconstruct", "benchmark"} <= set(result.stdout.split())
