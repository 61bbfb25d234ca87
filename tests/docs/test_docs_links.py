"""No dead link: pages, anchors and pictures of the documentation, and every path that text or code names."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.docs.markdown import INLINE_CODE, LINK, ROOT, find_anchors, find_pages, without_code_blocks
from helpers.requirements import require_package

SOURCES = (
    "panic3d",
    "profiling",
    "scripts",
    "tests",
    "examples",
    "Makefile",
    "mkdocs.yml",
    "pyproject.toml",
    ".ci",
    ".github",
)
TEXT_SUFFIXES = {".py", ".sh", ".yaml", ".yml", ".toml", ".html", ".css", ""}
PAGE_NAME = re.compile(r"(?<![\w/])docs/[\w/]+\.\w+")
PLACEHOLDER = "NAME"
PATH_IN_CODE = re.compile(r"^(?:panic3d|tests|profiling|scripts|examples|docs)/[\w./-]*$")


@pytest.mark.parametrize("page", find_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(without_code_blocks(page.read_text())):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{link}: no {target.relative_to(ROOT)}"
        if page.is_relative_to(ROOT / "docs"):
            assert target.is_relative_to(ROOT / "docs"), f"{link} leads out of the site"
        if anchor:
            assert anchor in find_anchors(target), f"{link}: no such heading; there are {sorted(find_anchors(target))}"


@pytest.mark.parametrize("page", find_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_in_sentences_exist(page: Path) -> None:
    if page.name == "CHANGELOG.md":  # it names what was there before
        return
    for code in INLINE_CODE.findall(without_code_blocks(page.read_text())):
        if PATH_IN_CODE.match(code) and PLACEHOLDER not in code:
            assert (ROOT / code).exists(), f"no {code}"


def test_pages_that_the_code_names_exist() -> None:
    for path in text_files():
        for name in PAGE_NAME.findall(path.read_text(errors="replace")):
            assert (ROOT / name).exists(), f"{path.relative_to(ROOT)} names {name}"


def test_tests_and_modules_that_text_names_exist() -> None:
    """A sentence about `test_x.py` or `x.py` must not outlive the file."""
    files = {path.name for path in text_files()} | {"conftest.py"}
    for path in [*find_pages(), *text_files()]:
        if path.name == "CHANGELOG.md" or path.is_relative_to(ROOT / "tests"):  # tests write modules of their own
            continue
        for name in re.findall(r"\btest_\w+\.py\b", path.read_text(errors="replace")):
            assert name in files, f"{path.relative_to(ROOT)} names {name}"
        for code in re.findall(r"`([\w/]+\.py)`", path.read_text(errors="replace")):
            assert code.rpartition("/")[2] in files, f"{path.relative_to(ROOT)} names {code}"


def test_every_picture_is_shown() -> None:
    shown = {
        (page.parent / link).resolve()
        for page in find_pages()
        for link in LINK.findall(page.read_text())
        if "images/" in link
    }
    named = set(re.findall(r"\w+\.(?:png|jpg)", "".join(page.read_text() for page in find_pages())))
    pictures = {path for path in (ROOT / "docs" / "images").rglob("*") if path.is_file()}
    assert {str(path) for path in pictures - shown if path.name not in named} == set()


@pytest.mark.slow
def test_the_site_builds_strictly(tmp_path: Path) -> None:
    require_package("mkdocs")
    require_package("mkdocstrings")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "HeadPipeline" in (tmp_path / "reference" / "api.html").read_text()


def text_files() -> list[Path]:
    """Return the project's text files outside the documentation."""
    found: list[Path] = []
    for name in SOURCES:
        place = ROOT / name
        found += [place] if place.is_file() else sorted(place.rglob("*"))
    return [p for p in found if p.is_file() and p.suffix in TEXT_SUFFIXES and "__pycache__" not in p.parts]
