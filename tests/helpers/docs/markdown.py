"""The documentation as data: its pages, their code blocks with the reason why one is not run, links and anchors."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r"<!-- not run: (.+?) -->\s*$")
LINK = re.compile(r"\]\(([^()\s]+)\)")
INLINE_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class CodeBlock:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str
    not_run: str | None
    """The reason in the comment `<!-- not run: REASON -->` before the block."""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def find_pages() -> list[Path]:
    """Return the README, CONTRIBUTING, CHANGELOG and all pages of docs/."""
    at_top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return [page for page in at_top if page.exists()] + sorted((ROOT / "docs").rglob("*.md"))


def find_code_blocks(page: Path) -> list[CodeBlock]:
    """Return the fenced blocks of a page, in order."""
    text, found = page.read_text(), []
    for match in FENCE.finditer(text):
        reason = NOT_RUN.search(text[: match.start()])
        line = text.count("\n", 0, match.start()) + 1
        found.append(CodeBlock(page, line, match[1], match[2], reason[1] if reason else None))
    return found


def without_code_blocks(text: str) -> str:
    """Return the text of a page without its fenced blocks."""
    return FENCE.sub("", text)


def find_anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as mkdocs and GitHub both make them."""
    headings = HEADING.findall(without_code_blocks(page.read_text()))
    return {_slug(heading) for heading in headings}


def _slug(heading: str) -> str:
    plain = unicodedata.normalize("NFKD", heading.replace("`", "")).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())
