"""`panic3d doctor` reports what this machine has, and how to get what it lacks."""

import ctypes
import importlib.metadata
import platform
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from panic3d import doctor
from panic3d.runtime.extras import EXTRAS_OF_LIBRARY, is_installed
from panic3d.weights.catalogue import WEIGHT_FILES

NO_BLENDER = SimpleNamespace(returncode=1, stdout="", stderr="Traceback\nImportError: no bpy here\n")
BLENDER = SimpleNamespace(returncode=0, stdout="some noise\n4.5.9, Cycles on CPU\n", stderr="")


def run_doctor() -> dict[str, list[str]]:
    """Run the command and return its lines by their first word."""
    result = CliRunner().invoke(doctor.doctor, catch_exceptions=False)
    assert result.exit_code == 0
    lines: dict[str, list[str]] = {}
    for line in result.output.splitlines():
        word = "to do" if line.startswith("to do ") else line.split()[0]
        lines.setdefault(word, []).append(line.removeprefix(word).strip())
    return lines


@pytest.fixture(autouse=True)
def blender(monkeypatch: pytest.MonkeyPatch) -> Callable[[SimpleNamespace], None]:
    """Stand in for the process that imports Blender; returns a function that sets how it ends."""

    def set_end(end: SimpleNamespace) -> None:
        monkeypatch.setattr(doctor, "subprocess", SimpleNamespace(run=lambda *_, **__: end))

    set_end(BLENDER)
    return set_end


def test_machine_and_versions_are_those_of_this_process() -> None:
    lines = run_doctor()
    assert f"Python {platform.python_version()}" in lines["machine"][0]
    assert f"torch {importlib.metadata.version('torch')}" in lines["packages"][0]
    assert f"{torch.get_num_threads()} threads" in lines["torch"][0] or "CUDA" in lines["torch"][0]
    assert lines["blender"] == ["4.5.9, Cycles on CPU" if is_installed("bpy") else "not installed"]


@pytest.mark.skipif(platform.system() != "Linux", reason="system libraries are looked for on Linux alone")
def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = ctypes.CDLL

    def load(name: str, *more: Any) -> Any:
        if name == "libEGL.so.1":
            raise OSError(name)
        return object() if name in doctor.SYSTEM_LIBRARIES else real(name, *more)

    monkeypatch.setattr(ctypes, "CDLL", load)
    lines = run_doctor()
    assert lines["libraries"] == ["missing: libegl1"]
    assert "sudo apt-get install -y libegl1" in lines["to do"]
    monkeypatch.setattr(ctypes, "CDLL", lambda *_: object())
    assert run_doctor()["libraries"] == ["all present"]


def test_a_missing_core_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    package, real = doctor.CORE_PACKAGES[-1], importlib.metadata.version

    def find_version(name: str) -> str:
        if name == package:
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", find_version)
    assert f"{package} missing" in run_doctor()["packages"][0]


def test_a_missing_library_of_an_extra_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "is_installed", lambda library: library != "jinja2")
    extras = {line.split()[0]: line for line in run_doctor()["extra"]}
    assert extras.keys() == {extra for extras in EXTRAS_OF_LIBRARY.values() for extra in extras}
    assert extras["data"].endswith(": installed")
    assert "lacks jinja2: pip install" in extras["benchmark"] and "[benchmark]" in extras["benchmark"]
    assert sum("lacks" in line for line in extras.values()) == 1


def test_why_blender_cannot_be_used_is_said(
    blender: Callable[[SimpleNamespace], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "is_installed", lambda library: True)
    blender(NO_BLENDER)
    lines = run_doctor()
    assert "ImportError: no bpy here" in lines["blender"][0]


def test_without_blender_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "is_installed", lambda library: library != "bpy")
    monkeypatch.setattr(doctor, "subprocess", None)
    assert run_doctor()["blender"] == ["not installed"]


def test_absent_weights_are_listed_with_the_command_that_fetches_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path))
    weights = run_doctor()["weights"]
    assert len(weights) == len(WEIGHT_FILES)
    assert any(line.startswith("lpips-alexnet: absent") and "panic3d weights fetch" in line for line in weights)
