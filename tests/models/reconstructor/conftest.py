"""Parity tests run over every recorded file of the folder that PANIC3D_PARITY names, and skip where it is unset."""

import os
from pathlib import Path

import pytest
from parity_cases import Case


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "parity_items(*items): the recorded items that the test reads")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`case` runs over every recorded file of the items that the test's `parity_items` mark names."""
    if "case" not in metafunc.fixturenames:
        return
    items = next(metafunc.definition.iter_markers("parity_items")).args
    folder = os.environ.get("PANIC3D_PARITY")
    paths = sorted(p for item in items for p in Path(folder).glob(f"{item}*.npz")) if folder else []
    skip = pytest.param(None, marks=pytest.mark.skip(reason="PANIC3D_PARITY names no folder"), id="none")
    metafunc.parametrize("case", [pytest.param(path, id=path.stem) for path in paths] or [skip], indirect=True)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param)
