"""Every command in the documentation exists: panic3d's with its options and values, make's targets, Python modules."""

import importlib
import importlib.util
import re
import runpy
import tomllib
from pathlib import Path
from unittest.mock import patch

import click
import pytest

from helpers.docs.click_words import check_click
from helpers.docs.markdown import INLINE_CODE, ROOT, CodeBlock, find_code_blocks, find_pages, without_code_blocks
from helpers.docs.shell_lines import ShellCommand, split_commands
from panic3d.cli import panic3d
from panic3d.runtime.errors import UserError

SHELL = "bash"
BLOCKS = [block for page in find_pages() for block in find_code_blocks(page)]
SHELL_BLOCKS = [block for block in BLOCKS if block.language == SHELL]
LANGUAGES = {SHELL, "python", "text", "toml", "json", "yaml"}
OTHER_PROGRAMS = {"curl", "git", "du", "source", "tar", "export", "time", "pre-commit", "cd", "cp", "mkdir"}
"""Programs that are not ours: only their name is checked."""
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.MULTILINE))


@pytest.mark.parametrize("block", SHELL_BLOCKS, ids=str)
def test_commands_of_shell_blocks_exist(block: CodeBlock) -> None:
    commands = split_commands(block.text)
    assert commands
    for command in commands:
        check_command(command)


@pytest.mark.parametrize("page", find_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_sentences_exist(page: Path) -> None:
    for code in INLINE_CODE.findall(without_code_blocks(page.read_text())):
        if re.match(r"(panic3d [a-z]|make [a-z]|python -m )", code):
            (command,) = split_commands(code)
            check_command(command, complete=False)


def test_every_block_names_its_language() -> None:
    assert [str(block) for block in BLOCKS if block.language not in LANGUAGES] == []


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("panic3d rendr avatars --out data", "No such command"),
        ("panic3d render avatars --outt data", "No such option"),
        ("panic3d render avatars", "Missing"),
        ("panic3d render avatars --out data --engine eevee", "is not one of"),
        ("panic3d train reconstructor --data data --out runs/mine --set optimizer.rate=1", "optimizer"),
        ("make dataset", "dataset"),
        ("make demo AVATAR=folder", "AVATAR"),
        ("python -m panic3d.datagen.survey", "panic3d.datagen.survey"),
        ("pip install 'panic3d[everything]'", "everything"),
        ("pytest tests/nowhere", "tests/nowhere"),
        ("panic4d render", "panic4d"),
    ],
)
def test_what_does_not_exist_is_found(line: str, error: str) -> None:
    (command,) = split_commands(line)
    with pytest.raises((AssertionError, click.ClickException, UserError), match=re.escape(error)):
        check_command(command)


def check_command(command: ShellCommand, complete: bool = True) -> None:
    """Raise where a command does not exist. `complete`: required options must be given too."""
    program, words = command.program, list(command.words[1:])
    if program == "time":
        check_command(ShellCommand(tuple(words), command.line), complete)
    elif program == "panic3d":
        check_click(panic3d, words, complete)
    elif program == "make":
        check_make(words)
    elif program == "python":
        check_python(words, complete)
    elif program == "pytest":
        paths = [word for word in words if word.startswith("tests/")]
        assert all((ROOT / path).exists() for path in paths), command.line
    elif program == "pip":
        check_extras(command.line)
    else:
        assert program in OTHER_PROGRAMS, f"{program} is no program of these pages: {command.line}"


def check_make(words: list[str]) -> None:
    for word in words:
        name, is_variable, _ = word.partition("=")
        if is_variable:
            assert re.search(rf"^{name} |\$\({name}\)|\b{name}\b", MAKEFILE, re.MULTILINE), f"no variable {name}"
        else:
            assert name in TARGETS, f"no target {name} in the Makefile"
    bench = next((word.partition("=")[2] for word in words if word.startswith("BENCH=")), "")
    if bench:
        from profiling.__main__ import benchmarks

        check_click(benchmarks, bench.split())


def check_python(words: list[str], complete: bool) -> None:
    if words[0] != "-m":
        assert (ROOT / words[0]).is_file(), f"no file {words[0]}"
        return
    name = words[1]
    if name == "profiling":
        from profiling.__main__ import benchmarks

        check_click(benchmarks, words[2:], complete)
        return
    try:
        found = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        found = None
    assert found is not None, f"no module {name}"
    main = getattr(importlib.import_module(name), "main", None) if name.startswith("panic3d.") else None
    if isinstance(main, click.Command):
        check_click(main, words[2:], complete)
    elif complete and main is not None and len(words) > 2:
        check_argparse(name, words[2:])


def check_argparse(name: str, words: list[str]) -> None:
    """Let a module's own parser parse the words, and stop it there."""
    import argparse

    class Parsed(Exception):
        pass

    parse = argparse.ArgumentParser.parse_args

    def parse_and_stop(parser: argparse.ArgumentParser, *_: object) -> None:
        parse(parser, words)
        raise Parsed

    with patch.object(argparse.ArgumentParser, "parse_args", parse_and_stop), pytest.raises(Parsed):
        runpy.run_module(name, run_name="__main__")


def check_extras(line: str) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for group in re.findall(r"panic3d[^\s\[]*\[([\w,]+)\]", line):
        for name in group.split(","):
            assert name in extras, f"no extra {name}"
