"""The public names: each is listed, typed and imported when it is first used."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import panic3d


@pytest.mark.parametrize("name", panic3d.__all__)
def test_a_public_name_is_what_its_module_defines(name: str) -> None:
    module = importlib.import_module(panic3d._MODULES[name])
    assert getattr(panic3d, name) is getattr(module, name)
    assert getattr(panic3d, name).__doc__
    assert name in dir(panic3d)


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(panic3d.__file__).read_text())
    typed = {a.asname: node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for a in node.names}
    assert {name: module for name, module in typed.items() if name} == panic3d._MODULES


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'panic3d' has no attribute 'HeadPipelin'"):
        panic3d.HeadPipelin  # noqa: B018


def test_the_import_is_quick() -> None:
    code = "import time; before = time.process_time(); import panic3d; print(time.process_time() - before)"
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert float(printed) < 0.5, "seconds of the processor, which other programs do not lengthen"
