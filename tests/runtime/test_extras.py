"""The extras of pyproject.toml, and what is said where a library of one is missing."""

import importlib.metadata
import json
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

import panic3d.cli
from panic3d.runtime import extras
from panic3d.runtime.errors import UserError
from panic3d.runtime.extras import EXTRAS_OF_LIBRARY, explain_import_error, format_install_command, require_library

CLONE = Path(__file__).parents[2]
NAME_ON_INDEX = {
    "igl": "libigl",
    "imageio_ffmpeg": "imageio-ffmpeg",
    "lightning_fabric": "lightning-fabric",
    "open_clip": "open-clip-torch",
    "python_multipart": "python-multipart",
}


def list_requirements(extra: str) -> set[str]:
    """Return the names of the packages of an extra, those of the extras that it contains included."""
    project = tomllib.loads((CLONE / "pyproject.toml").read_text())["project"]
    names = set()
    for requirement in project["optional-dependencies"][extra]:
        contained = re.match(r"panic3d\[([\w,]+)\]", requirement)
        if contained:
            names |= set().union(*(list_requirements(name) for name in contained[1].split(",")))
        else:
            names.add(re.split(r"[<>=;\s]", requirement)[0])
    return names


def test_the_table_of_libraries_is_that_of_pyproject() -> None:
    named = {extra for extras_ in EXTRAS_OF_LIBRARY.values() for extra in extras_}
    assert list_requirements("all") >= set().union(*(list_requirements(extra) for extra in named))
    for extra in named:
        table = {NAME_ON_INDEX.get(library, library) for library, found in EXTRAS_OF_LIBRARY.items() if extra in found}
        limits = {"animeface": {"pillow"}, "blender": {"numpy", "opencv-python-headless"}}
        assert table == list_requirements(extra) - limits.get(extra, set()), extra


def test_the_extra_of_the_command_is_named() -> None:
    error = ModuleNotFoundError("No module named 'pandas'", name="pandas")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extras, "is_installed", lambda library: False)
        assert "[benchmark]" in str(explain_import_error(error, "panic3d benchmark", "benchmark"))
        assert "[data]" in str(explain_import_error(error, "panic3d render", "render"))
    assert explain_import_error(ModuleNotFoundError("No module named 'x'", name="x"), "panic3d render") is None
    assert explain_import_error(ImportError("no name"), "panic3d render") is None


def test_a_command_reports_the_missing_extra_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(module: str) -> None:
        raise ModuleNotFoundError("No module named 'pandas'", name="pandas")

    monkeypatch.setattr(panic3d.cli.importlib, "import_module", fail)
    monkeypatch.setattr(extras, "is_installed", lambda library: False)
    result = CliRunner().invoke(panic3d.cli.panic3d, ["benchmark", "methods"])
    assert isinstance(result.exception, UserError)
    assert str(result.exception).startswith("panic3d benchmark needs pandas, which is not installed: pip install ")


def test_a_missing_library_names_task_and_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "is_installed", lambda library: False)
    with pytest.raises(UserError, match=r"^--executor ray needs ray, which is not installed: pip install .*\[ray\]'$"):
        require_library("ray", "--executor ray")


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        ({"url": CLONE.as_uri(), "dir_info": {"editable": True}}, f"pip install -e '{CLONE}[train]'"),
        (
            {"url": "file:///tmp/panic3d-0.2.0-py3-none-any.whl", "archive_info": {}},
            "pip install 'panic3d[train] @ file:///tmp/panic3d-0.2.0-py3-none-any.whl'",
        ),
        (None, f"pip install -e '{CLONE}[train]'"),
    ],
)
def test_the_command_fits_the_installation(origin: dict | None, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = None if origin is None else json.dumps(origin)
    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: SimpleNamespace(read_text=lambda file: text))
    assert format_install_command("train") == command


def test_a_wheel_of_unknown_place_is_named_as_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed = SimpleNamespace(read_text=lambda file: None)
    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: installed)
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.2.0")
    monkeypatch.setattr(extras, "__file__", str(tmp_path / "panic3d" / "runtime" / "extras.py"))
    assert format_install_command("train").startswith("pip install 'panic3d-0.2.0-py3-none-any.whl[train]'")


def test_no_page_advises_an_index() -> None:
    pages = [CLONE / "README.md", *(CLONE / "docs" / "guides").rglob("*.md"), *(CLONE / "panic3d").rglob("*.py")]
    for page in pages:
        found = re.findall(r"pip install '?panic3d(?:\[\w+\])?'?(?=[`\s]|$)", page.read_text())
        assert found == [], page
