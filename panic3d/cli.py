"""The `panic3d` command: one click group; a subcommand's package is imported when it is called."""

import importlib
import io
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from panic3d.runtime import interrupts
from panic3d.runtime.errors import DEBUG_VARIABLE, Interrupted, UserError
from panic3d.runtime.extras import explain_import_error
from panic3d.runtime.files import explain_write_error
from panic3d.runtime.logging import configure_logging
from panic3d.runtime.sentences import escape_control_characters, shorten_sentence

COMMANDS = {
    "doctor": ("panic3d.doctor:doctor", "Report what this machine has: Blender, GPU, weights, system libraries."),
    "synth": ("panic3d.datagen.synth.commands:synth", "Generate characters as VRM files, with exact labels."),
    "render": ("panic3d.datagen.commands:render", "Render avatars into shards."),
    "data": ("panic3d.datagen.sources.commands:data", "Download the original data; import the authors' files."),
    "dataset": ("panic3d.datasets.commands:dataset", "Inspect and merge dataset folders."),
    "train": ("panic3d.models.commands:train", "Train a model on shards."),
    "portraits": ("panic3d.models.portrait.commands:portraits", "Align drawings into shards."),
    "reconstruct": ("panic3d.commands:reconstruct", "Make 3D heads of pictures."),
    "studio": ("panic3d.studio.commands:studio", "Make heads on a page in the browser, with a JSON API."),
    "benchmark": ("panic3d.benchmark.commands:benchmark", "Build suites, run and score methods, write reports."),
    "weights": ("panic3d.models.weight_commands:weights", "List, fetch, import and change weight files."),
}


class LazyGroup(click.Group):
    """Lists the subcommands and their one-line helps without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        ctx.meta["panic3d.command"] = cmd_name
        module, name = COMMANDS[cmd_name][0].split(":")
        return getattr(importlib.import_module(module), name)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted from None
        except ImportError as error:
            command = ctx.meta["panic3d.command"]
            explained = explain_import_error(error, f"panic3d {command}", command)
            if explained is None:
                raise
            raise explained from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup)
@click.version_option(package_name="panic3d")
def panic3d() -> None:
    """Turn one anime portrait into a 3D head."""
    configure_logging(logging.DEBUG if os.environ.get(DEBUG_VARIABLE) else logging.INFO)


def main() -> None:
    """Run the command. An error is reported as one sentence and an exit code (1: nothing done, 3: some items failed).

    So are Ctrl-C and SIGTERM, with exit codes 130 and 143, wherever they arrive: in an import, a click callback or a
    command. A second one during the clean-up ends the process at once.
    """
    interrupts.install_handler()
    if isinstance(sys.stdout, io.TextIOWrapper):  # names of files may hold what the terminal's encoding has not
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = panic3d.main(standalone_mode=False)
        if interrupts.was_interrupted():  # an `except` or a destructor caught it
            raise Interrupted
        sys.exit(code if isinstance(code, int) else 0)
    except (KeyboardInterrupt, click.Abort):
        _leave(Interrupted())
    except UserError as error:
        _leave(Interrupted(str(error)) if interrupts.was_interrupted() else error)
    except click.ClickException as error:
        lines = error.message.expandtabs(2).split("\n")  # click quotes what it was given as it is
        error.message = "\n".join(map(escape_control_characters, lines))  # type: ignore[misc]
        error.show()
        sys.exit(error.exit_code)
    except OSError as error:
        explained = explain_write_error(error, Path(error.filename or "the output"))
        if explained is None and not interrupts.was_interrupted():
            raise
        _leave(explained or Interrupted())
    except Exception:
        if not interrupts.was_interrupted():
            raise
        _leave(Interrupted())  # libraries turn a KeyboardInterrupt in their import into errors of their own


def _leave(error: UserError) -> NoReturn:
    click.echo(f"panic3d: {shorten_sentence(str(error))}", err=True)
    sys.exit(error.exit_code)
