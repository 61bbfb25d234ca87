"""The project stands alone: no word of folders, discussions or pages that a reader of the repository does not have."""

import re
from pathlib import Path

import pytest

from helpers.docs.markdown import ROOT

FORBIDDEN = {
    r"\.\./shared": "a folder beside the repository",
    r"\bissues?\b": "a discussion that the repository does not hold",
    r"\basked for\b": "say what is required, or by whom",
    r"\bFORMATS\b": "say docs/reference/formats.md",
    r"\bDESIGN\b": "say docs/reference/architecture.md",
    r"\brooms?\b": "say package, module or memory",
    r"\bWho wins\b": "say what is compared",
}
ALLOWED = {
    (".ci/run", r"\.\./shared"),  # recorded numbers are used where they lie beside the repository
    ("tests/docs/test_docs_words.py", ".*"),
}
"""File and pattern."""
PLACES = ("panic3d", "profiling", "scripts", "tests", "examples", "docs", ".ci", ".github")
SUFFIXES = {".py", ".md", ".sh", ".yaml", ".yml", ".toml", ".html", ".css", ".js", ".vert", ".frag", ""}
VENDORED = "vendor"
LINE_THAT_NAMES_A_PROGRAM = re.compile(r"github\.com/\S+/issues|thread-safe|\.issues\b")


def find_files() -> list[Path]:
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for place in PLACES:
        found += (ROOT / place).rglob("*")
    return [
        path
        for path in found
        if path.is_file() and path.suffix in SUFFIXES and not {VENDORED, "__pycache__"} & set(path.parts)
        and path.name not in ("LICENSE", ".git")
    ]  # fmt: skip


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_words_that_only_an_insider_understands_are_gone(pattern: str) -> None:
    word, found = re.compile(pattern, re.IGNORECASE if pattern.islower() else 0), []
    for path in find_files():
        name = str(path.relative_to(ROOT))
        if any(name == file and re.fullmatch(allowed, pattern) for file, allowed in ALLOWED):
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if word.search(line) and not LINE_THAT_NAMES_A_PROGRAM.search(line):
                found.append(f"{name}:{number}: {line.strip()[:100]}")
    assert found == [], f"{FORBIDDEN[pattern]}\n" + "\n".join(found)
