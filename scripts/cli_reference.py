"""Write docs/reference/cli.md from the commands themselves: `python scripts/cli_reference.py` (`make docs` does so)."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from panic3d.cli import panic3d

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "cli.md"
INTRODUCTION = """# Command line

This page is generated from the commands by `make docs`. Every command ends with one of the
[exit codes](../guides/install.md#errors) and prints the same texts with `--help`.
"""
VALUES = {"integer range": "integer", "float range": "number", "float": "number", "directory": "folder"}
"""Names of click's types as the page shows them; the others keep their own."""


def walk_commands(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """Yield a command and, below a group, all of its commands, in the order in which help lists them."""
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None, name
            yield from walk_commands(below, click.Context(below, parent=context, info_name=name))


def render_page() -> str:
    """Return the text of docs/reference/cli.md."""
    root = click.Context(panic3d, info_name="panic3d")
    return INTRODUCTION + "".join(_render_command(*found) for found in walk_commands(panic3d, root))


def _render_command(command: click.Command, context: click.Context) -> str:
    usage = " ".join(f"{context.command_path} {' '.join(command.collect_usage_pieces(context))}".split())
    text = f"\n## {context.command_path}\n\n```text\n{usage}\n```\n"
    if command.help:
        text += f"\n{_escape(inspect.cleandoc(command.help))}\n"
    if isinstance(command, click.Group):
        rows = [
            f"| [`{context.command_path} {name}`](#{'-'.join(f'{context.command_path} {name}'.split())}) | "
            f"{_escape((command.get_command(context, name) or command).get_short_help_str(200))} |"
            for name in command.list_commands(context)
        ]
        return text + "\n| command | |\n|---|---|\n" + "\n".join(rows) + "\n"
    rows = [_render_option(option, context) for option in command.params if isinstance(option, click.Option)]
    return text + ("\n| option | values | default | |\n|---|---|---|---|\n" + "\n".join(rows) + "\n" if rows else "")


def _render_option(option: click.Option, context: click.Context) -> str:
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    if option.is_flag:
        values = ""
    elif isinstance(option.type, click.Choice):
        values = ", ".join(f"`{choice}`" for choice in option.type.choices)
    else:
        values = option.metavar or VALUES.get(option.type.name, option.type.name)
    if option.multiple:
        values += " (may be repeated)"
    return f"| {names} | {values} | {_render_default(option, context)} | {_escape(option.help or '')} |"


def _render_default(option: click.Option, context: click.Context) -> str:
    """Return the default value; empty where there is none, or where the help text describes it."""
    default = option.get_default(context, call=False)
    if option.required:
        return "required"
    if "[default:" in (option.help or "") or default is None or callable(default) or "UNSET" in repr(default):
        return ""
    if option.is_flag:
        return f"`{option.opts[0]}`" if default and option.secondary_opts else ""
    if isinstance(default, tuple | list):
        return ", ".join(f"`{value}`" for value in default)
    return f"`{default}`"


def _escape(text: str) -> str:
    return text.replace("\b\n", "").replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(render_page())
