"""The reference is complete: the command line page is that of the commands, the API page has every public name."""

import importlib.util

import panic3d
from helpers.docs.markdown import ROOT


def test_the_command_line_page_matches_the_commands() -> None:
    spec = importlib.util.spec_from_file_location("cli_reference", ROOT / "scripts" / "cli_reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (ROOT / "docs" / "reference" / "cli.md").read_text()
    assert page == module.render_page(), "the commands have changed: run `python scripts/cli_reference.py`"


def test_the_api_page_has_every_public_name() -> None:
    page = (ROOT / "docs" / "reference" / "api.md").read_text()
    missing = [name for name in panic3d.__all__ if f".{name}\n" not in page]
    assert missing == []
