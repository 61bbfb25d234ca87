"""Tables of the guides name every camera rig and every number of the protocol."""

import re

import pytest

from helpers.docs.markdown import ROOT
from panic3d.benchmark.protocols.standard import StandardProtocol
from panic3d.cameras.rigs import RIGS

RENDERING = (ROOT / "docs/guides/rendering.md").read_text()
BENCHMARK = (ROOT / "docs/guides/benchmark.md").read_text()


def first_cells(page: str) -> str:
    """Return the first cells of all table rows of a page, one per line."""
    return "\n".join(re.findall(r"^\| ([^|]*) \|", page, re.MULTILINE))


@pytest.mark.parametrize("rig", RIGS)
def test_every_rig_has_a_row(rig: str) -> None:
    assert f"`{rig}`" in first_cells(RENDERING)


@pytest.mark.parametrize("title", sorted({column.title for column in StandardProtocol.columns}))
def test_every_number_has_a_row(title: str) -> None:
    assert title in first_cells(BENCHMARK)


def test_the_page_names_the_version() -> None:
    assert f"Protocol `standard`, version {StandardProtocol.version}." in BENCHMARK
