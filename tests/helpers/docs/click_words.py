"""Words of a command line, parsed by the command that they name without running it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click

from panic3d.models.training import load_run_config


def check_click(root: click.Command, words: list[str], complete: bool = True) -> None:
    """Parse words as a command's. Raises click's own exceptions."""
    context, command = click.Context(root, info_name=root.name), root
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        below = command.get_command(context, words[0])
        if below is None:
            raise click.UsageError(f"No such command '{words[0]}'")
        context, command, words = click.Context(below, parent=context, info_name=words[0]), below, words[1:]
    if isinstance(command, click.Group) and not words:
        return
    if not complete:
        if words and set(words) - {"..."}:
            command.make_parser(context).parse_args(list(words))
        return
    with paths_that_need_not_exist(), suppress(click.exceptions.Exit):  # --help ends there
        parsed = command.make_context(command.name, list(words), parent=context.parent)
        if command.name == "train":
            check_settings(parsed.params)


def check_settings(params: dict[str, Any]) -> None:
    """Raise UserError where a preset or a setting of `panic3d train` does not exist."""
    presets = (params["preset"],) if params["preset"] else ("small", "unet") if params["resume"] else ("small",)
    load_run_config(params["model"], presets[0], params["settings"])


@contextmanager
def paths_that_need_not_exist() -> Iterator[None]:
    with patch.object(click.Path, "convert", lambda self, value, param, ctx: Path(value)):
        yield
