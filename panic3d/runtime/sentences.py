"""Text of others, such as file names and error messages, in sentences that are printed or recorded."""

import unicodedata

MAX_CHARS = 300
"""A longer sentence loses its middle."""
CONTROL_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's control and format characters, surrogates, line and paragraph separators."""


def escape_control_characters(text: str) -> str:
    """Write newlines, terminal codes, lone surrogates and the like as escape sequences."""
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in CONTROL_CATEGORIES else c for c in text
    )


def shorten_sentence(text: str, max_chars: int = MAX_CHARS) -> str:
    """Make one line of at most `max_chars` characters, with escapes for control characters."""
    line = escape_control_characters(text)
    half = (max_chars - 5) // 2
    return line if len(line) <= max_chars else f"{line[:half]} ... {line[-half:]}"
