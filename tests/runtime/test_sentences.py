"""Text of others becomes one line that is not too long."""

from panic3d.runtime.sentences import MAX_CHARS, shorten_sentence


def test_control_characters_are_escaped_and_text_of_any_script_is_not() -> None:
    text = "\u30df\u3000\u30af \n\x1b[31m \u2028\x85 \ud800.png"
    assert shorten_sentence(text) == "\u30df\u3000\u30af \\n\\x1b[31m \\u2028\\x85 \\ud800.png"


def test_a_long_sentence_keeps_its_ends() -> None:
    short = shorten_sentence("begin " + "x" * 100_000 + " end")
    assert len(short) <= MAX_CHARS
    assert short.startswith("begin ") and short.endswith(" end")
