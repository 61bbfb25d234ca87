"""docs/reference/cli.md is what the commands say of themselves."""

import importlib.util

from helpers.docs.markdown import ROOT


def test_the_command_line_page_matches_the_commands() -> None:
    spec = importlib.util.spec_from_file_location("cli_reference", ROOT / "scripts" / "cli_reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (ROOT / "docs" / "reference" / "cli.md").read_text()
    assert page == module.render_page(), "the commands have changed: run `python scripts/cli_reference.py`"
