"""Every measurement has its date, its machine and its command; where one is not known, the page says so."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.docs.markdown import ROOT

PAGES = sorted(set((ROOT / "docs" / "experiments").glob("*.md")) - {ROOT / "docs" / "experiments" / "index.md"})
WANTED = {
    "date": re.compile(r"\b20\d\d-\d\d-\d\d\b"),
    "machine": re.compile(r"EPYC|Xeon|machine (?:is|and the command are) not recorded|same machine"),
    "command": re.compile(r"```bash|`(?:panic3d|make|pytest|python) [^`]+`|not recorded|not known"),
}
WITHOUT_MACHINE = {"pictures.md"}
"""Pictures of characters and training sheets: the machine does not show in them."""
MEASUREMENT = re.compile(r"^\|.*\d|\d (?:s|mm|dB|GB|MB|CPU seconds|minutes)\b|\d%", re.MULTILINE)
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
SPEED = re.compile(r"\b\d[\d.,]* (?:CPU )?seconds (?:a|per|an) |\bEPYC\b|\bXeon\b|\d samples (?:a|per) second")


def find_sections(page: Path) -> Iterator[tuple[str, str]]:
    """Yield each second-level section with the introduction of its page before it."""
    introduction, *sections = re.split(r"^## ", page.read_text(), flags=re.MULTILINE)
    if not sections:
        yield page.stem, introduction
    for section in sections:
        yield section.splitlines()[0], f"{introduction}\n{section}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_measurements_have_date_machine_and_command(page: Path) -> None:
    for title, text in find_sections(page):
        for what, pattern in WANTED.items():
            if (what == "machine" and page.name in WITHOUT_MACHINE) or not MEASUREMENT.search(text):
                continue
            assert pattern.search(text), f"{page.name}, section '{title}' names no {what}"


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_guides_leave_measurements_to_the_experiments(page: Path) -> None:
    assert SPEED.findall(page.read_text()) == []
