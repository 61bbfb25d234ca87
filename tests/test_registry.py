"""The registry: everything that it names exists, and other packages add to it."""

import logging
from pathlib import Path
from typing import get_args

import pytest

from helpers.installed_package import write_installed_package
from panic3d.registry import (
    ENTRIES,
    PACKAGE,
    Kind,
    RegistryEntry,
    find_entries,
    find_entry,
    find_weights,
    get_summary,
)
from panic3d.runtime.errors import UserError, WrongUsage


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.kind}: {entry.name}")
def test_everything_that_an_entry_names_exists(entry: RegistryEntry) -> None:
    assert callable(entry.load_factory())
    assert entry.summary.endswith(".")
    assert entry.weights_path is None or entry.weights_path.is_file()
    assert bool(entry.config) == bool(entry.presets) == (entry.kind == "model")
    if entry.kind == "model":
        assert entry.load_config_class()().model_kind == entry.name
        assert (entry.presets_folder / "small.yaml").is_file()
    if entry.weights:
        assert find_entry(entry.trained_by.split()[0], "model")


def test_every_shipped_weights_file_has_an_entry() -> None:
    files = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.safetensors")}
    assert files == {entry.weights for entry in ENTRIES if entry.weights}


@pytest.mark.parametrize("kind", get_args(Kind))
def test_an_unknown_name_is_met_with_the_nearest(kind: Kind) -> None:
    with pytest.raises(WrongUsage, match=f"unknown {kind} 'qqqqqq': choose from"):
        find_entry("qqqqqq", kind)
    for name in find_entries(kind):
        with pytest.raises(WrongUsage, match=f"did you mean '{name}'"):
            find_entry(f"{name}_", kind)


def test_weights_are_a_file_or_those_of_a_run(tmp_path: Path) -> None:
    pifu = find_entry("pifu", "method")
    assert find_weights(pifu) == pifu.weights_path
    file = tmp_path / "weights.safetensors"
    with pytest.raises(UserError, match=r"method 'pifu' \(the weights.safetensors of `panic3d train pifu`\) at"):
        find_weights(pifu, tmp_path)
    file.touch()
    assert find_weights(pifu, tmp_path) == find_weights(pifu, file) == file


def test_an_installed_package_adds_methods(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    code = '"""A module."""\n\ndef load(weights):\n    """Flattens every head.\n\n    Not for sale.\n    """\n'
    points = {"flat": "flat_heads:load", "pifu": "flat_heads:load", "gone": "no_module_of_that_name:load"}
    write_installed_package(tmp_path, "flat-heads", {"flat_heads": code}, {"panic3d.methods": points})
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(logging.getLogger("panic3d"), "propagate", True)
    found = find_entries("method", "oracle method")
    assert (found["flat"].origin, get_summary(found["flat"])) == ("flat-heads", "Flattens every head.")
    assert found["pifu"].origin == "panic3d", "a name that is taken stays with its first owner"
    assert "'pifu' of the package flat-heads is not used" in caplog.text
    with pytest.raises(UserError, match="'gone' of the package flat-heads cannot be imported from no_module_of"):
        get_summary(found["gone"])
